// Encodes examples of frame features, which an encoder reads through a length adaptor, and puts their frames into batches.

import { InputError } from "../../errors.ts";
import { tick } from "../../pulse.ts";
import type { Encoded } from "../encode.ts";
import type { Architecture, GenerationExample, SentenceExample } from "../examples.ts";
import { encodeTarget, type Generative } from "../generative.ts";
import type { Task } from "../task.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type Adaptor, framesRead } from "./adaptor.ts";

/** [B, T, features], B = size of the batch and T = length; 0 in padding. */
export interface FramesBatch {
  readonly features: number;
  readonly data: Float32Array;
}

/** Throws an InputError unless a task with frames has an adaptor for their features, and any other task has none. */
export function checkFrames(
  { file, frames }: Pick<Task, "file" | "frames">,
  adaptor: Adaptor | undefined,
  architecture: Architecture,
): void {
  if (frames && !adaptor)
    throw new InputError(
      `the examples are frames of ${frames.features} features, but there is no length adaptor`,
      { file },
      `set the option lengthAdaptor (--length-adaptor features=${frames.features})`,
    );
  if (!adaptor) return;
  if (!frames)
    throw new InputError(
      "the examples are texts, but the length adaptor reads frame features",
      { file },
      "leave out the option lengthAdaptor, or name a column of frames in the task file",
    );
  if (frames.features !== adaptor.features)
    throw new InputError(
      `the examples have frames of ${frames.features} features, but the length adaptor reads ${adaptor.features}`,
      { file },
      `use a length adaptor with features=${frames.features}, or other data`,
    );
  if (architecture === "decoder")
    throw new InputError("frames are read by an encoder, but the model is a decoder", { file }, "use another model");
}

/** An example of a classification, with its label, or of a generation, with its target. */
export function encodeFrames(
  example: SentenceExample | GenerationExample,
  tokenizer: Tokenizer,
  { adaptor, ...model }: Generative & { readonly adaptor: Adaptor },
): Encoded {
  tick();
  const read = framesRead(example.frames!, adaptor, model.maxLength);
  const own = { sequences: [{ ids: [], typeIds: [] }], frames: read.frames, unscored: [] };
  if ("label" in example) return { ...own, target: example.label, cut: read.cut };
  const written = encodeTarget(example.target, tokenizer, model);
  return { ...own, ...written, cut: read.cut || written.cut };
}

/** The frames of a batch's rows, with zeros after each and in filler rows. */
export function framesOf(
  rows: readonly Pick<Encoded, "frames">[],
  { size, length }: { readonly size: number; readonly length: number },
): FramesBatch | undefined {
  const features = rows[0]?.frames?.features;
  if (features === undefined) return undefined;
  const data = new Float32Array(size * length * features);
  for (const [row, { frames }] of rows.entries()) data.set(frames!.data, row * length * features);
  return { features, data };
}
