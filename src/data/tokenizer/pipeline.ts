// Turns a text into IDs with the parts of a tokenizer.json: added tokens, normalizer, pre-tokenizer and model, in this
// order.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { faultOfText } from "../text-limits.ts";
import { type AddedToken, addedToken, type FindAdded, finderOf, MOST_LETTERS } from "./added-tokens.ts";
import { type Decode, decoderOf } from "./decoders.ts";
import { isId, LONGEST_TOKEN, listField, MOST_TOKENS } from "./fields.ts";
import { modelOf, type TokenModel } from "./models.ts";
import { type Normalize, normalizerOf } from "./normalizers.ts";
import { type PreTokenize, preTokenizerOf } from "./pre-tokenizers.ts";

const LONE_SURROGATE = /[\ud800-\udfff]/gu;

export class Pipeline {
  readonly #model: TokenModel;
  readonly #normalize: Normalize;
  /** Whether the normalizer has a table of replacements. If so, the text after a removed prefix counts as the start. */
  readonly #hasCharsmap: boolean;
  readonly #splitText: PreTokenize;
  readonly #splitWord: PreTokenize;
  readonly #added: ReadonlyMap<string, number>;
  readonly #findRaw: FindAdded;
  readonly #findNormalized: FindAdded;
  readonly #tokens = new Map<number, string>();
  readonly #special: ReadonlySet<string>;
  readonly #decode: Decode;

  /**
   * `json` has the parts of a tokenizer.json, and `added` has its added tokens by ID. With `splitsSpecial`, special
   * tokens that occur in a text are split like other words; with `cleansSpaces`, decoding removes spaces before
   * punctuation. Throws an InputError that names `file` if a part is not
   * supported.
   */
  constructor(
    json: JsonObject,
    added: ReadonlyMap<number, AddedToken>,
    { file, splitsSpecial, cleansSpaces }: { file: string; splitsSpecial: boolean; cleansSpaces: boolean },
  ) {
    const at = (part: string): Place => ({ file, at: part });
    this.#model = modelOf(json.model, { file });
    this.#normalize = normalizerOf(json.normalizer, at("normalizer"));
    this.#hasCharsmap = JSON.stringify(json.normalizer ?? null).includes('"Precompiled"');
    this.#splitText = preTokenizerOf(json.pre_tokenizer, at("pre_tokenizer"));
    this.#splitWord = preTokenizerOf(withPrefixSpace(json.pre_tokenizer), at("pre_tokenizer"));
    this.#added = new Map([...added].map(([id, { content }]) => [content, id]));
    const letters = [...added.values()].reduce((sum, { content }) => sum + content.length, 0);
    if (letters > MOST_LETTERS)
      throw new InputError(
        `the added tokens have ${letters} characters in total, over the limit of ${MOST_LETTERS}`,
        at("added_tokens"),
        "use the tokenizer that belongs to the model",
      );
    const found = [...added].filter(([, token]) => !(splitsSpecial && token.special));
    const finder = (normalized: boolean, spell: Normalize) =>
      finderOf(
        new Map(
          found
            .filter(([, token]) => token.normalized === normalized)
            .map(([id, token]) => [spell(token.content), { ...token, id }]),
        ),
      );
    this.#findRaw = finder(false, (content) => content);
    this.#findNormalized = finder(true, this.#normalize);
    for (const [token, id] of this.#model.vocabulary) this.#tokens.set(id, token);
    for (const [id, { content, normalized }] of added)
      this.#tokens.set(id, normalized ? this.#normalize(content) : content);
    this.#special = new Set([...added.values()].filter(({ special }) => special).map(({ content }) => content));
    this.#decode = decoderOf(json.decoder, cleansSpaces, at("decoder"));
  }

  /** One more than the highest ID in the model's vocabulary. */
  get modelSize(): number {
    return 1 + [...this.#model.vocabulary.values()].reduce((highest, id) => Math.max(highest, id), -1);
  }

  idOf(token: string): number | undefined {
    return this.#added.get(token) ?? this.#model.vocabulary.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens.get(id);
  }

  /**
   * The IDs of a text, without special tokens around it. `isWord` is true if the text is a single word of a sentence.
   */
  idsOf(text: string, isWord = false): number[] {
    const fault = faultOfText(text); // for data files, the reader has already reported this error with the line number
    if (fault) throw new InputError(fault[0], { at: "a text" }, fault[1]);
    const split = isWord ? this.#splitWord : this.#splitText;
    const ids: number[] = [];
    for (const raw of this.#findRaw(text.replace(LONE_SURROGATE, "\uFFFD"))) {
      if (raw.id !== undefined) ids.push(raw.id);
      else
        for (const { text: normalized, start, id: token } of this.#findNormalized(this.#normalize(raw.text))) {
          if (token !== undefined) ids.push(token);
          else
            for (const part of split({
              text: normalized,
              first: raw.start + start === 0 && !this.#losesStart(raw.text),
            }))
              for (const id of this.#model.idsOf(part.text)) ids.push(id);
        }
    }
    return ids;
  }

  /**
   * The text of these IDs; IDs without a token add nothing. With `more`, only the start of the text that no further IDs
   * can change.
   */
  textOf(ids: readonly number[], { special, more }: { special: boolean; more: boolean }): string {
    const tokens = ids.map((id) => this.#tokens.get(id)).filter((token) => token !== undefined);
    return this.#decode(special ? tokens : tokens.filter((token) => !this.#special.has(token)), more);
  }

  /** Whether the normalizer removes the start of the text; if so, no part counts as the start. */
  #losesStart(text: string): boolean {
    if (this.#hasCharsmap || !text) return false;
    const behind = "a"; // with a letter after it, a space is removed only if the start is stripped, not if the end is
    return this.#normalize(String.fromCodePoint(text.codePointAt(0)!) + behind) === this.#normalize(behind);
  }
}

/** Byte-level tokenizers encode the words of a sentence with a leading space, whether or not they add one to texts. */
function withPrefixSpace(preTokenizer: unknown): unknown {
  if (!isJsonObject(preTokenizer)) return preTokenizer;
  if (preTokenizer.type === "ByteLevel") return { ...preTokenizer, add_prefix_space: true };
  if (!Array.isArray(preTokenizer.pretokenizers)) return preTokenizer;
  return { ...preTokenizer, pretokenizers: preTokenizer.pretokenizers.map(withPrefixSpace) };
}

/** The added tokens of a tokenizer.json with their IDs, in order. Throws an InputError if a token is malformed. */
export function addedOf(json: JsonObject, file: string): [number, AddedToken][] {
  return listField(json, "added_tokens", MOST_TOKENS, { file }).map((entry, i) => {
    const { id, ...token } = isJsonObject(entry) ? entry : {};
    if (!isId(id) || typeof token.content !== "string" || token.content.length > LONGEST_TOKEN)
      throw new InputError(
        `${quoted(entry)} is not a token with its id`,
        { file, at: `added_tokens ${i}` },
        "use the tokenizer that belongs to the model",
      );
    return [id, addedToken(token.content, token, { file, at: `added_tokens ${i}` })];
  });
}
