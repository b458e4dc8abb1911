// masklens landscape: the loss and the metric on a path between two adaptations.

import path from "node:path";
import { CURVES, type Curve, hasBend } from "../adaptation/landscape/curve.ts";
import type { Landscape, LandscapeEvent, LandscapeOptions } from "../adaptation/landscape/landscape.ts";
import { InputError } from "../errors.ts";
import { fixed, grouped } from "../numbers.ts";
import { quoted, visible } from "../visible.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { percent, table } from "./tables/table.ts";
import { print, printJson, type Terminal } from "./terminal.ts";
import { shorter } from "./train.ts";

const DEFAULTS = { points: 11, steps: 200, "learning-rate": 1e-4, rows: 1000, seed: 1 } as const;
type NumberFlag = keyof typeof DEFAULTS;
/** The least and the greatest value of each number; all but the learning rate are integers. */
const RANGES: Readonly<Record<NumberFlag, readonly [number, number]>> = {
  ...{ points: [2, 1001], steps: [1, 1_000_000], "learning-rate": [1e-9, 10], rows: [1, 1_000_000_000] },
  seed: [0, 2 ** 32 - 1],
};

export const command: Command = {
  summary: "evaluate a path between two adaptations of one task",
  usage: ["landscape A B [--curve line|bezier|polygonal] [--points N]"],
  about:
    "Evaluates models on a curve between two adaptations, such as a mask and a finetuned model, through the space of all parameters: loss and metric on training and test examples. A line is straight; a Bézier curve and a polygonal chain have one bend, which is trained to keep the loss low along the whole curve. The barrier is the most by which the curve is worse than the straight line between the scores of its ends. Both adaptations must have the same labels and the same run seed, so that their classifiers started from the same values.",
  flags: {
    curve: { value: CURVES.join("|"), explanation: "the curve between the two (default line)" },
    points: { value: "N", explanation: `points on the curve, ends included (default ${DEFAULTS.points})` },
    steps: { value: "N", explanation: `steps that train the bend (default ${DEFAULTS.steps})` },
    "learning-rate": {
      value: "RATE",
      explanation: `learning rate of the bend, which falls linearly (default ${DEFAULTS["learning-rate"]})`,
    },
    rows: {
      value: "N",
      explanation: `the most training examples to train the bend and to evaluate on (default ${grouped(DEFAULTS.rows)})`,
    },
    seed: {
      value: "N",
      explanation: `seed of the places on the curve and of the examples (default ${DEFAULTS.seed})`,
    },
    task: { value: "FILE", explanation: "task file, if not the task that the first adaptation was trained on" },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens landscape masks/a/a.mask.safetensors masks/f/f.tuned.safetensors",
      "is there a barrier between a mask and a finetuned model?",
    ],
    [
      "masklens landscape masks/a/a.mask.safetensors masks/f/f.tuned.safetensors --curve bezier --steps 500",
      "and on a curve that is trained to avoid it?",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [first, second, more] = positionals;
    if (first === undefined || second === undefined || more !== undefined)
      throw new InputError("landscape takes two adaptations", {}, "run masklens landscape A B");
    const options = optionsOf([path.resolve(first), path.resolve(second)], given);
    const found = await withCompute(terminal, (compute, signal) =>
      compute.ask("landscape", options, { signal, onEvent: (event) => told(terminal, event) }),
    );
    for (const note of found.notes) print(terminal.err, `${visible(note)}\n`);
    if (given.has("json")) return printJson(terminal, found);
    print(terminal.out, textOf(found));
  },
};

function optionsOf(
  ends: readonly [string, string],
  given: ReadonlyMap<string, string>,
): Omit<LandscapeOptions, "models" | "signal"> {
  const curve = given.get("curve") ?? "line";
  if (!isCurve(curve))
    throw new InputError(`unknown curve ${quoted(curve)}`, { at: "--curve" }, `choose ${CURVES.join(", ")}`);
  const wasted = (["steps", "learning-rate"] as const).find((flag) => !hasBend(curve) && given.has(flag));
  if (wasted)
    throw new InputError(
      "it applies only to curves with a bend",
      { at: `--${wasted}` },
      "add --curve bezier or --curve polygonal",
    );
  const [task, model] = [given.get("task"), given.get("model")];
  return {
    ...{ ends, curve, device: given.get("device") ?? "auto", learningRate: numberOf("learning-rate", given) },
    ...{ points: numberOf("points", given), steps: numberOf("steps", given) },
    ...{ rows: numberOf("rows", given), seed: numberOf("seed", given) },
    ...(task !== undefined && { task: path.resolve(task) }),
    ...(model !== undefined && { model: path.resolve(model) }),
  };
}

const isCurve = (text: string): text is Curve => CURVES.some((curve) => curve === text);

function numberOf(flag: NumberFlag, given: ReadonlyMap<string, string>): number {
  const text = given.get(flag);
  if (text === undefined) return DEFAULTS[flag];
  const [least, most] = RANGES[flag];
  const value = text.trim() ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (flag === "learning-rate" || Number.isInteger(value))) return value;
  const what = flag === "learning-rate" ? "a number" : "an integer";
  throw new InputError(
    `${quoted(text)} is not ${what} from ${least} to ${most}`,
    { at: `--${flag}` },
    `write a number such as ${DEFAULTS[flag]}`,
  );
}

/** Progress: every tenth step of the bend, and each point. */
function told({ err }: Terminal, event: LandscapeEvent): void {
  if (event.type === "place") print(err, `evaluated t = ${fixed(event.place.t, 2)}\n`);
  else if (event.step % 10 === 0 || event.step === event.steps)
    print(err, `bend: step ${event.step}/${event.steps}  loss ${fixed(event.loss, 3)}\n`);
}

function countText({ examples, cut, unscored }: Landscape["counts"]["test"], split: string): string {
  const losses = [
    ...(cut ? [`${grouped(cut)} truncated`] : []),
    ...(unscored ? [`${grouped(unscored)} words without a prediction`] : []),
  ];
  return `${grouped(examples)} ${split} examples${losses.length ? ` (${losses.join(", ")})` : ""}`;
}

const NAMES: Record<Curve, string> = { line: "line", bezier: "Bézier curve", polygonal: "polygonal chain" };

function textOf({ ends, curve, task, counts, places, barrier, training }: Landscape): string {
  const [a, b] = ends.map((end) => visible(shorter(end)));
  const rows = places.map(({ t, train, test }) => [
    ...[fixed(t, 2), fixed(train.loss, 4), percent(train.metric), fixed(test.loss, 4), percent(test.metric)],
  ]);
  const trained = training.length ? `, its bend trained for ${grouped(training.length)} steps` : "";
  return `${visible(task.name)}: ${NAMES[curve]} from ${a} (t = 0) to ${b} (t = 1)${trained}
${countText(counts.train, "training")} and ${countText(counts.test, "test")}; ${task.metric} in %
${table(["t", "training loss", `training ${task.metric}`, "test loss", `test ${task.metric}`], rows)}Barrier, the most below the straight line between the ends: ${fixed(100 * barrier.test.metric, 1)} points of test ${task.metric} (training ${fixed(100 * barrier.train.metric, 1)}); in loss ${fixed(barrier.test.loss, 4)} (training ${fixed(barrier.train.loss, 4)}).
`;
}
