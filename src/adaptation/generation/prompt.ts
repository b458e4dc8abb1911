// What a model reads of a text that it continues or answers.

import { encodeSource } from "../../data/generative.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { TaskFacts } from "../../mask/metadata.ts";
import type { Prompt } from "../../program/generation/next-token.ts";
import type { Base } from "../base.ts";
import { sizesOf } from "../evaluate.ts";
import { framesFor } from "../inputs/frames.ts";
import type { GenerationConfig } from "./config.ts";
import type { GenerationSettings } from "./settings.ts";

export interface ReadText {
  readonly prompt: Prompt;
  /** Whether the beginning of the text (for an encoder–decoder, the end) was left out. */
  readonly cut: boolean;
}

/** The frames in a file, as an encoder–decoder reads them. Throws an InputError, naming the file, if it cannot. */
export async function framesPrompt(
  adaptation: Adaptation,
  file: string,
  { config: { positions } }: Pick<Base, "config">,
  { decoderStartId }: Pick<GenerationConfig, "decoderStartId">,
): Promise<ReadText> {
  const { frames, cut } = await framesFor(adaptation, file, sizesOf(adaptation, positions).maxLength);
  return { prompt: { ids: [decoderStartId!], frames }, cut };
}

/**
 * A generation task's source, encoded as in training, or a text to continue. A text that would leave too little room for the new
 * tokens among the model's positions is cut, but not to less than half of them. Throws an InputError if nothing can be read.
 */
export function promptFor(
  text: string,
  { kind, prompt = null, chat = false }: Pick<TaskFacts, "kind" | "prompt" | "chat">,
  { config, tokenizer }: Pick<Base, "config" | "tokenizer">,
  { startId, decoderStartId }: Pick<GenerationConfig, "startId" | "decoderStartId">,
  { longest }: GenerationSettings,
): ReadText {
  const { positions, stacks: architecture } = config;
  const kept = "newTokens" in longest ? Math.min(longest.newTokens, positions >> 1) : 1;
  if (kind === "generation") {
    const example = { source: chat ? [{ role: "user", content: text }] : text, target: "" };
    const maxLength = architecture === "decoder" ? positions - kept : positions;
    const { cut, ...read } = encodeSource(example, tokenizer, { architecture, maxLength, decoderStartId, prompt });
    return { prompt: read, cut };
  }
  const { before } = tokenizer.around;
  const pieces = tokenizer.piecesOf(text);
  const room = positions - kept - before.length;
  const ids = [...before, ...pieces.slice(Math.max(0, pieces.length - room))];
  const first = startId ?? tokenizer.endId;
  if (!ids.length && first === undefined)
    throw new InputError("an empty text cannot be continued, because the model has no start token", {}, "write a text");
  return { prompt: { ids: ids.length ? ids : [first!] }, cut: pieces.length > room };
}
