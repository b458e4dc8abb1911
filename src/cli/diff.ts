// masklens diff: shows whether and where masks overlap more than chance, given their initial scores.

import { baseWeightsOf, type Places } from "../adaptation/base.ts";
import { readAdaptation } from "../adaptation/read.ts";
import { layerNumber, type Stacks } from "../anatomy/layers.ts";
import { InputError } from "../errors.ts";
import { needsBase } from "../mask/changed.ts";
import { comparePairs, type Likeness, type Over, type PairComparison } from "../mask/compare.ts";
import type { Mask } from "../mask/file.ts";
import { judgePairs } from "../mask/judge.ts";
import { FALSE_DISCOVERIES } from "../mask/significance.ts";
import { verdictOf } from "../mask/verdict.ts";
import { fixed } from "../numbers.ts";
import { quoted, visible } from "../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { interval, table } from "./tables/table.ts";
import { print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

export const command: Command = {
  summary: "compare masks with each other and with chance",
  usage: ["diff A B [MORE …] [--against MASK …] [--json]"],
  about:
    "For each pair of masks: how often both pruned the same weight, divided by how often that is expected given their initial scores (lift, 1 by chance), with its 95 % interval; z, how many standard deviations the covariance of their pruning is from 0; and the paper's dissimilarity d, alongside its value for independent masks of the same densities. The headline excludes the last layer, the pooler and the classifier, where masks resemble each other for reasons other than their tasks. Masks of unrelated tasks over the same base model also overlap a little: with --against, a pair's lift is compared with the lifts of all unrelated pairs among its two masks and the masks after --against. Masks over different base models cannot be compared.",
  flags: {
    against: {
      value: "MASK …",
      explanation:
        "masks over the same base model whose pairs show how much unrelated masks overlap; at least five pairs are required",
      many: true,
    },
    related: {
      value: "TASK,TASK …",
      explanation: "names of related tasks, whose pairs are not used as references; one list per group",
      many: true,
    },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens diff masks/sst2/sst2.mask.safetensors masks/trec/trec.mask.safetensors", "two tasks"],
    ["masklens diff masks/*/*.mask.safetensors", "every pair of several masks"],
    [
      "masklens diff a.mask.safetensors b.mask.safetensors --against masks/*/*.mask.safetensors --related sst2,sentiment",
      "compared with all unrelated pairs of a folder's masks",
    ],
  ],
  async run({ given, positionals, many }, terminal) {
    if (positionals.length < 2)
      throw new InputError(
        many.has("against") ? "diff takes two or more masks before --against" : "diff takes two or more masks",
        {},
        "run masklens diff A B, with two mask files",
      );
    const places = { model: given.get("model") };
    const read = (file: string) => readMask(file, places);
    const masks = await Promise.all(positionals.map(read));
    const against = many.has("against") ? await Promise.all(many.get("against")!.map(read)) : undefined;
    const related = relatedOf(many.get("related") ?? []);
    if (related.length && !against) throw new InputError("--related needs --against", {}, "add --against MASK …");
    const base = await baseWeightsOf([...masks, ...(against ?? [])].filter(needsBase), places);
    const compared = comparePairs(masks, base).pairs;
    const pairs = against ? judgePairs(compared, masks, { against, related }, base) : compared;
    if (given.has("json")) printJson(terminal, { pairs });
    else print(terminal.out, pairs.map((pair) => pairText(pair, masks[0]!.metadata.base)).join("\n"));
  },
};

async function readMask(file: string, places: Places): Promise<Mask> {
  const adaptation = await readAdaptation(file, places);
  if (adaptation.format === "mask") return adaptation;
  throw new InputError("the file contains tuned tensors, not a mask", { file }, "choose .mask.safetensors files");
}

function relatedOf(lists: readonly string[]): string[][] {
  return lists.map((list) => {
    const tasks = list.split(",").map((task) => task.trim());
    if (tasks.length > 1 && tasks.every(Boolean)) return tasks;
    throw new InputError(
      `--related ${quoted(list)} names fewer than two tasks`,
      {},
      "separate the names of related tasks with commas, as in --related sst2,sentiment",
    );
  });
}

const WHERE: Record<Over, string> = {
  "lower layers": "the layers except the last",
  "last layer": "the last layer",
  all: "all shared matrices",
};

/** The result in sentences: the effect and what it is compared with, then z and d. */
export function verdict(pair: PairComparison): string {
  const { lift, z, d, chance, over, place, null: judgedBy } = pair;
  const verdict = verdictOf(pair);
  const distance = `d is ${fixed(d, 4)} (${fixed(chance, 4)} by chance)`;
  if (verdict === null || lift === null)
    return `It cannot be determined whether the masks overlap more than chance; ${distance}.`;
  const count = `In ${WHERE[over]}, both masks pruned the same weights ${interval(lift, 3)} times as often as expected given their initial scores`;
  const numbers = `z ${fixed(z, 1)}; ${distance}.`;
  if (!place) {
    const how = { more: "more than with", less: "less than with", neither: "no clear difference from" }[verdict];
    return `${count}: ${how} independent pruning (null: independence; unrelated masks over the same base model also overlap a little; see --against).
${numbers}`;
  }
  const { median, low, high, pairs, deviations } = place;
  const how = { more: "more than", less: "less than", neither: "neither more nor less than" }[verdict];
  const far =
    deviations === null
      ? ""
      : `, ${fixed(Math.abs(deviations), 1)} deviations ${deviations < 0 ? "below" : "above"} the median`;
  const judges =
    judgedBy === "permuted labels" ? "pairs with masks trained on permuted labels" : "pairs of unrelated masks";
  return `${count}: ${how} ${judges}${far} (null: ${pairs} such pairs, median ${fixed(median, 3)}, 95 % of them from ${fixed(low, 3)} to ${fixed(high, 3)}).
${numbers}`;
}

function pairText(pair: PairComparison, stacks: Stacks): string {
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
    ...apart.map((part) => row(`excluded: ${part.part}`, part)),
    ...[...layers].reverse().map((layer) => row(`layer ${layerNumber(layer.layer, stacks)}`, layer, layer.marked)),
    ...kinds.map((kind) => row(kind.kind, kind, kind.marked)),
  ],
)}• significant among the layers, or among the kinds, by z (false discovery rate ${FALSE_DISCOVERIES})
Correlation of the attention heads' z: ${headCorrelation ? interval(headCorrelation, 2) : "–"}
${rest ? `Compared on the matrices that both masks cover. Matrices covered only by the first: ${onlyA.length}; only by the second: ${onlyB.length}.\n` : ""}${notesText(notes)}`;
}

/** A line for each note on a pair. */
export const notesText = (notes: readonly string[]): string =>
  notes.map((note) => `Note: ${visible(note)}.\n`).join("");
