// masklens landscape: the loss and the metric on a path between two adaptations.

import path from "node:path";
import { CURVES, type Curve, hasBend } from "../../adaptation/landscape/curve.ts";
import type { Landscape, LandscapeEvent, LandscapeOptions } from "../../adaptation/landscape/landscape.ts";
import type { Plane } from "../../adaptation/landscape/plane.ts";
import type { Facts } from "../../adaptation/landscape/scene.ts";
import { InputError } from "../../errors.ts";
import { fixed, grouped } from "../../numbers.ts";
import { quoted, visible } from "../../visible.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { drawnOf, integerOf, oneOf, pathsOf } from "../flag-values.ts";
import { percent, table } from "../tables/table.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

const DEFAULTS = { points: 11, side: 5, steps: 200, "learning-rate": 1e-4, rows: 1000, seed: 1 } as const;
/** Flags of a path that a plane does not use. */
const OF_PATHS = ["curve", "steps", "learning-rate"] as const;

export const command: Command = {
  summary: "evaluate a path between two adaptations of one task, or a plane through three",
  usage: ["landscape A B [--curve line|bezier|polygonal] [--points N]", "landscape A B C [--points N]"],
  about:
    "Evaluates models on a curve between two adaptations, such as a mask and a finetuned model, through the space of all parameters: loss and metric on training and test examples. A line is straight; a Bézier curve and a polygonal chain have one bend, which is trained to keep the loss low along the whole curve. The barrier is the most by which the curve is worse than the straight line between the scores of its ends. Both adaptations must have the same labels and the same run seed, so that their classifiers started from the same values. With a third adaptation, the plane through all three is evaluated on a square grid: u from A (0) to B (1), v from A (0) to C (1). Adaptations of language and generation tasks are refused, because they predict no labels.",
  flags: {
    curve: { value: CURVES.join("|"), explanation: "the curve between the two (default line)" },
    points: {
      value: "N",
      explanation: `points on the curve, ends included (default ${DEFAULTS.points}), or on each side of the grid (default ${DEFAULTS.side})`,
    },
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
    [
      "masklens landscape masks/f/f.tuned.safetensors masks/a/a.mask.safetensors masks/b/b.mask.safetensors",
      "the plane through a finetuned model and two masks of one run seed",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [first, second, third, more] = positionals.map((file) => path.resolve(file));
    if (first === undefined || second === undefined || more !== undefined)
      throw new InputError("landscape takes two or three adaptations", {}, "run masklens landscape A B");
    if (third === undefined) {
      const options = pathOptions([first, second], given);
      const found = await withCompute(terminal, (compute, signal) =>
        compute.ask("landscape", options, { signal, onEvent: (event) => told(terminal, event) }),
      );
      return printed(found, pathText, given, terminal);
    }
    const wasted = OF_PATHS.find((flag) => given.has(flag));
    if (wasted)
      throw new InputError(
        "it applies to a path between two adaptations",
        { at: `--${wasted}` },
        "omit it, or the third adaptation",
      );
    const options = { ...sceneOptions(given, DEFAULTS.side), corners: [first, second, third] as const };
    const found = await withCompute(terminal, (compute, signal) =>
      compute.ask("plane", options, {
        ...{ signal, onEvent: ({ u, v }) => print(terminal.err, `evaluated u = ${fixed(u, 2)}, v = ${fixed(v, 2)}\n`) },
      }),
    );
    printed(found, planeText, given, terminal);
  },
};

function printed<F extends Facts>(
  found: F,
  textOf: (found: F) => string,
  given: ReadonlyMap<string, string>,
  terminal: Terminal,
): void {
  for (const note of found.notes) print(terminal.err, `${visible(note)}\n`);
  if (given.has("json")) printJson(terminal, found);
  else print(terminal.out, textOf(found));
}

/** The options of paths and planes; `points`: the default number. */
function sceneOptions(given: ReadonlyMap<string, string>, points: number) {
  return {
    device: given.get("device") ?? "auto",
    points: integerOf("points", given, { from: 2, to: 1001, otherwise: points }),
    ...drawnOf(given, DEFAULTS),
    ...pathsOf(given, "task", "model"),
  };
}

function pathOptions(
  ends: readonly [string, string],
  given: ReadonlyMap<string, string>,
): Omit<LandscapeOptions, "models" | "signal"> {
  const curve = oneOf(CURVES, "curve", given);
  const wasted = (["steps", "learning-rate"] as const).find((flag) => !hasBend(curve) && given.has(flag));
  if (wasted)
    throw new InputError(
      "it applies only to curves with a bend",
      { at: `--${wasted}` },
      "add --curve bezier or --curve polygonal",
    );
  return {
    ...{ ...sceneOptions(given, DEFAULTS.points), ends, curve, learningRate: learningRateOf(given) },
    steps: integerOf("steps", given, { from: 1, to: 1_000_000, otherwise: DEFAULTS.steps }),
  };
}

function learningRateOf(given: ReadonlyMap<string, string>): number {
  const text = given.get("learning-rate");
  if (text === undefined) return DEFAULTS["learning-rate"];
  const value = text.trim() ? Number(text) : Number.NaN;
  if (value >= 1e-9 && value <= 10) return value;
  throw new InputError(
    `${quoted(text)} is not a number from 1e-9 to 10`,
    { at: "--learning-rate" },
    `write a number such as ${DEFAULTS["learning-rate"]}`,
  );
}

/** Progress: every tenth step of the bend, and each point. */
function told({ err }: Terminal, event: LandscapeEvent): void {
  if (event.type === "place") print(err, `evaluated t = ${fixed(event.place.t, 2)}\n`);
  else if (event.step % 10 === 0 || event.step === event.steps)
    print(err, `bend: step ${event.step}/${event.steps}  loss ${fixed(event.loss, 3)}\n`);
}

function countText({ examples, cut, unscored }: Facts["counts"]["test"], split: string): string {
  const losses = [
    ...(cut ? [`${grouped(cut)} truncated`] : []),
    ...(unscored ? [`${grouped(unscored)} words without a prediction`] : []),
  ];
  return `${grouped(examples)} ${split} examples${losses.length ? ` (${losses.join(", ")})` : ""}`;
}

const NAMES: Record<Curve, string> = { line: "line", bezier: "Bézier curve", polygonal: "polygonal chain" };

function pathText({ ends, curve, task, counts, places, barrier, training }: Landscape): string {
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

function planeText({ corners, task, counts, places }: Plane): string {
  const [a, b, c] = corners.map((corner) => visible(shorter(corner)));
  const rows = places.map(({ u, v, train, test }) => [
    ...[fixed(u, 2), fixed(v, 2), fixed(train.loss, 4), percent(train.metric)],
    ...[fixed(test.loss, 4), percent(test.metric)],
  ]);
  return `${visible(task.name)}: plane through ${a} (u = 0, v = 0), ${b} (u = 1, v = 0) and ${c} (u = 0, v = 1)
${countText(counts.train, "training")} and ${countText(counts.test, "test")}; ${task.metric} in %
${table(["u", "v", "training loss", `training ${task.metric}`, "test loss", `test ${task.metric}`], rows)}`;
}
