// Which layers are masked, from the top down and from the bottom up; and the initial sparsity, with its scale of scores and with a
// fixed one. With the paper's recipe: uniform initial scores, nothing trained beside them.

import type { Interval } from "../../../src/mask/metadata.ts";
import { fixed } from "../../../src/numbers.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { spreadOf } from "../../../src/spread.ts";
import type { Group } from "../../../src/study/groups.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { sweepSections } from "../../../src/study/report/sweeps.ts";
import type { TrainResult } from "../../../src/train/events.ts";
import { cell } from "../cells.ts";
import { minilm, taskFile } from "../tasks.ts";
import { judged } from "./verdict.ts";

const TASK = "sst2";
const LAYERS = 6;
const RECIPE = {
  ...{ method: "mask", learningRate: 3e-3, epochs: 4, batchSize: 32, evaluateEvery: 0, seed: 1, maskSeed: 1 },
  limit: { train: 1500 },
} as const satisfies Partial<RunOptions>;

function runOf(name: string, options: Partial<RunOptions>): Promise<TrainResult> {
  const given = { ...RECIPE, ...options, model: minilm(), task: taskFile(TASK) };
  return cell("paper", `${TASK}-${name}`.replaceAll(" ", "-"), given);
}

/** A group of one run, as a study has it. */
async function groupOf(name: string, options: Partial<RunOptions>, shown: Group["options"]): Promise<Group> {
  const { validation, test, sparsity } = await runOf(name, options);
  const accuracy = ({ accuracy: value }: typeof test) => spreadOf([(value as Interval).value]);
  return {
    ...{ model: minilm(), task: TASK, method: "mask", options: shown, cells: [1], metric: "accuracy" },
    ...{ validation: accuracy(validation), test: accuracy(test), sparsity: spreadOf([sparsity!]), trained: null },
  };
}

const layersIn = (from: number, to: number) => ({
  chosen: new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i)),
  count: LAYERS,
});

/** The mask with the paper's recipe over all layers, of run seed 1. */
export async function recipeMask(): Promise<string> {
  const layers = `0-${LAYERS - 1}`;
  return (await runOf(`layers ${layers}`, { layers })).adaptation;
}

export async function layersAnalysis(): Promise<ReportSection> {
  const groups = new Map<Group, ReturnType<typeof layersIn>>();
  const ranges = Array.from({ length: LAYERS }, (_, i) => [LAYERS - 1 - i, LAYERS - 1] as const);
  for (const [from, to] of [...ranges, ...ranges.slice(0, -1).map(([first]) => [0, LAYERS - 1 - first] as const)]) {
    const layers = `${from}-${to}`;
    groups.set(await groupOf(`layers ${layers}`, { layers }, { layers }), layersIn(from, to));
  }
  const [section] = sweepSections([...groups.keys()], (group) => groups.get(group)!);
  const of = (from: number, to: number) => {
    const found = [...groups].find(([, { chosen }]) => chosen.size === to - from + 1 && chosen.has(from));
    return found![0].test!.mean;
  };
  const wins = ranges.slice(0, -1).map(([first], i) => of(first, LAYERS - 1) - of(0, i));
  const above = wins.filter((points) => points > 0).length;
  return judged(
    section!,
    above > wins.length / 2,
    `with 1 to ${wins.length} masked layers, the top ones are above the bottom ones in ${above} of ${wins.length} comparisons (points: ${wins.map((points) => fixed(100 * points, 1)).join(", ")}). One seed of ${TASK}, 1,500 examples, learning rate ${RECIPE.learningRate}, pooler and classifier masked in all runs.`,
  );
}

const SPARSITIES = [0.01, 0.05, 0.1, 0.3, 0.5];

export async function sparsityAnalysis(): Promise<ReportSection> {
  const groups: Group[] = [];
  for (const fixedScale of [false, true])
    for (const sparsity of SPARSITIES) {
      const scale = fixedScale ? "fixed scale of scores" : "scale follows";
      const options = { sparsity, layers: "all", scaleFixed: fixedScale };
      groups.push(await groupOf(`sparsity ${sparsity} ${scale}`, options, { sparsity, scale }));
    }
  const section = sweepSections(groups, () => layersIn(0, LAYERS - 1)).find(({ id }) => id === "sweep-sparsity")!;
  const best = groups.reduce((first, one) => (one.validation!.mean > first.validation!.mean ? one : first));
  const { sparsity, scale } = best.options;
  return judged(
    section,
    Number(sparsity) >= 0.03 && Number(sparsity) <= 0.1,
    `the best validation accuracy is at ${100 * Number(sparsity)} % (${scale}). One seed of ${TASK}, 1,500 examples, learning rate ${RECIPE.learningRate}.`,
  );
}
