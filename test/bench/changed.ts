// npm run bench changed: what training changed, on real masks. Do two masks of one task overlap more than chance, given
// their initial scores, and masks of unrelated tasks not? Writes docs/changed.md.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { comparePairs, type PairComparison } from "../../src/mask/compare.ts";
import type { Mask } from "../../src/mask/file.ts";
import { readAdaptation } from "../../src/train/scorers.ts";
import { type CellOptions, cell } from "./cells.ts";
import { markdown } from "./markdown.ts";
import { minilm, taskFile } from "./tasks.ts";

/** The masks over one base model: task by task, a mask a seed. */
interface Group {
  readonly model: string;
  readonly folder: () => string;
  readonly tasks: readonly {
    readonly name: string;
    readonly file: () => string;
    readonly seeds: number;
    readonly options: Partial<CellOptions>;
  }[];
}

const sampleTask = (name: string) => () => path.resolve("media/sample/tasks", `${name}.task.json`);
const RECIPE = { blocks: "all", learningRate: 3e-3, evaluateEvery: 0 } as const;

const GROUPS: readonly Group[] = [
  {
    model: "sample model",
    folder: () => path.resolve("media/sample/model"),
    tasks: [
      { name: "sentiment", file: sampleTask("sentiment"), seeds: 3, options: { ...RECIPE, epochs: 4 } },
      { name: "spam", file: sampleTask("spam"), seeds: 3, options: { ...RECIPE, epochs: 3, maxLength: 64 } },
    ],
  },
  {
    model: "all-MiniLM-L6-v2",
    folder: minilm,
    tasks: [
      { name: "sentiment", file: sampleTask("sentiment"), seeds: 2, options: { ...RECIPE, epochs: 4 } },
      {
        name: "sst2",
        file: () => taskFile("sst2"),
        seeds: 2,
        options: { ...RECIPE, epochs: 3, limit: { train: 3000 } },
      },
      {
        name: "trec",
        file: () => taskFile("trec"),
        seeds: 2,
        options: { ...RECIPE, epochs: 3, limit: { train: 3000 } },
      },
    ],
  },
];

/** What the method says of pairs (method.md's table), so that a miss is seen in the page. */
const RELATED = new Set(["sentiment sst2"]);
type Relation = "same task" | "related tasks" | "unrelated tasks";
const EXPECTED: Record<Relation, { readonly says: string; holds(pair: PairComparison): boolean }> = {
  "same task": { says: "lift over 1.15, z over 10", holds: ({ lift, z }) => lift! > 1.15 && z! > 10 },
  "related tasks": { says: "lift between 1.06 and 1.25", holds: ({ lift }) => lift! > 1.06 && lift! < 1.25 },
  "unrelated tasks": { says: "lift under 1.06", holds: ({ lift }) => lift! < 1.06 },
};

interface Trained {
  readonly task: string;
  readonly mask: Mask;
  readonly score: number;
}

export async function benchChanged(filters: readonly string[]): Promise<void> {
  const sections: string[] = [];
  for (const group of GROUPS) {
    if (filters.length && !filters.some((filter) => group.model.includes(filter))) continue;
    sections.push(section(group, await masksOf(group)));
  }
  const page = [
    "# What training changed, and whether two masks agree on it",
    "",
    "Made by `npm run bench changed`. Pairs of masks that began from different mask seeds, compared over the encoder's matrices: *lift* is how often both dropped the same weight over how often that is to be expected from their initial scores, z its distance from that",
    "expectation in standard deviations, d the paper's dissimilarity beside its level for independent masks of the same keep rates. A mask is trained at learning rate 3e-3 from 5 % zeros, all blocks, pooler and classifier masked.",
    "",
    ...sections,
  ].join("\n");
  writeFileSync("docs/changed.md", page);
  console.log(page);
}

async function masksOf({ folder, tasks }: Group): Promise<Trained[]> {
  const base = folder();
  const trained: Trained[] = [];
  for (let seed = 1; seed <= 3; seed++)
    for (const [number, { name, file, seeds, options }] of tasks.entries()) {
      if (seed > seeds) continue;
      // No two masks of a group share a seed: from one seed their frozen classifiers would be the same, too.
      const own = 100 * (number + 1) + seed;
      const run = { ...options, model: base, task: file(), seed: own, maskSeed: own };
      const { adaptation, test } = await cell("changed", `${path.basename(base)}-${name}-${seed}`, run);
      const { value } = test.accuracy as { value: number };
      trained.push({ task: name, mask: (await readAdaptation(adaptation)) as Mask, score: value });
    }
  return trained.sort((a, b) => tasks.findIndex((t) => t.name === a.task) - tasks.findIndex((t) => t.name === b.task));
}

function section({ model, tasks }: Group, trained: readonly Trained[]): string {
  const { pairs } = comparePairs(trained.map(({ mask }) => mask));
  const taskOf = new Map(trained.map(({ mask, task }) => [mask.file, task]));
  const kinds = new Map<string, PairComparison[]>();
  for (const pair of pairs) {
    const key = `${taskOf.get(pair.a)} ${taskOf.get(pair.b)}`;
    kinds.set(key, [...(kinds.get(key) ?? []), pair]);
  }
  const rows = [...kinds].map(([key, alike]) => {
    const [a, b] = key.split(" ");
    const relation = a === b ? "same task" : RELATED.has(key) ? "related tasks" : "unrelated tasks";
    const held = alike.filter((pair) => EXPECTED[relation].holds(pair)).length;
    return [
      a === b ? `${a}, two seeds` : `${a} with ${b}`,
      String(alike.length),
      range(alike, ({ lift }) => lift!, 3),
      range(alike, ({ z }) => z!, 1),
      range(alike, ({ d, chance }) => d! / chance!, 3),
      range(alike, ({ d }) => d!, 3),
      range(alike, ({ headCorrelation }) => headCorrelation!, 2),
      `${EXPECTED[relation].says}: ${held} of ${alike.length}`,
    ];
  });
  const blocks = pairs[0]!.blocks.map(({ block }) => block);
  const byBlock = [...kinds].map(([key, alike]) => [
    key.replace(" ", " with "),
    ...blocks.map((block) => range(alike, (pair) => pair.blocks.find((part) => part.block === block)!.lift!, 2)),
  ]);
  const scores = tasks.map(
    ({ name }) =>
      `${name} ${trained
        .filter(({ task }) => task === name)
        .map(({ score }) => (100 * score).toFixed(1))
        .join(", ")}`,
  );
  return [
    `## ${model}`,
    "",
    `Test accuracy in per cent, a mask a seed: ${scores.join("; ")}.`,
    "",
    ...markdown(["pair", "pairs", "lift", "z", "d / chance", "d", "correlation of heads' z", "method.md"], rows),
    "",
    "Lift by block:",
    "",
    ...markdown(["pair", ...blocks.map((block) => `block ${block}`)], byBlock),
    "",
  ].join("\n");
}

function range(pairs: readonly PairComparison[], of: (pair: PairComparison) => number, digits: number): string {
  const values = pairs.map(of);
  const [low, high] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return low === high ? low : `${low} to ${high}`;
}
