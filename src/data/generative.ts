// Encodes texts for models that predict the next token: blocks of texts, and targets that follow from a source.

import { InputError } from "../errors.ts";
import { tick } from "../pulse.ts";
import { type Encoded, IGNORED } from "./encode.ts";
import { type Architecture, type GenerationExample, type LanguageExample, SOURCE } from "./examples.ts";
import { type Adaptor, framesRead } from "./frames/adaptor.ts";
import type { Frames } from "./frames/read.ts";
import type { Task } from "./task.ts";
import { longestFirst, type Tokenizer } from "./tokenizer/tokenizer.ts";

/** The model and the task for which texts are encoded. */
export interface Generative {
  readonly architecture: Architecture;
  /** The maximum number of tokens per sequence; an encoder–decoder has two sequences, of this length each. */
  readonly maxLength: number;
  /** What reads frame features, in a task that has them. */
  readonly adaptor?: Adaptor | undefined;
  /** The ID of the token from which an encoder–decoder's decoder starts; required for that architecture. */
  readonly decoderStartId?: number | undefined;
  /** The task's pattern for what the model reads, with `SOURCE` at the place of the source; null if it has none. */
  readonly prompt: string | null;
}

/**
 * Joins texts to one sequence of tokens, each text followed by the end token, and cuts it into blocks of `maxLength` tokens;
 * the last block may be shorter. Each token but the first of a block is the target of the one before it, so it is scored
 * once. As group_texts of transformers' run_clm, which drops the last block and adds no end token.
 *
 * A text's bytes are spread evenly over its tokens and its end token, so that the blocks' bytes add up to those of all
 * texts.
 */
export function blocksOf(texts: readonly LanguageExample[], tokenizer: Tokenizer, maxLength: number): Encoded[] {
  const end = endOf(tokenizer);
  const { before } = tokenizer.around;
  const blocks: Encoded[] = [];
  let ids: number[] = [];
  let bytes = 0;
  const finish = () => {
    if (!ids.length) return;
    const target = [...ids.slice(1), IGNORED];
    blocks.push({ sequences: [{ ids, typeIds: ids.map(() => 0) }], target, bytes, cut: false, unscored: [] });
    [ids, bytes] = [[], 0];
  };
  for (const { text } of texts) {
    tick();
    const own = [...before, ...tokenizer.piecesOf(text), end];
    const perToken = Buffer.byteLength(text) / own.length;
    for (const id of own) {
      ids.push(id);
      bytes += perToken;
      if (ids.length === maxLength) finish();
    }
  }
  finish();
  return blocks;
}

/**
 * Encodes a source and its target; only the target's tokens and its end token are scored. Of texts that are too long, the
 * longer one is cut first: a decoder's source loses its beginning, an encoder–decoder's its end, and a target its end.
 * Throws an InputError if the tokenizer has no end token or, for a conversation, no chat template.
 */
export function encodeGeneration(example: GenerationExample, tokenizer: Tokenizer, model: Generative): Encoded {
  tick();
  return model.architecture === "decoder"
    ? afterSource(example, tokenizer, model)
    : besideSource(example, tokenizer, model);
}

/** What a model reads before it generates: of a decoder, the first tokens; of an encoder–decoder, the start token and the source. */
export interface EncodedSource {
  readonly ids: readonly number[];
  readonly source?: readonly number[];
  /** Frames that the encoder reads instead of a source. */
  readonly frames?: Frames;
  /** Whether the source was cut. */
  readonly cut: boolean;
}

/**
 * Encodes a source in at most `maxLength` tokens, as `encodeGeneration` does if nothing is cut. The target has no influence. A decoder
 * that would read nothing reads the end token, as if another text had ended.
 */
export function encodeSource(example: GenerationExample, tokenizer: Tokenizer, model: Generative): EncodedSource {
  tick();
  const { maxLength, architecture, adaptor } = model;
  if (adaptor && example.frames) return { ids: [startOf(model)], ...framesRead(example.frames, adaptor, maxLength) };
  const { source } = textsOf(example, tokenizer, model);
  if (architecture !== "decoder") {
    const { ids, cut } = tokenizer.encode(source, undefined, maxLength);
    return { ids: [startOf(model)], source: ids, cut };
  }
  const begin = beginOf(example, tokenizer);
  const read = tokenizer.piecesOf(source);
  const over = Math.max(0, begin.length + read.length - maxLength);
  const ids = [...begin, ...read.slice(over)];
  return { ids: ids.length ? ids : [endOf(tokenizer)], cut: over > 0 };
}

/** The number of tokens of the longest target, with its end token. */
export function longestTarget(examples: readonly GenerationExample[], tokenizer: Tokenizer, model: Generative): number {
  let longest = 1;
  for (const example of examples) {
    tick();
    longest = Math.max(longest, tokenizer.piecesOf(textsOf(example, tokenizer, model).target).length + 1);
  }
  return longest;
}

/** Whether the sources of a generation task are conversations. */
export const hasConversations = ({ splits }: Pick<Task, "splits">): boolean =>
  splits.train.some((example) => "source" in example && typeof example.source !== "string");

/** A sequence of the source, then the target. */
function afterSource(example: GenerationExample, tokenizer: Tokenizer, model: Generative): Encoded {
  const { source, target } = textsOf(example, tokenizer, model);
  const begin = beginOf(example, tokenizer);
  const [read, written] = [tokenizer.piecesOf(source), endedBy(endOf(tokenizer), tokenizer.piecesOf(target))];
  const [lengthRead, lengthWritten] = longestFirst(
    read.length,
    written.length,
    Math.max(0, model.maxLength - begin.length),
  );
  const ids = [...begin, ...read.slice(read.length - lengthRead), ...written.slice(0, lengthWritten)];
  const first = begin.length + lengthRead;
  if (!first) throw nothingRead();
  return {
    sequences: [{ ids, typeIds: ids.map(() => 0) }],
    target: ids.map((_, i) => (i + 1 >= first ? (ids[i + 1] ?? IGNORED) : IGNORED)),
    cut: lengthRead < read.length || lengthWritten < written.length,
    unscored: [],
  };
}

/** The source as a sequence of its own, and the target shifted right behind the decoder's start token. */
function besideSource(example: GenerationExample, tokenizer: Tokenizer, model: Generative): Encoded {
  const { maxLength } = model;
  const { source, target } = textsOf(example, tokenizer, model);
  const read = tokenizer.encode(source, undefined, maxLength);
  if (!read.ids.length) throw nothingRead();
  const written = encodeTarget(target, tokenizer, model);
  return { sequences: [read], ...written, cut: read.cut || written.cut, unscored: [] };
}

/** A target as an encoder–decoder's decoder reads it, shifted right behind the start token, and predicts it. */
export function encodeTarget(
  target: string,
  tokenizer: Tokenizer,
  model: Generative,
): { readonly decoder: readonly number[]; readonly target: readonly number[]; readonly cut: boolean } {
  const { maxLength } = model;
  const written = tokenizer.encodeTarget(target, tokenizer.around.after.length ? maxLength : maxLength - 1);
  const ids = endedBy(endOf(tokenizer), written.ids);
  return { decoder: [startOf(model), ...ids.slice(0, -1)], target: ids, cut: written.cut };
}

/** What precedes a decoder's source; a chat template writes it itself. */
const beginOf = ({ source }: GenerationExample, { around }: Tokenizer): readonly number[] =>
  typeof source === "string" ? around.before : [];

function startOf({ decoderStartId }: Generative): number {
  if (decoderStartId !== undefined) return decoderStartId;
  throw new RangeError("an encoder–decoder has a token from which its decoder starts");
}

/** The error of a source without tokens for a model that nothing else starts: it would read the first token that it is to generate. */
const nothingRead = () =>
  new InputError(
    "the source has no tokens, and the model's tokenizer adds none",
    {},
    "write a source, or a prompt with text of its own",
  );

/** The tokens up to the first end token, which is appended if there is none: generation stops there, too. */
function endedBy(end: number, ids: readonly number[]): number[] {
  const at = ids.indexOf(end);
  return at < 0 ? [...ids, end] : ids.slice(0, at + 1);
}

/**
 * What a model reads and what it should generate, as text. A decoder's source is followed by a line break unless the task
 * has a prompt; otherwise, nothing would mark its end.
 */
function textsOf(
  { source, target }: GenerationExample,
  tokenizer: Tokenizer,
  model: Pick<Generative, "architecture" | "prompt">,
): { readonly source: string; readonly target: string } {
  if (typeof source === "string") return { source: promptOf(source, model), target };
  const { chatTemplate } = tokenizer;
  if (chatTemplate)
    return chatTemplate.split(
      source.map((message) => ({ ...message, content: filled(model.prompt ?? SOURCE, message.content) })),
      target,
    );
  throw new InputError(
    "the task has conversations, but the model's tokenizer has no chat template",
    {},
    'use a model with a chat template, or texts in the columns "source" and "target"',
  );
}

/** The text that a model reads for a source. */
export function promptOf(
  source: string,
  { architecture, prompt }: Pick<Generative, "architecture" | "prompt">,
): string {
  return filled(prompt ?? (architecture === "decoder" ? `${SOURCE}\n` : SOURCE), source);
}

const filled = (prompt: string, source: string): string => prompt.replace(SOURCE, () => source);

function endOf({ endId }: Tokenizer): number {
  if (endId !== undefined) return endId;
  throw new InputError(
    "the tokenizer has no end token, so no text to generate has an end",
    { file: "tokenizer_config.json", at: "eos_token" },
    "name the model's end token there",
  );
}
