// The lines that `masklens predict --requests` reads: a text or a file of frames, and the adaptation to answer with.

import path from "node:path";
import * as z from "zod/mini";
import { InputError } from "../../errors.ts";
import { onDemand } from "../../on-demand.ts";
import { checked, jsonOf, type Read, text } from "../../schema.ts";
import { quoted } from "../../visible.ts";

const REQUEST = onDemand(() =>
  z.union([
    z.object({ text: z.string(), frames: z.optional(z.undefined()), adaptation: text }),
    z.object({ frames: text, text: z.optional(z.undefined()), adaptation: text }),
  ]),
);

/** A text, or the path of a file of frames. */
export interface PredictionRequest {
  readonly text: string;
  readonly isFrames: boolean;
  readonly adaptation: string;
}

const REMEDY = 'write lines such as {"text": "…", "adaptation": "masks/sst2/sst2.mask.safetensors"}';

/**
 * The requests on lines that follow `before` others, with absolute paths. Throws an InputError for the first line that is no
 * request, or names an adaptation that is not in `adaptations`.
 */
export function requestsOf(
  lines: readonly string[],
  before: number,
  adaptations: readonly string[],
): PredictionRequest[] {
  const known = new Set(adaptations);
  return lines.map((line, i) => {
    const place = { file: "standard input", at: `line ${before + i + 1}` };
    const request: Read<typeof REQUEST> = checked(REQUEST(), jsonOf(line, { ...place, remedy: REMEDY }), {
      ...place,
      remedy: REMEDY,
    });
    const adaptation = path.resolve(request.adaptation);
    const isFrames = request.frames !== undefined;
    const read = isFrames ? path.resolve(request.frames) : request.text;
    if (known.has(adaptation)) return { text: read, isFrames, adaptation };
    throw new InputError(
      `${quoted(request.adaptation)} is not among the adaptations`,
      place,
      "name its file, or a folder that contains it, on the command line",
    );
  });
}
