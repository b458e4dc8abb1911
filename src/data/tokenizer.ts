// Text to word pieces, as the model's own tokenizer does it: ids, segments, which word a piece is of, and truncation.

import path from "node:path";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { InputError, messageOf } from "../errors.ts";
import { type JsonObject, parseJsonObject } from "../json.ts";
import { type Slot, type Template, templateOf } from "./template.ts";
import { decodeText, readBytes } from "./text.ts";
import { type WordPieceOptions, wordPieceJson } from "./wordpiece.ts";

/** A row's word pieces, special ones included. */
export interface Pieces {
  readonly ids: readonly number[];
  /** The segment of each piece: 0, or 1 for a second text. */
  readonly typeIds: readonly number[];
  /** The number of the word (or sentence) that each piece is of, null for special pieces. */
  readonly wordIds: readonly (number | null)[];
  /** Whether the text was longer than the maximum length and lost its end. */
  readonly cut: boolean;
}

const REMEDY = "take the tokenizer that belongs to the model";

/**
 * The tokenizer of a model's folder: tokenizer.json, or a WordPiece tokenizer from vocab.txt alone. InputError where there
 * is neither, and where it has ids at or beyond `vocabSize`, the rows of the model's embedding.
 */
export async function loadTokenizer(folder: string, vocabSize = Number.POSITIVE_INFINITY): Promise<Tokenizer> {
  const config = (await readJson(path.join(folder, "tokenizer_config.json"))) ?? {};
  const file = path.join(folder, "tokenizer.json");
  const json = (await readJson(file)) ?? (await vocabularyOf(folder, config));
  const tokenizer = new Tokenizer(json, config, file);
  if (tokenizer.size > vocabSize)
    throw new InputError(
      `the tokenizer has ids up to ${tokenizer.size - 1} and the model embeds only ${vocabSize} pieces`,
      { file },
      REMEDY,
    );
  return tokenizer;
}

async function vocabularyOf(folder: string, config: WordPieceOptions): Promise<JsonObject> {
  const file = path.join(folder, "vocab.txt");
  const bytes = await readIfThere(file);
  if (!bytes)
    throw new InputError(
      "there is neither tokenizer.json nor vocab.txt",
      { file: folder },
      "put the model's tokenizer.json there",
    );
  return wordPieceJson(decodeText(bytes, file), config, file);
}

/** undefined where there is no such file. */
async function readJson(file: string): Promise<JsonObject | undefined> {
  const bytes = await readIfThere(file);
  return bytes && parseJsonObject(decodeText(bytes, file), file, REMEDY);
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readBytes(file, REMEDY);
  } catch (error) {
    const cause = error instanceof InputError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === "ENOENT") return undefined;
    throw error;
  }
}

export class Tokenizer {
  /** One more than the highest id. */
  readonly size: number;
  readonly padId: number;
  /** The piece before a text, and the one behind it. */
  readonly clsId: number;
  readonly sepId: number;
  readonly #file: string;
  readonly #library: Library;
  readonly #template: Template;
  readonly #repair: (text: string) => string;
  /** What goes before each of a sentence's words: byte-level tokenizers spell it with a space in front. */
  readonly #wordPrefix: string;

  /** From the content of tokenizer.json and tokenizer_config.json; `file` names the first in errors. */
  constructor(json: JsonObject, config: JsonObject, file: string) {
    this.#file = file;
    const template = templateOf(json.post_processor);
    const library = this.#open(json, config);
    this.#library = library;
    if (!template)
      throw new InputError("no special pieces are put around a text", { file, at: "post_processor" }, REMEDY);
    this.#template = template;
    this.#repair = repairOf(json.normalizer as JsonObject | null);
    this.#wordPrefix = isByteLevel(json.pre_tokenizer) ? " " : "";
    this.size = 1 + [...library.get_vocab().values()].reduce((highest, id) => Math.max(highest, id), 0);
    const ends = [template.single.at(0), template.single.at(-1)].map((slot) =>
      slot && "piece" in slot ? slot.piece : "",
    );
    this.clsId = this.#idOf(ends[0]!);
    this.sepId = this.#idOf(ends[1]!);
    this.padId = this.#padId(json, config);
  }

  /**
   * One text, or a pair of them, in at most `maxLength` pieces. What is too long loses its end, of a pair the longer text
   * first (transformers' longest_first).
   */
  encode(text: string, pair: string | undefined, maxLength: number): Pieces {
    const [a, b] = [this.#idsOf(text), pair === undefined ? undefined : this.#idsOf(pair)];
    const slots = b ? this.#template.pair : this.#template.single;
    const room = Math.max(0, maxLength - slots.filter((slot) => "piece" in slot).length);
    const [lengthA, lengthB] = longestFirst(a.length, b?.length ?? 0, room);
    const A = a.slice(0, lengthA);
    const B = b?.slice(0, lengthB) ?? [];
    const cut = A.length < a.length || B.length < (b?.length ?? 0);
    return {
      ...this.#fill(slots, { A: { ids: A, wordIds: A.map(() => 0) }, B: { ids: B, wordIds: B.map(() => 1) } }),
      cut,
    };
  }

  /**
   * A sentence of words in at most `maxLength` pieces; `wordIds` says which word each piece is of, `whole` how many words
   * lost none to truncation. A word of which the tokenizer leaves nothing (control characters) has no piece.
   */
  encodeWords(words: readonly string[], maxLength: number): Pieces & { readonly whole: number } {
    const slots = this.#template.single;
    const room = Math.max(0, maxLength - slots.filter((slot) => "piece" in slot).length);
    const prefix = this.#wordPrefix;
    const ids: number[] = [];
    const wordIds: number[] = [];
    let whole = 0;
    for (const [number, word] of words.entries()) {
      for (const id of this.#idsOf(word.startsWith(prefix) ? word : prefix + word)) {
        ids.push(id);
        wordIds.push(number);
      }
      if (ids.length > room) break;
      whole = number + 1;
    }
    const A = { ids: ids.slice(0, room), wordIds: wordIds.slice(0, room) };
    const cut = A.ids.length < ids.length;
    return { ...this.#fill(slots, { A, B: { ids: [], wordIds: [] } }), whole, cut };
  }

  /** The pieces of a text without special ones. */
  piecesOf(text: string): number[] {
    return this.#idsOf(text);
  }

  /** How a piece is written, as its vocabulary has it. */
  spelling(id: number): string {
    return this.#library.id_to_token(id) ?? `[${id}]`;
  }

  #open(json: JsonObject, config: JsonObject): Library {
    try {
      return new Library(json, config);
    } catch (cause) {
      throw new InputError(`the tokenizer cannot be read (${messageOf(cause)})`, { file: this.#file }, REMEDY, {
        cause,
      });
    }
  }

  #idsOf(text: string): number[] {
    const { ids } = this.#library.encode(this.#repair(text), { add_special_tokens: false });
    if (ids.some((id) => id === undefined))
      throw new InputError("a text has letters for which there is no piece", { file: this.#file }, REMEDY);
    return ids;
  }

  #idOf(piece: string): number {
    const id = this.#library.token_to_id(piece);
    if (id !== undefined) return id;
    throw new InputError(`the special piece ${JSON.stringify(piece)} has no id`, { file: this.#file }, REMEDY);
  }

  /** As tokenizer.json or tokenizer_config.json say, else the piece of the usual name, else 0: padding is never attended to. */
  #padId(json: JsonObject, config: JsonObject): number {
    const padding = json.padding as { pad_id?: number } | null | undefined;
    if (padding?.pad_id !== undefined) return padding.pad_id;
    const named = config.pad_token as string | { content: string } | undefined;
    const names = [typeof named === "object" ? named?.content : named, "[PAD]", "<pad>"];
    const ids = names.map((name) => (name ? this.#library.token_to_id(name) : undefined));
    return ids.find((id) => id !== undefined) ?? 0;
  }

  #fill(slots: readonly Slot[], texts: Record<"A" | "B", { ids: number[]; wordIds: number[] }>) {
    const ids: number[] = [];
    const typeIds: number[] = [];
    const wordIds: (number | null)[] = [];
    for (const slot of slots) {
      const filled = "text" in slot ? texts[slot.text] : { ids: [this.#idOf(slot.piece)], wordIds: [null] };
      for (const [i, id] of filled.ids.entries()) {
        ids.push(id);
        typeIds.push(slot.typeId);
        wordIds.push(filled.wordIds[i]!);
      }
    }
    return { ids, typeIds, wordIds };
  }
}

/** How many pieces of two texts stay, of `room` in all: the longer is cut to the shorter's length first, then both alike. */
function longestFirst(a: number, b: number, room: number): [number, number] {
  if (a + b <= room) return [a, b];
  const shorter = Math.min(a, b);
  const half = Math.floor(room / 2);
  if (shorter > half) return a > b ? [room - half, half] : [half, room - half];
  return a > b ? [room - shorter, shorter] : [shorter, room - shorter];
}

/** CJK ideographs beyond the first 65,536 characters, as BERT lists them. */
const RARE_IDEOGRAPHS =
  /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/**
 * What a text must go through so that the library's BertNormalizer gives what Hugging Face's own does: rare ideographs
 * stand alone like others, and Σ becomes σ at a word's end, too.
 */
function repairOf(normalizer: JsonObject | null): (text: string) => string {
  const parts = (normalizer?.type === "Sequence" ? (normalizer.normalizers as JsonObject[]) : [normalizer]).filter(
    (part) => part?.type === "BertNormalizer",
  );
  const lowercase = parts.some((part) => part?.lowercase);
  const ideographs = parts.some((part) => part?.handle_chinese_chars);
  return (text) => {
    const spaced = ideographs ? text.replace(RARE_IDEOGRAPHS, " $& ") : text;
    return lowercase ? spaced.replaceAll("Σ", "σ") : spaced;
  };
}

function isByteLevel(preTokenizer: unknown): boolean {
  const config = preTokenizer as JsonObject | null | undefined;
  if (config?.type === "Sequence") return (config.pretokenizers as unknown[]).some(isByteLevel);
  return config?.type === "ByteLevel";
}
