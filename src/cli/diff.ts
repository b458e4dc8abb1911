// masklens diff: do masks overlap more than chance, given the scores they began from, and where.

import { InputError } from "../errors.ts";
import { needsBase } from "../mask/changed.ts";
import { comparePairs, type Likeness, type PairComparison } from "../mask/compare.ts";
import { CLEAR } from "../mask/significance.ts";
import { baseWeightsOf } from "../train/base.ts";
import { readAdaptation } from "../train/scorers.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { fixed, table } from "./table.ts";
import { printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

export const command: Command = {
  summary: "compare masks with each other and with chance",
  usage: ["diff A B [MORE …] [--json]"],
  about:
    "Of each pair of masks: how often both dropped the same weight, over how often that is to be expected from their initial scores (lift, 1 by chance) and how many standard deviations away that is (z); and the paper's dissimilarity d beside what it would be for independent masks of the same keep rates. Masks over different base models are refused.",
  flags: {
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens diff masks/sst2/sst2.mask.safetensors masks/trec/trec.mask.safetensors", "two tasks"],
    ["masklens diff masks/*/*.mask.safetensors", "every pair of many"],
  ],
  async run({ given, positionals }, terminal) {
    if (positionals.length < 2)
      throw new InputError("diff takes two or more masks", {}, "write masklens diff A B, with two mask files");
    const masks = await Promise.all(
      positionals.map(async (file) => {
        const adaptation = await readAdaptation(file);
        if (adaptation.format === "mask") return adaptation;
        throw new InputError("these are tuned tensors, not a mask", { file }, "give .mask.safetensors files");
      }),
    );
    const { pairs } = comparePairs(masks, await baseWeightsOf(masks.filter(needsBase), { model: given.get("model") }));
    if (given.has("json")) printJson(terminal, { pairs });
    else terminal.out.write(pairs.map(pairText).join("\n"));
  },
};

/** The answer in a sentence. */
export function verdict({ lift, z, d, chance, over, shared }: PairComparison): string {
  const where = over === "blocks" ? "the encoder's matrices" : `${shared.length} shared matrices`;
  if (lift === null || z === null)
    return `Whether they overlap more than chance cannot be told; d is ${fixed(d, 4)}, by chance ${fixed(chance, 4)}.`;
  const how = `${Math.abs(z) < CLEAR ? "not clearly " : ""}${z > 0 ? "more" : "less"} often than by chance`;
  return `Over ${where} they dropped the same weights ${how}: ${fixed(lift, 3)} times as often as their initial scores let expect (z ${fixed(z, 1)}).`;
}

function pairText(pair: PairComparison): string {
  const { a, b, blocks, kinds, headCorrelation, notes, onlyA, onlyB } = pair;
  const row = (name: string, { lift, z, d, chance }: Likeness) => [
    name,
    fixed(lift, 3),
    fixed(z, 1),
    fixed(d, 4),
    fixed(chance, 4),
  ];
  const rest = onlyA.length + onlyB.length;
  return `${shorter(a)}
${shorter(b)}
${verdict(pair)}

${table(
  ["", "lift", "z", "d", "d by chance"],
  [
    row("all together", pair),
    ...[...blocks].reverse().map((block) => row(`block ${block.block}`, block)),
    ...kinds.map((kind) => row(kind.kind, kind)),
  ],
)}
Correlation of the attention heads' z: ${fixed(headCorrelation, 2)}
${rest ? `Compared on what both mask; ${onlyA.length} matrices are masked by the first alone, ${onlyB.length} by the second alone.\n` : ""}${notes.map((note) => `Note: ${note}.\n`).join("")}`;
}
