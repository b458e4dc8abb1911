// npm run bench decoders [page | gpt2 | t5]: a small GPT-2 and a small T5 that are trained from nothing, and masks of two tasks over each.
// Finished steps are in docs/decoders.jsonl and are not repeated. Writes docs/decoders.md; `page` trains nothing and writes
// what is finished.

import { rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { evaluate } from "../../../src/adaptation/evaluate.ts";
import { exportModel } from "../../../src/adaptation/export/export.ts";
import { initialize } from "../../../src/adaptation/initialize/initialize.ts";
import { readMask } from "../../../src/adaptation/read.ts";
import { comparePairs } from "../../../src/mask/compare.ts";
import { type CellOptions, cell } from "../cells.ts";
import { Finished } from "../finished.ts";
import { CACHE } from "../tasks.ts";
import { writeTask } from "./corpus.ts";
import { countPerplexity } from "./counts.ts";
import {
  COMMON,
  FAMILIES,
  type FamilyName,
  KINDS,
  keyOf,
  LAYERS,
  LENGTH,
  type Line,
  type Pair,
  RUNS,
  SEEDS,
  SIZES,
  type Step,
  TASKS,
  type TaskName,
  type Trained,
} from "./lines.ts";
import { pageOf } from "./page.ts";

const RESULTS = "docs/decoders.jsonl";

const place = (name: string) => path.resolve(CACHE, "decoders", name);

/** Seeds of the scores and of the run, in which all masks differ. */
const seedOf = (task: TaskName, seed: number) => 10 * (TASKS.indexOf(task) + 1) + seed;

async function train(name: string, options: CellOptions): Promise<Trained & { readonly adaptation: string }> {
  const all = { ...COMMON, maxLength: LENGTH, epochs: 1000, evaluateEvery: 150, ...options };
  const { adaptation, test, steps, seconds, sparsity } = await cell("decoders", name, all);
  return { adaptation, metrics: test, steps, seconds, sparsity };
}

/** The base model, trained from nothing if it is not in the cache. */
async function baseOf(family: FamilyName): Promise<Extract<Step, { step: "base" }> & { readonly tuned: string }> {
  const task = writeTask("corpus", KINDS[family]);
  const [start, model] = [place(`${family}-start`), place(family)];
  rmSync(start, { recursive: true, force: true });
  const sizes = { ...SIZES, layers: LAYERS[family] };
  const { parameters } = await initialize({ ...sizes, family, texts: { task }, out: start });
  const { adaptation: tuned, ...trained } = await train(`${family}-base`, {
    ...RUNS.base,
    model: start,
    task,
    seed: 1,
  });
  rmSync(model, { recursive: true, force: true });
  await exportModel({ adaptation: tuned, out: model });
  const counts = family === "gpt2" ? await countPerplexity(start, task, LENGTH) : null;
  return { family, step: "base", parameters, counts, ...trained, tuned };
}

const adapted = (family: FamilyName, step: "mask" | "finetuned", task: TaskName, seed: number) =>
  train(`${family}-${task}-${step}-${seed}`, {
    ...{ ...RUNS[step], model: place(family), task: writeTask(task, KINDS[family]) },
    ...{ seed: seedOf(task, seed), maskSeed: seedOf(task, seed) },
  });

async function pairsOf(family: FamilyName): Promise<Pair[]> {
  const names = TASKS.flatMap((task) => SEEDS.map((seed) => [task, seed] as const));
  const files = new Map<string, string>();
  for (const [task, seed] of names)
    files.set((await adapted(family, "mask", task, seed)).adaptation, `${task} ${seed}`);
  const masks = await Promise.all([...files.keys()].map((file) => readMask(file)));
  return comparePairs(masks).pairs.map(({ a, b, lift, headCorrelation: heads, headKinds }) => {
    const cross = headKinds.find(({ kind }) => kind === "cross")?.headCorrelation ?? null;
    return { a: files.get(a)!, b: files.get(b)!, lift, heads, cross };
  });
}

const finishedSteps = () => new Finished<Line>(RESULTS, keyOf);
export const decodersPage = (): string => pageOf(finishedSteps().lines);

export async function benchDecoders(words: readonly string[]): Promise<void> {
  const finished = finishedSteps();
  const isKnown = (line: Pick<Step, "family" | "step"> & object) => finished.find(keyOf(line as Step)) !== undefined;
  const add = (step: Step) => {
    finished.add({ ...step, processor: cpus()[0]?.model.trim() ?? "unknown" } as Line);
    writeFileSync("docs/decoders.md", decodersPage());
  };
  if (words[0] === "page") return writeFileSync("docs/decoders.md", decodersPage());
  for (const family of FAMILIES.filter((one) => !words.length || words.includes(one))) {
    if (isKnown({ family, step: "pairs" })) continue; // the last step
    const { tuned, ...base } = await baseOf(family);
    if (!isKnown(base)) add(base);
    for (const task of TASKS) {
      if (!isKnown({ family, step: "unmasked", task } as Step)) {
        const asked = {
          adaptations: [tuned],
          tasks: { [tuned]: writeTask(task, KINDS[family]) },
          split: "test",
          device: "cpu",
        } as const;
        add({ family, step: "unmasked", task, metrics: (await evaluate(asked)).adaptations[0]!.metrics });
      }
      for (const step of ["mask", "finetuned"] as const)
        for (const seed of step === "mask" ? SEEDS : SEEDS.slice(0, 1)) {
          if (isKnown({ family, step, task, seed } as Step)) continue;
          const { adaptation: _, ...trained } = await adapted(family, step, task, seed);
          add({ family, step, task, seed, ...trained });
        }
    }
    add({ family, step: "pairs", pairs: await pairsOf(family) });
  }
}
