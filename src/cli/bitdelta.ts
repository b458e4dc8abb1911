// masklens bitdelta: writes a finetuned copy as signs and scales, to compare with masks at equal size.

import path from "node:path";
import { type BitDelta, RESTS, writeBitDelta } from "../adaptation/bitdelta.ts";
import { InputError } from "../errors.ts";
import { bytes, grouped } from "../numbers.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { adaptationOutOf, oneOf, pathsOf } from "./flag-values.ts";
import { print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

const ENDING = ".tuned.safetensors";

export const command: Command = {
  summary: "compress a finetuned copy to one bit per weight, to compare it with a mask of equal size",
  usage: [`bitdelta FINETUNED --out NAME${ENDING} [--rest all|vectors|none] [--model DIR]`],
  about:
    "BitDelta (Liu et al. 2024): each matrix of the layers and of the pooler becomes the base model's plus or minus one scale, the mean difference between finetuned and base weights, with the sign of each weight's difference. Signs take one bit per weight, as a mask does. The file contains the rebuilt weights as float32, so it is larger than the compressed model would be; evaluate measures it like any adaptation. The paper also trains the scales by distillation, which this command does not.",
  flags: {
    out: { value: "FILE", explanation: `the file to write, NAME${ENDING}; it must not exist` },
    rest: {
      value: "REST",
      explanation:
        "which other tensors stay finetuned: all (default, as in the paper), vectors (biases and LayerNorms) or none; the classifier always does",
    },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      `masklens bitdelta masks/sst2-f/sst2-f${ENDING} --rest vectors --out sst2-bits${ENDING}`,
      "then masklens evaluate masks/sst2/sst2.mask.safetensors sst2-bits.tuned.safetensors",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [adaptation, ...more] = positionals;
    if (adaptation === undefined || more.length)
      throw new InputError("bitdelta takes one adaptation", {}, `run masklens bitdelta FILE --out NAME${ENDING}`);
    const out = await adaptationOutOf(given, ENDING);
    const rest = oneOf(RESTS, "rest", given);
    const written = await writeBitDelta({
      ...{ adaptation: path.resolve(adaptation), out, rest },
      ...pathsOf(given, "model"),
    });
    if (given.has("json")) return printJson(terminal, written);
    print(terminal.out, textOf(written));
  },
};

function textOf({ adaptation, matrices, bytes: sizes, leftOut }: BitDelta): string {
  const back = leftOut.length
    ? ` ${grouped(leftOut.length)} finetuned tensors were reset to the base model's values.`
    : "";
  return `${shorter(adaptation)}: ${matrices.length} matrices as signs and scales, ${bytes(sizes.matrices)}, and ${bytes(sizes.tensors)} of other tensors; the finetuned copy takes ${bytes(sizes.finetuned)}.${back}
evaluate it: masklens evaluate ${shorter(adaptation)}
`;
}
