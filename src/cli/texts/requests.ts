// The lines that `masklens predict --requests` reads: a text, and the adaptation to answer with.

import path from "node:path";
import * as z from "zod/mini";
import { InputError } from "../../errors.ts";
import { onDemand } from "../../on-demand.ts";
import { checked, jsonOf, type Read, text } from "../../schema.ts";
import { quoted } from "../../visible.ts";

const REQUEST = onDemand(() => z.object({ text: z.string(), adaptation: text }));

export type PredictionRequest = Read<typeof REQUEST>;

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
    const request = checked(REQUEST(), jsonOf(line, { ...place, remedy: REMEDY }), { ...place, remedy: REMEDY });
    const adaptation = path.resolve(request.adaptation);
    if (known.has(adaptation)) return { ...request, adaptation };
    throw new InputError(
      `${quoted(request.adaptation)} is not among the adaptations`,
      place,
      "name its file, or a folder that contains it, on the command line",
    );
  });
}
