// npm run bench bitdelta [page]: masks beside finetuned copies that are compressed to as many bits (BitDelta), on the runs of `accuracy`.
// Finished cells are in docs/bitdelta.jsonl. Writes docs/bitdelta.md; `page` measures nothing.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { writeBitDelta } from "../../../src/adaptation/bitdelta.ts";
import { differenceOf } from "../../../src/adaptation/paired.ts";
import { readMask } from "../../../src/adaptation/read.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import { sum } from "../../../src/mask/statistics.ts";
import { bytes, fixed, signed } from "../../../src/numbers.ts";
import { spreadOf } from "../../../src/spread.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import { adaptationsOf, type Measured, rightOf, sampledOf, testOf } from "../accuracy.ts";
import { Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";
import { minilm } from "../tasks.ts";

/** The seeds of which runs of both methods are finished. */
const SEEDS: Partial<Record<Measured, readonly number[]>> = {
  sst2: [1, 2, 3],
  trec: [1, 2, 3],
  subj: [1, 2, 3],
  mrpc: [1],
};
const TASKS = Object.keys(SEEDS) as Measured[];
const WAYS = ["finetuned", "all", "vectors", "masked"] as const;
type Way = (typeof WAYS)[number];

interface Cell {
  readonly task: Measured;
  readonly seed: number;
  /** By way: a digit for each test example, in order, 1 where the prediction is right, and the size in bytes. */
  readonly right: Readonly<Record<Way, string>>;
  readonly bytes: Readonly<Record<Way, number>>;
  readonly processor: string;
}

const keyOf = ({ task, seed }: Pick<Cell, "task" | "seed">) => `${task}-${seed}`;
const finishedCells = () => new Finished<Cell>("docs/bitdelta.jsonl", keyOf);

export async function benchBitDelta([word]: readonly string[]): Promise<void> {
  const finished = finishedCells();
  if (word !== "page")
    for (const task of TASKS)
      for (const seed of SEEDS[task]!)
        if (!finished.find(keyOf({ task, seed }))) finished.add(await measured(task, seed));
  const page = bitDeltaPage(finished.lines);
  writeFileSync("docs/bitdelta.md", page);
  console.log(page);
}

async function measured(task: Measured, seed: number): Promise<Cell> {
  const [[finetuned], [masked]] = [
    await adaptationsOf(task, "finetuned", [seed]),
    await adaptationsOf(task, "masked", [seed]),
  ] as [[string], [string]];
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-bitdelta-"));
  try {
    const written = async (rest: "all" | "vectors") =>
      writeBitDelta({
        adaptation: finetuned,
        out: path.join(folder, `${rest}.tuned.safetensors`),
        rest,
        model: minilm(),
      });
    const [all, vectors] = [await written("all"), await written("vectors")];
    const files: Record<Way, string> = { finetuned, all: all.adaptation, vectors: vectors.adaptation, masked };
    const right: Partial<Record<Way, string>> = {};
    for (const way of WAYS) {
      const adaptation = files[way];
      right[way] = await rightOf({ adaptation });
      process.stderr.write(`${path.basename(adaptation)}: ${fixed(testOf({ right: right[way] }), 1)} %\n`);
    }
    const { matrices, tensors } = await readMask(masked);
    return {
      ...{ task, seed, right: right as Cell["right"] },
      bytes: {
        finetuned: all.bytes.finetuned,
        all: all.bytes.matrices + all.bytes.tensors,
        vectors: vectors.bytes.matrices + vectors.bytes.tensors,
        masked: sum(matrices, ({ bits }) => bits.bytes.length) + sum(tensors, ({ data }) => data.byteLength),
      },
      processor: cpus()[0]?.model.trim() ?? "unknown",
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The difference of two ways over the runs of a task, in shares, by a paired bootstrap over the test examples. */
function difference(cells: readonly Cell[], a: Way, b: Way): Interval {
  const of = (way: Way) => cells.map(({ right }) => sampledOf({ right: right[way] }));
  return differenceOf(of(a), of(b));
}

function points({ value, low, high }: Interval): string {
  const of = (share: number | null) => (share === null ? "–" : signed(100 * share, 1));
  return `${of(value)} (${of(low)} to ${of(high)})`;
}

/** The differences of the ways on the mean of the tasks, and how many of the intervals exclude 0. */
function summary(byTask: readonly (readonly Cell[])[]): string {
  const mean = (values: readonly number[]) => sum(values, (value) => value) / values.length;
  const accuracy = (way: Way) =>
    mean(byTask.map((cells) => mean(cells.map(({ right }) => testOf({ right: right[way] })))));
  const apart = byTask.filter((cells) => {
    const { low, high } = difference(cells, "masked", "vectors");
    return low! > 0 || high! < 0;
  }).length;
  return `On the mean of the ${byTask.length} tasks, the mask is ${signed(accuracy("masked") - accuracy("vectors"), 1)} points from BitDelta of its size; on ${apart} of them the interval of this difference excludes 0. BitDelta of that size is ${signed(accuracy("vectors") - accuracy("finetuned"), 1)} points from the finetuned copy, and with all other tensors finetuned ${signed(accuracy("all") - accuracy("finetuned"), 1)}.`;
}

const NAMES: Record<Way, string> = {
  finetuned: "finetuned",
  all: "BitDelta, other tensors finetuned",
  vectors: "BitDelta, biases and LayerNorms finetuned",
  masked: "mask with biases and LayerNorms",
};

export function bitDeltaPage(cells: readonly Cell[] = finishedCells().lines): string {
  const tasks = TASKS.filter((task) => cells.some((cell) => cell.task === task));
  const of = (task: Measured) => cells.filter((cell) => cell.task === task);
  const accuracies = tasks.map((task) => [
    task,
    ...WAYS.map((way) =>
      spreadText(spreadOf(of(task).map(({ right }) => testOf({ right: right[way] }))), (value) => value.toFixed(1)),
    ),
    ...[points(difference(of(task), "masked", "vectors")), points(difference(of(task), "vectors", "finetuned"))],
    ...[String(of(task).length), String(of(task)[0]!.right.masked.length)],
  ]);
  const sizes = tasks.map((task) => [task, ...WAYS.map((way) => bytes(of(task)[0]!.bytes[way]))]);
  const processors = [...new Set(cells.map(({ processor }) => processor))].join(", ");
  return [
    "# Masks beside finetuned copies of equal size",
    "",
    `Made by \`npm run bench bitdelta\` on ${processors}: the runs of [results.md](results.md) (all-MiniLM-L6-v2), and their finetuned copies compressed by \`masklens bitdelta\`. [BitDelta](https://arxiv.org/abs/2402.10193) keeps of each matrix the signs of the differences from the base model and one scale, so it takes one bit per weight, as a mask does; every matrix of the layers and the pooler is compressed. The scales are the mean differences: the paper also trains them by distillation, which is not done here and may raise these figures. With all other tensors finetuned, as in the paper, the word embeddings are most of its size; with biases and LayerNorms alone it is as large as a mask with auxiliary parameters.`,
    "",
    "Test accuracy in percent, mean ± sample standard deviation over seeds. Differences are those of the means in points, with the 95 % interval of a paired bootstrap over the test examples, in which all runs are evaluated on each sample: they show how the differences of these runs vary with the examples, not with the seeds.",
    "",
    ...markdown(
      [
        "task",
        ...WAYS.map((way) => NAMES[way]),
        "mask − BitDelta of its size",
        "BitDelta of that size − finetuned",
        "seeds",
        "test examples",
      ],
      accuracies,
    ),
    "",
    summary(tasks.map(of)),
    "",
    "Size beside the base model, without further compression:",
    "",
    ...markdown(["task", ...WAYS.map((way) => NAMES[way])], sizes),
    "",
  ].join("\n");
}
