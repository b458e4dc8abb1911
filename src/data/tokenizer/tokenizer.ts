// Tokenizes text as the model's own tokenizer does: IDs, segments, the word of each token, and truncation.

import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import { ChatTemplate } from "./chat-template.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./files.ts";
import { Pipeline } from "./pipeline.ts";
import { type Slot, type Template, templateOf } from "./template.ts";

/** The tokens of a sequence, including special tokens. */
export interface Pieces {
  readonly ids: readonly number[];
  /** The segment of each token: 0, or 1 for the second text. */
  readonly typeIds: readonly number[];
  /** The index of the word (or sentence) that each token belongs to; null for special tokens. */
  readonly wordIds: readonly (number | null)[];
  /** Whether the text was longer than the maximum length and was cut. */
  readonly cut: boolean;
}

const REMEDY = "use the tokenizer that belongs to the model";

/** The template of tokenizers that add nothing. */
const BARE: Template = {
  single: [{ text: "A", typeId: 0 }],
  pair: [
    { text: "A", typeId: 0 },
    { text: "B", typeId: 1 },
  ],
};

const WHERE = { 0: "before", [-1]: "after" } as const;

/** How a tokenizer is used. */
export interface TokenizerUse {
  /** Whether it may add no special tokens around a text, as those of most decoders. */
  readonly bare?: boolean;
}

/**
 * Loads the tokenizer in a model's folder. Throws an InputError if no supported tokenizer is found, if files contradict
 * each other, if an ID is not less than `vocabSize`, the number of rows in the model's embedding, or if it adds no special
 * tokens around a text unless it may.
 */
export async function loadTokenizer(
  folder: string,
  vocabSize = Number.POSITIVE_INFINITY,
  use: TokenizerUse = {},
): Promise<Tokenizer> {
  const files = await readTokenizerFiles(folder);
  // Imported on demand: most tokenizers have no chat template.
  const chat =
    files.chatTemplate && new ChatTemplate(files.chatTemplate, files.roles, await import("@huggingface/jinja"));
  return new Tokenizer(files, vocabSize, use, chat);
}

export class Tokenizer {
  /** One more than the highest ID. */
  readonly size: number;
  /**
   * The ID of the padding token: the one that the files name, else a token with a common name, else 0. Any ID is safe,
   * because padding is never attended to.
   */
  readonly padId: number;
  /** The ID of the token for what the vocabulary lacks; undefined if there is none. */
  readonly unknownId: number | undefined;
  /** The ID of the token that can replace another one: the mask token, else the unknown token; undefined if there is none. */
  readonly replacement: number | undefined;
  /** The ID of the token that ends a text (eos_token); undefined if no file names it. */
  readonly endId: number | undefined;
  /** undefined if the tokenizer has none. */
  readonly chatTemplate: ChatTemplate | undefined;
  /** Sentences about conflicts between files, and about options that transformers ignores. */
  readonly notes: readonly string[];
  readonly #files: TokenizerFiles;
  readonly #pipeline: Pipeline;
  readonly #template: Template;
  /** The template of texts to generate. */
  readonly #targets: Template;
  /** The number of rows in the model's embedding; all IDs must be smaller. */
  readonly #limit: number;

  constructor(
    files: TokenizerFiles,
    vocabSize: number,
    { bare = false }: TokenizerUse,
    chatTemplate: ChatTemplate | undefined,
  ) {
    const { json, targets, added, assumed, file } = files;
    this.#files = files;
    this.notes = files.notes;
    this.#pipeline = new Pipeline(json, added, files);
    this.chatTemplate = chatTemplate;
    const template = this.#templateOf(json.post_processor);
    if (!template && !bare)
      throw new InputError("no special tokens are added around a text", { file, at: "post_processor" }, REMEDY);
    this.#template = template ?? BARE;
    this.#targets = (targets && this.#templateOf(targets)) ?? this.#template;
    if (!bare)
      for (const end of [0, -1] as const)
        if (this.#idAt(end) === undefined)
          throw new InputError(
            `no special token is added ${WHERE[end]} a text`,
            { file, at: "post_processor" },
            REMEDY,
          );
    this.endId = this.#idOf([files.roles.eos_token]);
    this.padId = this.#idOf([files.pad, "[PAD]", "<pad>"]) ?? 0;
    this.unknownId = this.#idOf([files.unknown, "[UNK]", "<unk>"]);
    this.replacement = this.#idOf([files.mask, "[MASK]", "<mask>"]) ?? this.unknownId;
    const named = [...added.keys()].filter((id) => !assumed.has(id));
    this.size = named.reduce((size, id) => Math.max(size, id + 1), this.#pipeline.modelSize);
    this.#limit = vocabSize;
    if (this.size > vocabSize)
      throw new InputError(
        `the tokenizer has ids up to ${this.size - 1}, but the model embeds only ${vocabSize} tokens`,
        { file },
        REMEDY,
      );
  }

  /**
   * The IDs of the special tokens at the start and at the end of a text. Throws an InputError if there is none; most
   * decoders add none.
   */
  get clsId(): number {
    return this.#markAt(0);
  }
  get sepId(): number {
    return this.#markAt(-1);
  }

  /** The IDs of all special tokens before and after a text; most decoders have none. */
  get around(): { readonly before: readonly number[]; readonly after: readonly number[] } {
    const { single } = this.#template;
    const text = single.findIndex((slot) => "text" in slot);
    const ids = (slots: readonly Slot[]) => slots.flatMap((slot) => ("token" in slot ? [slot.id!] : []));
    return { before: ids(single.slice(0, text)), after: ids(single.slice(text)) };
  }

  /**
   * Encodes one text or a pair in at most `maxLength` tokens. Texts that are too long are cut; in a pair, the longer
   * text is cut first (longest_first in transformers).
   */
  encode(text: string, pair: string | undefined, maxLength: number): Pieces {
    return this.#encode(this.#template, text, pair, maxLength);
  }

  /**
   * Encodes a text to generate in at most `maxLength` tokens, as `text_target` of transformers: multilingual tokenizers
   * mark its language (tgt_lang of tokenizer_config.json).
   */
  encodeTarget(text: string, maxLength: number): Pieces {
    return this.#encode(this.#targets, text, undefined, maxLength);
  }

  #encode(template: Template, text: string, pair: string | undefined, maxLength: number): Pieces {
    const [a, b] = [this.#idsOf(text), pair === undefined ? undefined : this.#idsOf(pair)];
    const slots = b ? template.pair : template.single;
    const room = Math.max(0, maxLength - slots.filter((slot) => "token" in slot).length);
    const [lengthA, lengthB] = longestFirst(a.length, b?.length ?? 0, room);
    const A = this.#cut(a, lengthA);
    const B = b ? this.#cut(b, lengthB) : [];
    const texts = { A: { ids: A, wordIds: A.map(() => 0) }, B: { ids: B, wordIds: B.map(() => 1) } };
    return { ...this.#fill(slots, texts), cut: A.length < a.length || B.length < (b?.length ?? 0) };
  }

  /**
   * Encodes the words of a sentence in at most `maxLength` tokens. `wordIds` has the index of each token's word, and
   * `whole` is the number of words that were not cut. A word of control characters may have no tokens. Throws an
   * InputError if the sentence is too long and the tokenizer would cut off its start.
   */
  encodeWords(words: readonly string[], maxLength: number): Pieces & { readonly whole: number } {
    const slots = this.#template.single;
    const room = Math.max(0, maxLength - slots.filter((slot) => "token" in slot).length);
    const ids: number[] = [];
    const wordIds: number[] = [];
    let whole = 0;
    for (const [number, word] of words.entries()) {
      for (const id of this.#idsOf(word, true)) {
        ids.push(id);
        wordIds.push(number);
      }
      if (ids.length > room) break;
      whole = number + 1;
    }
    if (ids.length > room && this.#files.truncation === "left")
      throw new InputError(
        `a sentence has more than ${room} tokens, and this tokenizer would cut off its start, which tagging does not support`,
        { file: this.#files.file },
        'set "truncation_side": "right" in tokenizer_config.json, or increase the maximum length',
      );
    const A = { ids: ids.slice(0, room), wordIds: wordIds.slice(0, room) };
    return { ...this.#fill(slots, { A, B: { ids: [], wordIds: [] } }), whole, cut: A.ids.length < ids.length };
  }

  /** The token IDs of a text, without special tokens. */
  piecesOf(text: string): number[] {
    return this.#idsOf(text);
  }

  /**
   * The text of these IDs, as `decode` of transformers gives it; IDs without a token add nothing. Special tokens are
   * left out unless `special`. With `more`, further IDs may follow, and the result is only the start of the text that
   * none of them can change: what was shown of a text that grows is never taken back, and no character is broken.
   */
  decode(ids: readonly number[], { special = false, more = false } = {}): string {
    return this.#pipeline.textOf(ids, { special, more });
  }

  /** A token as spelled in the vocabulary. */
  spelling(id: number): string {
    return this.#pipeline.tokenOf(id) ?? `[${id}]`;
  }

  #idsOf(text: string, isWord = false): number[] {
    const ids = this.#pipeline.idsOf(text, isWord);
    const beyond = ids.find((id) => id >= this.#limit);
    if (beyond === undefined) return ids;
    throw new InputError(
      `a text contains the token ${quoted(this.spelling(beyond))}, whose id (${beyond}) is beyond the ${this.#limit} tokens that the model embeds`,
      { file: this.#files.file },
      REMEDY,
    );
  }

  #cut(ids: readonly number[], length: number): readonly number[] {
    return this.#files.truncation === "left" ? ids.slice(ids.length - length) : ids.slice(0, length);
  }

  /** Fills in the IDs of special tokens. Throws an InputError if a token has no ID, or has conflicting IDs. */
  #checked(slots: readonly Slot[]): Slot[] {
    return slots.map((slot) => {
      if ("text" in slot) return slot;
      const { token, id } = slot;
      const there = this.#pipeline.idOf(token);
      const place = { file: this.#files.file };
      if (there === undefined || this.#files.assumed.has(there))
        throw new InputError(`the special token ${quoted(token)} is not in the vocabulary`, place, REMEDY);
      if (id !== undefined && id !== there)
        throw new InputError(
          `the special token ${quoted(token)} has the id ${id} here, but ${there} in the vocabulary`,
          place,
          REMEDY,
        );
      return { ...slot, id: there };
    });
  }

  #templateOf(postProcessor: unknown): Template | undefined {
    const template = templateOf(postProcessor, { file: this.#files.file, at: "post_processor" });
    return template && { single: this.#checked(template.single), pair: this.#checked(template.pair) };
  }

  /** Whether there is a special token at both ends of a text, by which document tasks mark sentences. */
  get marksEnds(): boolean {
    return this.#idAt(0) !== undefined && this.#idAt(-1) !== undefined;
  }

  /** The ID of the special token at the start or end of a text, if there is one. */
  #idAt(end: 0 | -1): number | undefined {
    const slot = this.#template.single.at(end);
    return slot && "token" in slot ? slot.id : undefined;
  }

  #markAt(end: 0 | -1): number {
    const id = this.#idAt(end);
    if (id !== undefined) return id;
    throw new InputError(
      `document tasks mark sentences by special tokens such as [CLS] and [SEP], but this tokenizer adds none ${WHERE[end]} a text`,
      { file: this.#files.file, at: "post_processor" },
      "use a model whose tokenizer adds both, such as BERT",
    );
  }

  /** The ID of the first of these tokens that is in the files. */
  #idOf(names: readonly (string | undefined)[]): number | undefined {
    const ids = names.map((name) => (name === undefined ? undefined : this.#pipeline.idOf(name)));
    return ids.find((id) => id !== undefined && !this.#files.assumed.has(id));
  }

  #fill(
    slots: readonly Slot[],
    texts: Record<"A" | "B", { ids: readonly number[]; wordIds: readonly number[] }>,
  ): Omit<Pieces, "cut"> {
    const ids: number[] = [];
    const typeIds: number[] = [];
    const wordIds: (number | null)[] = [];
    for (const slot of slots) {
      const filled = "text" in slot ? texts[slot.text] : { ids: [slot.id!], wordIds: [null] };
      for (const [i, id] of filled.ids.entries()) {
        ids.push(id);
        typeIds.push(this.#files.segments ? slot.typeId : 0);
        wordIds.push(filled.wordIds[i]!);
      }
    }
    return { ids, typeIds, wordIds };
  }
}

/**
 * How many tokens to keep of two texts with `a` and `b` tokens, so that both together fit into `room`. The longer text
 * is first cut to the length of the shorter one, then both are cut equally.
 */
export function longestFirst(a: number, b: number, room: number): [number, number] {
  if (a + b <= room) return [a, b];
  const shorter = Math.min(a, b);
  const half = Math.floor(room / 2);
  if (shorter > half) return a > b ? [room - half, half] : [half, room - half];
  return a > b ? [room - shorter, shorter] : [shorter, room - shorter];
}
