// The lines that `masklens predict --requests` reads: a text or a file of frames, the adaptation to answer with, and possibly
// attributes.

import path from "node:path";
import * as z from "zod/mini";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import type { AskedText } from "../../adaptation/prediction.ts";
import { MOST_IN_CELL } from "../../data/attributes/values.ts";
import { InputError } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { onDemand } from "../../on-demand.ts";
import { checked, jsonOf, list, record, text, worded } from "../../schema.ts";
import { quoted } from "../../visible.ts";
import { attributesOfRequest } from "./attributes.ts";

const ATTRIBUTES = onDemand(() =>
  record(worded(z.union([text, list(text, MOST_IN_CELL)]), "a value, or a list of values")),
);
const TEXT_REQUEST = onDemand(() =>
  z.object({ text: z.string(), adaptation: text, attributes: z.exactOptional(ATTRIBUTES()) }),
);
const FRAMES_REQUEST = onDemand(() =>
  z.object({ frames: text, adaptation: text, attributes: z.exactOptional(ATTRIBUTES()) }),
);

/** A text or, as `text`, the path of a file of frames, its attributes, and the adaptation to answer with. */
export interface PredictionRequest extends AskedText {
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
  adaptations: readonly LoadedAdaptation[],
): PredictionRequest[] {
  const known = new Map(adaptations.map((one) => [one.adaptation, one]));
  return lines.map((line, i) => {
    const place = { file: "standard input", at: `line ${before + i + 1}` };
    const source = { ...place, remedy: REMEDY };
    const json = jsonOf(line, source);
    const isFrames = isJsonObject(json) && json.frames !== undefined && json.text === undefined;
    const request = isFrames ? checked(FRAMES_REQUEST(), json, source) : checked(TEXT_REQUEST(), json, source);
    const { attributes } = request;
    const read = "frames" in request ? path.resolve(request.frames) : request.text;
    const adaptation = path.resolve(request.adaptation);
    const loaded = known.get(adaptation);
    if (!loaded)
      throw new InputError(
        `${quoted(request.adaptation)} is not among the adaptations`,
        place,
        "name its file, or a folder that contains it, on the command line",
      );
    return {
      text: read,
      isFrames,
      adaptation,
      ...(attributes && { attributes: attributesOfRequest(attributes, loaded, place) }),
    };
  });
}
