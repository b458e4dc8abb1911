// masklens diff: do masks overlap more than chance, given the scores they began from, and where.

import { baseWeightsOf } from "../adaptation/base.ts";
import { readAdaptation } from "../adaptation/scorers.ts";
import { InputError } from "../errors.ts";
import { needsBase } from "../mask/changed.ts";
import { comparePairs, type Likeness, type Over, type PairComparison } from "../mask/compare.ts";
import type { Mask } from "../mask/file.ts";
import { judgePairs } from "../mask/judge.ts";
import { FALSE_DISCOVERIES } from "../mask/significance.ts";
import { verdictOf } from "../mask/verdict.ts";
import { quoted, visible } from "../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { fixed, interval, table } from "./table.ts";
import { print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

export const command: Command = {
  summary: "compare masks with each other and with chance",
  usage: ["diff A B [MORE …] [--against MASK …] [--json]"],
  about:
    "For each pair of masks: how often both pruned the same weight, divided by how often that is expected from their initial scores (lift, 1 by chance), with its 95 % interval; z, how many standard deviations the covariance of their drops is from 0; and the paper's dissimilarity d beside what it would be for independent masks of the same densities. The headline leaves out the last layer, the pooler and the classifier, where masks resemble each other for more than their tasks. Masks of unrelated tasks over one base overlap a little, too: with --against, a pair's lift is judged by those of all unrelated pairs among the two masks and the ones given. Masks over different base models are refused.",
  flags: {
    against: {
      value: "MASK …",
      explanation: "masks over the same base whose pairs show how much unrelated masks overlap; five pairs at least",
      many: true,
    },
    related: {
      value: "TASK,TASK …",
      explanation: "names of tasks that are related, so that their pairs are no references; one list a group",
      many: true,
    },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens diff masks/sst2/sst2.mask.safetensors masks/trec/trec.mask.safetensors", "two tasks"],
    ["masklens diff masks/*/*.mask.safetensors", "every pair of many"],
    [
      "masklens diff a.mask.safetensors b.mask.safetensors --against masks/*/*.mask.safetensors --related sst2,sentiment",
      "judged by all unrelated pairs of a folder's masks",
    ],
  ],
  async run({ given, positionals, many }, terminal) {
    if (positionals.length < 2)
      throw new InputError(
        many.has("against") ? "diff takes two or more masks before --against" : "diff takes two or more masks",
        {},
        "write masklens diff A B, with two mask files",
      );
    const masks = await Promise.all(positionals.map(readMask));
    const against = many.has("against") ? await Promise.all(many.get("against")!.map(readMask)) : undefined;
    const related = relatedOf(many.get("related") ?? []);
    if (related.length && !against)
      throw new InputError("--related leaves out references, and there are none", {}, "add --against MASK …");
    const base = await baseWeightsOf([...masks, ...(against ?? [])].filter(needsBase), { model: given.get("model") });
    const compared = comparePairs(masks, base).pairs;
    const pairs = against ? judgePairs(compared, masks, { against, related }, base) : compared;
    if (given.has("json")) printJson(terminal, { pairs });
    else print(terminal.out, pairs.map(pairText).join("\n"));
  },
};

async function readMask(file: string): Promise<Mask> {
  const adaptation = await readAdaptation(file);
  if (adaptation.format === "mask") return adaptation;
  throw new InputError("these are tuned tensors, not a mask", { file }, "give .mask.safetensors files");
}

function relatedOf(lists: readonly string[]): string[][] {
  return lists.map((list) => {
    const tasks = list.split(",").map((task) => task.trim());
    if (tasks.length > 1 && tasks.every(Boolean)) return tasks;
    throw new InputError(
      `--related ${quoted(list)} names fewer than two tasks`,
      {},
      "write the names of related tasks with commas between them, as in --related sst2,sentiment",
    );
  });
}

const WHERE: Record<Over, string> = {
  "lower layers": "the encoder's layers but the last",
  "last layer": "the last layer",
  all: "all shared matrices",
};

/** The answer in sentences: the effect, against which null, then z and d. */
export function verdict(pair: PairComparison): string {
  const { lift, z, d, chance, over, place, null: judgedBy } = pair;
  const verdict = verdictOf(pair);
  const distance = `d is ${fixed(d, 4)}, by chance ${fixed(chance, 4)}`;
  if (verdict === null || lift === null) return `Whether they overlap more than chance cannot be told; ${distance}.`;
  const count = `In ${WHERE[over]} both pruned the same weights ${interval(lift, 3)} times as often as expected from their initial scores`;
  const numbers = `z ${fixed(z, 1)}; ${distance}.`;
  if (!place) {
    const how = { more: "more than", less: "less than", neither: "no clear difference from" }[verdict];
    return `${count}: ${how} independent drops (the null is independence; unrelated masks over one base overlap a little, too: see --against).
${numbers}`;
  }
  const { median, low, high, pairs, deviations } = place;
  const how = { more: "more than", less: "less than", neither: "no more and no less than" }[verdict];
  const far =
    deviations === null
      ? ""
      : `, ${fixed(Math.abs(deviations), 1)} deviations ${deviations < 0 ? "below" : "above"} the median`;
  const judges =
    judgedBy === "permuted labels" ? "pairs with masks trained on permuted labels" : "pairs of unrelated masks";
  return `${count}: ${how} ${judges}${far} (the null is ${pairs} such pairs: median ${fixed(median, 3)}, 95 % of such pairs from ${fixed(low, 3)} to ${fixed(high, 3)}).
${numbers}`;
}

function pairText(pair: PairComparison): string {
  const { a, b, layers, kinds, apart, headCorrelation, notes, onlyA, onlyB } = pair;
  const row = (name: string, { lift, z, d, chance }: Likeness, marked: boolean | null = null) => [
    `${name}${marked ? " •" : ""}`,
    ...(lift ? interval(lift, 3).split(" ") : ["–", ""]),
    fixed(z, 1),
    fixed(d, 4),
    fixed(chance, 4),
  ];
  const rest = onlyA.length + onlyB.length;
  return `${shorter(a)}
${shorter(b)}
${verdict(pair)}

${table(
  ["", "lift", "95 %", "z", "d", "d by chance"],
  [
    row("headline", pair),
    ...apart.map((part) => row(`apart: ${part.part}`, part)),
    ...[...layers].reverse().map((layer) => row(`layer ${layer.layer}`, layer, layer.marked)),
    ...kinds.map((kind) => row(kind.kind, kind, kind.marked)),
  ],
)}• significant among the layers, or among the kinds, by z (false discovery rate ${FALSE_DISCOVERIES})
Correlation of the attention heads' z: ${headCorrelation ? interval(headCorrelation, 2) : "–"}
${rest ? `Compared on what both mask; ${onlyA.length} matrices are masked by the first alone, ${onlyB.length} by the second alone.\n` : ""}${notes.map((note) => `Note: ${visible(note)}.\n`).join("")}`;
}
