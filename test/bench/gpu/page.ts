// The page that the GPU benchmark writes.

import type { Probe } from "../../../src/device/probe.ts";
import { PRECISIONS } from "../../../src/graph/precision.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import type { TrainResult } from "../../../src/train/events.ts";
import { FAMILIES } from "../../program/ten-steps.ts";
import { markdown } from "../markdown.ts";
import { SHAPE } from "./many-tasks.ts";
import {
  type Losses,
  type Machine,
  type Measured,
  nameOf,
  PEER_STEPS,
  type Placement,
  type Results,
  SHAPES,
  TASKS,
  TITLES,
  type Times,
  type Watched,
} from "./results.ts";

/** Our time divided by that of PyTorch's compiled step at equal precision. */
const GOAL = 1;
/** Measurements that this benchmark should have and does not have yet. */
const NOT_WRITTEN = ["CUDA graphs"];

/** Returns a part's result, or notes why it is missing. */
type Known = <T>(name: string) => T | undefined;

export function pageOf({ machine, measured }: Results): string {
  const missing: string[] = [];
  const known = <T>(name: string): T | undefined => {
    const found = measured[name] as Measured<T> | undefined;
    if (found && "value" in found) return found.value;
    missing.push(`${name}: written, not run${found ? ` (it failed: ${found.error})` : ""}`);
    return undefined;
  };
  const sections = [
    ...machineText(machine, known<Probe>("probe"), known<Placement>("placement")),
    ...lossesText(known),
    ...stepsText(known),
    ...tasksText(known),
    ...demoText(known),
  ];
  return [
    "# On a GPU",
    "",
    "Made by `npm run bench gpu`, which runs each part in its own processes on the first CUDA device.",
    "",
    ...sections,
    "## Not measured",
    "",
    ...missing.map((reason) => `- ${reason}`),
    ...NOT_WRITTEN.map((part) => `- ${part}: not written`),
    "",
  ].join("\n");
}

function machineText(
  { card, driver, memory, processor, node, runtime, commit, provider, missing, torch }: Machine,
  state: Probe | undefined,
  placed: Placement | undefined,
): string[] {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  return [
    "## The machine",
    "",
    `${card}, ${memory}, driver ${driver}; ${processor}; Node ${node}; PyTorch ${torch}.`,
    `onnxruntime-node ${runtime}, commit ${commit}, with the CUDA provider from Microsoft's wheel of the same version (SHA-256 ${provider}).`,
    "",
    `- Libraries that the provider needs and that are missing: ${missing.join(", ") || "none"}.`,
    ...(state
      ? [`- Probe of the first CUDA device: ${state.works ? "works" : `does not work, ${state.reason}`}.`]
      : []),
    ...(placed
      ? [
          `- Nodes of a masked step (${nameOf(SHAPES[0])}) by execution provider, from the runtime's profile: ${list(placed.nodes)}. Nodes on the CPU and copies between CPU and GPU inside a run: ${list(placed.others)}.`,
        ]
      : []),
    "",
  ];
}

/** The largest relative difference. */
const apart = (have: readonly number[], want: readonly number[]) =>
  Math.max(...have.map((x, i) => Math.abs(x - want[i]!) / Math.abs(want[i]!)));

function lossesText(known: Known): string[] {
  const measured = PRECISIONS.map((precision) => known<Losses[]>(`losses ${precision}`));
  const rows = FAMILIES.map((name) => {
    const found = measured.map((all) => all?.find(({ family }) => family === name));
    const [plain] = found;
    const cells = [
      plain && apart(plain.cpu, plain.want),
      ...found.flatMap((x) => (x ? [apart(x.cuda, x.cpu), apart(x.cuda, x.want)] : [undefined, undefined])),
    ];
    return [name, ...cells.map((x) => x?.toExponential(1) ?? "")];
  });
  return [
    "## Ten losses",
    "",
    "Largest relative difference between the losses of ten masked steps of the tiny models (`test/fixtures/models`). The reference losses are PyTorch's in float32 on a CPU. ONNX Runtime's CUDA provider multiplies float32 matrices in TF32 by default, PyTorch does not; MaskLens turns TF32 off because of its two columns; `--precision tf32` turns it on. With bfloat16, the CPU rounds as the GPU does.",
    "",
    ...markdown(
      [
        ...["model", "CPU, against PyTorch"],
        ...Object.values(TITLES).flatMap((title) => [`${title}, against the CPU`, `${title}, against PyTorch`]),
      ],
      rows,
    ),
    "",
  ];
}

const sorted = (times: readonly number[]) => [...times].sort((a, b) => a - b);
const median = (times: readonly number[]) => sorted(times)[times.length >> 1]!;
const spreadOf = (times: readonly number[]) =>
  [0.1, 0.9].map((share) => ms(sorted(times)[Math.floor(share * (times.length - 1))])).join("–");

const ms = (x: number | undefined) => (x === undefined ? "" : x.toFixed(x < 10 ? 2 : 1));

type Ours = Times & Watched;
interface Peer extends Watched {
  readonly milliseconds: number;
}

function stepsText(known: Known): string[] {
  const rows: string[][] = [];
  const ratios: number[] = [];
  for (const shape of SHAPES) {
    const name = nameOf(shape);
    for (const precision of PRECISIONS) {
      const measured = known<Ours>(`${name} ${precision} whole`);
      const [eager, compile] = (["eager", "compile"] as const).map((mode) =>
        known<Peer>(`${name} ${precision} ${mode}`),
      );
      const mine = measured && median(measured.times);
      const ratio = (peer: Peer | undefined) => (mine && peer ? mine / peer.milliseconds : undefined);
      const toCompile = ratio(compile);
      if (toCompile !== undefined) ratios.push(toCompile);
      const cached = precision === "tf32" ? known<Ours>(`${name} tf32 cached`) : undefined;
      rows.push([
        ...[name, TITLES[precision], ms(mine), measured ? spreadOf(measured.times) : ""],
        ...[ms(eager?.milliseconds), ms(compile?.milliseconds)],
        ...[ratio(eager), toCompile].map((x) => x?.toFixed(2) ?? ""),
        ...[measured, eager, compile].map((x) => x?.megabytes.toLocaleString("en") ?? ""),
        ...[measured?.idle === undefined ? "" : (100 * measured.idle).toFixed(0), ms(cached && median(cached.times))],
      ]);
    }
  }
  const reached = `${ratios.filter((ratio) => ratio <= GOAL).length} of ${ratios.length}`;
  return [
    "## A training step",
    "",
    `Milliseconds per step; every weight is masked, no padding, Adam. Shapes are layers · hidden size · attention heads · intermediate size · batch · length. Ours is the median of the steps of five seconds, with the tenth and ninetieth percentile beside it; weights, scores and moments stay on the GPU. PyTorch is the median of ${PEER_STEPS} steps. Ratios are ours over PyTorch's at the same precision. Memory is the GPU's peak in MiB, sampled ten times per second; idle is the share of three seconds in which the GPU computed nothing, as nvidia-smi says it of our steps. Last column: a step with elementwise chains split into blocks that fit a CPU's cache, as on the CPU; on a GPU, each block is a separate launch.`,
    "",
    ...markdown(
      [
        ...["shape", "products", "ours", "10–90 %", "PyTorch eager", "PyTorch compile"],
        ...["ratio to eager", "ratio to compile", "memory, ours", "memory, eager", "memory, compile"],
        ...["idle, %", "in a CPU's blocks"],
      ],
      rows,
    ),
    "",
    `Goal: at most ${GOAL.toFixed(1)} of PyTorch's compiled step at equal precision; ${reached} rows reach it. bfloat16 is PyTorch's autocast; ours are products of bfloat16 factors, with everything else in float32.`,
    "",
  ];
}

function tasksText(known: Known): string[] {
  const rows = TASKS.flatMap((tasks) => {
    const found = known<Ours>(`tasks ${tasks}`);
    if (!found) return [];
    return [[String(tasks), ms(median(found.times)), spreadOf(found.times), found.megabytes.toLocaleString("en")]];
  });
  return [
    "## Many tasks over one base model",
    "",
    `Masks of all matrices over one copy of the weights (${nameOf(SHAPE)}), whose answers are asked for in turn.`,
    "",
    ...(rows.length ? [...markdown(["tasks", "ms per answer", "10–90 %", "memory, MiB"], rows), ""] : []),
  ];
}

function demoText(known: Known): string[] {
  const rows = Object.entries({
    "cuda float32": "cuda:0, float32",
    "cuda tf32": "cuda:0, TF32",
    "cuda bfloat16": "cuda:0, bfloat16",
    cpu: "CPU",
  }).flatMap(([name, title]) => {
    const result = known<TrainResult>(`demo ${name}`);
    if (!result) return [];
    const accuracy = (scores: TrainResult["test"]) => (100 * (scores.accuracy as Interval).value).toFixed(1);
    const { steps, seconds, validation, test } = result;
    return [[title, String(steps), seconds.toFixed(1), accuracy(validation), accuracy(test), String(test.rows)]];
  });
  const header = ["device", "steps", "seconds", "validation accuracy, %", "test accuracy, %", "test examples"];
  return [
    "## A run",
    "",
    "`masklens train` of the sample model on the sample sentiment task: two epochs, all layers, learning rate 0.003, otherwise the defaults. Seconds include compiling, evaluation and writing.",
    "",
    ...(rows.length ? [...markdown(header, rows), ""] : []),
  ];
}
