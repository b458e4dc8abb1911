// Reads the values of a config.json, with errors that name the key.

import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { quoted } from "../visible.ts";

export const OTHER_CONFIG = "use the config.json that belongs to these weights";

/** `fallback` replaces a missing or null value; without a fallback, such a value is an error. All errors are InputErrors. */
export class ConfigReader {
  readonly file: string;
  readonly #json: JsonObject;
  readonly #within: string;

  /** `within`: what precedes each key in errors. */
  constructor(json: JsonObject, file: string, within = "") {
    this.#json = json;
    this.file = file;
    this.#within = within;
  }

  /** Where a key is, in errors. */
  place(key: string): { readonly file: string; readonly at: string } {
    return { file: this.file, at: `${this.#within}${key}` };
  }

  /** The value as it is; undefined if it is missing or null. */
  get(key: string): unknown {
    return this.#json[key] ?? undefined;
  }

  /** Whether the key is there, if only as null. */
  has(key: string): boolean {
    return Object.hasOwn(this.#json, key);
  }

  /** A whole number from `least` to `most`. */
  count(key: string, most: number, fallback?: number, least = 1): number {
    return this.#number(
      key,
      fallback,
      `a whole number from ${least} to ${most}`,
      (n) => Number.isInteger(n) && n >= least && n <= most,
    );
  }

  /** A number of at least 0 and less than 1. */
  share(key: string, fallback: number): number {
    return this.#number(key, fallback, "a number of at least 0 and less than 1", (n) => n >= 0 && n < 1);
  }

  /** A positive number up to `most`. */
  positive(key: string, fallback: number | undefined, most = 1): number {
    return this.#number(key, fallback, `a positive number up to ${most}`, (n) => n > 0 && n <= most);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.get(key) ?? fallback;
    if (typeof value === "boolean") return value;
    throw new InputError(`${quoted(value)} is not true or false`, this.place(key), OTHER_CONFIG);
  }

  /** One of these words, by default the first. */
  choice<Word extends string>(key: string, words: readonly [Word, ...Word[]]): Word {
    const value = this.get(key) ?? words[0];
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new InputError(`${quoted(value)} is not one of ${words.join(", ")}`, this.place(key), OTHER_CONFIG);
  }

  /** A reader of the object under this key; undefined if the value is missing. */
  object(key: string): ConfigReader | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return new ConfigReader(value, this.file, `${this.#within}${key}.`);
    throw new InputError(`${quoted(value)} is not an object`, this.place(key), OTHER_CONFIG);
  }

  /**
   * Throws an InputError if the option has a value under which the model would compute something else. `fallback`: what it is if it
   * is missing.
   */
  fixed(key: string, value: unknown, fallback = value): void {
    const given = this.get(key) ?? fallback;
    if (given === value) return;
    throw new InputError(
      `${isJsonObject(given) ? "this option" : quoted(given)} changes the model in a way that is not supported`,
      this.place(key),
      `use a model whose ${key} is ${String(value)}`,
    );
  }

  #number(key: string, fallback: number | undefined, wanted: string, holds: (value: number) => boolean): number {
    const value = this.get(key) ?? fallback;
    if (typeof value === "number" && holds(value)) return value;
    const what = value === undefined ? "it is missing" : `${quoted(value)} is not ${wanted}`;
    throw new InputError(what, this.place(key), OTHER_CONFIG);
  }
}
