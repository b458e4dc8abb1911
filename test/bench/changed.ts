// npm run bench changed: what training changed in real masks. Do two masks of one task overlap more than unrelated
// masks, given their initial scores? And are heads in which pruned weights cluster still found? Writes docs/changed.md.

import { writeFileSync } from "node:fs";
import { type Flips, flipsOf, pruneRates } from "../../src/mask/changed.ts";
import { comparePairs, type PairComparison } from "../../src/mask/compare.ts";
import { describeMask } from "../../src/mask/describe.ts";
import type { Mask } from "../../src/mask/file.ts";
import { judgePairs } from "../../src/mask/judge.ts";
import { discoveries } from "../../src/mask/significance.ts";
import { OFF } from "../../src/mask/strata.ts";
import { markdown } from "./markdown.ts";
import { RECIPE, SAMPLE_TASKS, sampleMask, sampleTask, type TrainedMask, trainedMask } from "./masks.ts";
import { minilm, taskFile } from "./tasks.ts";

/** The masks over one base model: for each task, one mask per seed. */
interface Group {
  readonly model: string;
  readonly tasks: readonly string[];
  readonly masks: () => Promise<TrainedMask[]>;
}

const GROUPS: readonly Group[] = [
  {
    model: "sample model",
    tasks: ["sentiment", "spam"],
    async masks() {
      const made: TrainedMask[] = [];
      for (const task of Object.keys(SAMPLE_TASKS) as (keyof typeof SAMPLE_TASKS)[])
        for (const seed of [1, 2, 3]) made.push(await sampleMask(task, seed));
      return made;
    },
  },
  {
    model: "all-MiniLM-L6-v2",
    tasks: ["sentiment", "sst2", "trec"],
    async masks() {
      const model = minilm();
      const some = { ...RECIPE, model, epochs: 3, limit: { train: 3000 } };
      const options = {
        sentiment: { ...RECIPE, model, epochs: 4, task: sampleTask("sentiment") },
        sst2: { ...some, task: taskFile("sst2") },
        trec: { ...some, task: taskFile("trec") },
      };
      const made: TrainedMask[] = [];
      for (const [number, [task, run]] of Object.entries(options).entries())
        for (const seed of [1, 2])
          made.push(await trainedMask("changed", `minilm-${task}-${seed}`, task, 100 * (number + 1) + seed, run));
      return made;
    },
  },
];

/** The expected relations of pairs, so that the page shows a miss. */
const RELATED = [["sentiment", "sst2"]];
type Relation = "same task" | "related tasks" | "unrelated tasks";
const EXPECTED: Record<Relation, { readonly says: string; holds(pair: PairComparison): boolean }> = {
  "same task": { says: "above unrelated pairs", holds: ({ lift, place }) => lift!.value > place!.high },
  "related tasks": { says: "above unrelated pairs", holds: ({ lift, place }) => lift!.value > place!.high },
  "unrelated tasks": {
    says: "among unrelated pairs",
    holds: ({ lift, place }) => lift!.value >= place!.low && lift!.value <= place!.high,
  },
};

export async function benchChanged(filters: readonly string[]): Promise<void> {
  const sections: string[] = [];
  for (const group of GROUPS) {
    if (filters.length && !filters.some((filter) => group.model.includes(filter))) continue;
    sections.push(section(group, await group.masks()));
  }
  const page = [
    "# What training changed, and whether two masks agree",
    "",
    "Made by `npm run bench changed`. Pairs of masks from different seeds are compared over all layers of the encoder except the last. *Lift* is how often both pruned the same weight, divided by how often that is expected given their initial scores, with its 95 % interval. *Deviations* is the distance of the lift from the median of unrelated pairs over the same base model, in units of 1.4826 times their median absolute deviation. z is the covariance of what the two masks pruned, in standard deviations from independence. d is the paper's dissimilarity, next to its value for independent masks of the same densities. Masks are trained at learning rate 3e-3 from an initial sparsity of 5 %, with all layers, the pooler and the classifier masked.",
    "",
    "Unrelated masks overlap slightly more than independent ones: masks over one base model share some structure whatever their tasks, as the z of unrelated pairs shows. So a lift is compared with the lifts of unrelated pairs (`masklens diff A B --against MASK …`), not judged by z.",
    "",
    ...sections,
  ].join("\n");
  writeFileSync("docs/changed.md", page);
  console.log(page);
}

function section({ model, tasks }: Group, trained: readonly TrainedMask[]): string {
  const masks = trained.map(({ mask }) => mask);
  const pairs = judgePairs(comparePairs(masks).pairs, masks, { against: masks, related: RELATED });
  const taskOf = new Map(trained.map(({ mask, task }) => [mask.file, task]));
  const kinds = new Map<string, PairComparison[]>();
  for (const pair of pairs) {
    const key = `${taskOf.get(pair.a)} ${taskOf.get(pair.b)}`;
    kinds.set(key, [...(kinds.get(key) ?? []), pair]);
  }
  const rows = [...kinds].map(([key, alike]) => {
    const [a, b] = key.split(" ") as [string, string];
    const isRelated = RELATED.some((group) => group.includes(a) && group.includes(b));
    const relation = a === b ? "same task" : isRelated ? "related tasks" : "unrelated tasks";
    const held = alike.filter((pair) => EXPECTED[relation].holds(pair)).length;
    return [
      a === b ? `${a}, two seeds` : `${a} with ${b}`,
      String(alike.length),
      range(alike, ({ lift }) => lift!.value, 3),
      `± ${range(alike, ({ lift }) => (lift!.high - lift!.low) / 2, 3)}`,
      range(alike, ({ place }) => place!.deviations!, 1),
      range(alike, ({ z }) => z!, 1),
      range(alike, ({ d, chance }) => d! / chance!, 3),
      range(alike, ({ d }) => d!, 3),
      range(alike, ({ headCorrelation }) => headCorrelation!.value, 2),
      `${EXPECTED[relation].says}: ${held} of ${alike.length}`,
    ];
  });
  const unrelated = pairs.find(({ place }) => place)!.place!;
  const layers = pairs[0]!.layers.map(({ layer }) => layer);
  const parts = pairs[0]!.apart.slice(1).map(({ part }) => part);
  const byLayer = [...kinds].map(([key, alike]) => [
    key.replace(" ", " with "),
    ...layers.map((layer) => range(alike, (pair) => pair.layers.find((one) => one.layer === layer)!.lift!.value, 2)),
    ...parts.map((part) => range(alike, (pair) => pair.apart.find((one) => one.part === part)!.lift!.value, 2)),
  ]);
  const scores = tasks.map(
    (task) =>
      `${task} ${trained
        .filter((one) => one.task === task)
        .map(({ score }) => (100 * score).toFixed(1))
        .join(", ")}`,
  );
  return [
    `## ${model}`,
    "",
    `Test accuracy in percent, one mask per seed: ${scores.join("; ")}.`,
    "",
    ...markdown(
      [
        "pair",
        "pairs",
        "lift",
        "interval",
        "deviations",
        "z",
        "d / chance",
        "d",
        "correlation of heads' z",
        "compared with unrelated pairs",
      ],
      rows,
    ),
    "",
    `The ${unrelated.pairs} unrelated pairs of the first row: median ${unrelated.median.toFixed(3)}, 95 % expected between ${unrelated.low.toFixed(3)} and ${unrelated.high.toFixed(3)}.`,
    "",
    "Lift by layer; the headline excludes the last layer and the modules above it:",
    "",
    ...markdown(["pair", ...layers.map((layer) => `layer ${layer}`), ...parts], byLayer),
    "",
    ...headsSection(tasks, trained),
  ].join("\n");
}

/** Attention heads marked in both of two masks of a task, with and without correction for clusters. */
function headsSection(tasks: readonly string[], trained: readonly TrainedMask[]): string[] {
  const rows = tasks.map((task) => {
    const pair = trained.filter((one) => one.task === task).slice(0, 2);
    const marked = pair.map(({ mask }) => markedHeads(mask));
    const both = (of: "now" | "plain") =>
      [...marked[0]![of]].filter((head) => marked.every((one) => one[of].has(head)));
    const before = both("plain");
    const still = before.filter((head) => marked.every(({ now }) => now.has(head))).length;
    const count = (of: "now" | "plain") => marked.map((one) => one[of].size).join(", ");
    return [
      task,
      count("plain"),
      count("now"),
      String(before.length),
      `${still} (${((100 * still) / before.length).toFixed(0)} %)`,
    ];
  });
  return [
    "Attention heads marked in the first two masks of each task, without and with correction for lines whose weights are pruned together:",
    "",
    ...markdown(
      ["task", "without correction", "with correction", "in both masks, without", "of these, in both with"],
      rows,
    ),
    "",
  ];
}

function markedHeads(mask: Mask): { readonly now: ReadonlySet<string>; readonly plain: ReadonlySet<string> } {
  const heads = describeMask(mask).heads.filter(({ kind }) => kind === "all");
  const nameOf = ({ layer, head }: { layer: number; head: number }) => `L${layer}H${head}`;
  const sums = new Map<string, { excess: number; variance: number }>();
  for (const matrix of mask.matrices) {
    const flips = flipsOf(mask, matrix)!;
    for (const [head, part] of independent(flips).entries()) {
      const name = nameOf({ layer: matrix.layer!, head });
      const { excess, variance } = sums.get(name) ?? { excess: 0, variance: 0 };
      sums.set(name, { excess: excess + part.excess, variance: variance + part.variance });
    }
  }
  const names = heads.map(nameOf);
  const plain = discoveries(
    names.map((name) => sums.get(name)!).map(({ excess, variance }) => excess / Math.sqrt(variance)),
  );
  return {
    now: new Set(heads.filter(({ marked }) => marked).map(nameOf)),
    plain: new Set(names.filter((_, i) => plain[i])),
  };
}

/**
 * The pruned weights of each head minus their expectation, with variance Σ p(1 − p): without correction for clusters.
 */
function independent(flips: Flips): { excess: number; variance: number }[] {
  const { of } = pruneRates([flips]);
  return flips.heads.map(({ all, zeros }) => {
    let [excess, variance] = [0, 0];
    for (let cell = 0; cell < OFF; cell++) {
      excess += zeros[cell]! - all[cell]! * of[cell]!;
      variance += all[cell]! * of[cell]! * (1 - of[cell]!);
    }
    return { excess, variance };
  });
}

function range(pairs: readonly PairComparison[], of: (pair: PairComparison) => number, digits: number): string {
  const values = pairs.map(of);
  const [low, high] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return low === high ? low : `${low} to ${high}`;
}
