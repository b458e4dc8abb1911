// The text of generated tokens, whole and while it grows.

/** What generation needs of a tokenizer. */
export interface Decoder {
  /**
   * The text of these tokens without special tokens. With `more`, only the start that no further token can change.
   */
  decode(ids: readonly number[], options?: { readonly more?: boolean }): string;
}

/**
 * The text that generated tokens add to a prompt: what the text of both together has after the part that it shares with
 * the prompt's text. Decoded alone, some tokenizers would drop the space between them.
 */
export class AddedText {
  readonly #decoder: Decoder;
  readonly #prompt: readonly number[];
  readonly #before: string;
  readonly #stops: readonly string[];

  constructor(decoder: Decoder, prompt: readonly number[], stops: readonly string[]) {
    this.#decoder = decoder;
    this.#prompt = prompt;
    this.#before = decoder.decode(prompt);
    this.#stops = stops;
  }

  hasStop(ids: readonly number[]): boolean {
    return this.#stops.length > 0 && firstStop(this.#whole(ids), this.#stops) !== undefined;
  }

  /** The text of these tokens up to the first stop string, which is cut off. */
  kept(ids: readonly number[]): string {
    const whole = this.#whole(ids);
    return whole.slice(0, firstStop(whole, this.#stops));
  }

  /**
   * The start of `kept` that no further token can change. Characters that lack bytes, and what could be the start of a
   * stop string, are left out. The tokens have no stop string.
   */
  settled(ids: readonly number[]): string {
    const text = this.#decoder.decode([...this.#prompt, ...ids], { more: true });
    return withoutStart(this.#after(text), this.#stops);
  }

  #whole(ids: readonly number[]): string {
    return this.#after(this.#decoder.decode([...this.#prompt, ...ids]));
  }

  #after(text: string): string {
    let shared = 0;
    while (shared < this.#before.length && text[shared] === this.#before[shared]) shared++;
    return text.slice(shared);
  }
}

/** The position of the first occurrence of any of these strings; undefined if there is none. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length ? Math.min(...found) : undefined;
}

/** The text without what could be the start of a stop string at its end. */
function withoutStart(text: string, stops: readonly string[]): string {
  const longest = stops.reduce((most, stop) => Math.max(most, stop.length), 1);
  for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++)
    if (stops.some((stop) => stop.startsWith(text.slice(at)))) return text.slice(0, at);
  return text;
}
