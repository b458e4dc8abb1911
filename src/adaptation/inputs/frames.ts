// Adaptations that read files of frame features instead of texts.

import { type Adaptor, framesRead } from "../../data/frames/adaptor.ts";
import { type Frames, readFrames } from "../../data/frames/read.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import { adaptorOf } from "../../model/additions/length-adaptor.ts";

type Own = Pick<Adaptation, "metadata" | "file">;

/** What makes an adaptation read frames; undefined if it reads texts. */
export const adaptorIn = ({ metadata }: Pick<Own, "metadata">): Adaptor | undefined =>
  adaptorOf(metadata.run.lengthAdaptor);

/** Throws an InputError if the adaptation reads frames and gets texts, or the other way round. */
export function requireReading(adaptation: Own, isFrames: boolean): void {
  const { file } = adaptation;
  if (isFrames === Boolean(adaptorIn(adaptation))) return;
  if (isFrames)
    throw new InputError("the adaptation reads texts, not frame features", { file }, "give it lines of text");
  throw new InputError(
    "the adaptation reads frame features, not texts",
    { file },
    "name files of frames with masklens predict --frames, or evaluate the adaptation on its task",
  );
}

/** The frames of a file that an adaptation reads. Throws an InputError, naming the file, if it cannot read them. */
export async function framesFor(
  adaptation: Own,
  file: string,
  maxLength: number,
): Promise<{ readonly frames: Frames; readonly cut: boolean }> {
  const adaptor = adaptorIn(adaptation)!;
  const { length, features, data } = await readFrames(file);
  if (features === adaptor.features) return framesRead({ length, features, data }, adaptor, maxLength);
  throw new InputError(
    `its frames have ${features} features, but the adaptation reads ${adaptor.features}`,
    { file },
    "compute the features with which the adaptation was trained",
  );
}
