// npm run bench step [SHAPE …]: our masked training step and PyTorch's on the same shapes, alternating, with one thread
// pool each.

import { availableParallelism, cpus } from "node:os";
import { CACHED } from "../../../src/graph/graph.ts";
import type { Type } from "../../../src/graph/operators.ts";
import type { Precision } from "../../../src/graph/precision.ts";
import { fillWords, streamOf, uniform } from "../../../src/philox.ts";
import { adamFactors } from "../../../src/program/graphs/adam.ts";
import type { Plan } from "../../../src/program/graphs/plan.ts";
import { stepGraph } from "../../../src/program/graphs/step.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { DeviceMemory } from "../../../src/runtime/device-memory.ts";
import type { DeviceTensor } from "../../../src/runtime/device-tensor.ts";
import { Session } from "../../../src/runtime/session.ts";
import { float32, sizeOf, type Tensor } from "../../../src/tensor.ts";
import { configOf, VOCABULARY } from "../../../src/train/random-program.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";

/**
 * Layers, hidden size, attention heads, intermediate size, batch, length; and the goal for our time divided by
 * PyTorch's.
 */
const SHAPES = [
  { shape: [4, 256, 4, 1024, 32, 64], goal: 0.5 },
  { shape: [6, 384, 12, 1536, 32, 64], goal: 0.52 },
  { shape: [12, 768, 12, 3072, 8, 64], goal: 0.55 },
] as const;

/** The inputs that are new at each step. */
const BATCH = /^(ids|typeIds|attention|targets|rate|epsilon)$/;

const ROUNDS = 3;
/** Steps per round. */
const STEPS = 8;

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1]!;

/**
 * Runs of `steps` steps on random weights; every linear layer is masked, as in the peer. `block` is the number of
 * values per block of elementwise chains, `profile` the start of the path for the runtime's profile.
 */
export async function ours(
  shape: readonly number[],
  steps: number,
  {
    device = "cpu",
    block = CACHED,
    profile,
    precision = "float32",
  }: { device?: Device; block?: number; profile?: string; precision?: Precision } = {},
) {
  const config = configOf(shape);
  const [, width, , feedForward, size, length] = shape;
  const shapeOf = (name: string): number[] => {
    if (name.startsWith("embeddings.word")) return [VOCABULARY, width!];
    if (name.startsWith("embeddings.pos")) return [512, width!];
    if (name.startsWith("embeddings.token")) return [2, width!];
    const wide = /intermediate/.test(name) ? feedForward! : /^classifier/.test(name) ? 2 : width!;
    if (name.endsWith("bias") || name.includes("LayerNorm")) return [wide];
    return [wide, /\.\d+\.output\.dense/.test(name) ? feedForward! : width!];
  };
  const masked = (name: string) =>
    name.endsWith(".weight") && !name.includes("LayerNorm") && !name.startsWith("embeddings");
  const plan: Plan = {
    config,
    classifier: "sequence",
    labels: 2,
    binarizer: "threshold",
    threshold: 0.01,
    treatment: (name) => (masked(name) ? "masked" : "frozen"),
    shape: shapeOf,
    adjoin: () => true,
    rate: () => 0,
    steered: false,
    block,
  };
  const batch = { size: size!, length: length! };
  const { graph } = stepGraph(plan, batch, 1);
  const feeds: Record<string, Tensor | DeviceTensor> = Object.fromEntries(
    graph.inputs.map(({ name, type }) => [name, drawn(name, type, size!)]),
  );
  const session = await Session.create(graph, device, { profile, precision });
  // As a run does: on a GPU, weights and state stay in its memory.
  const memory = device === "cpu" ? undefined : await DeviceMemory.of(device);
  for (const { name, type } of memory ? graph.inputs : []) {
    if (BATCH.test(name)) continue;
    const placed = memory!.allocate(type);
    await memory!.copy(feeds[name]!, placed);
    feeds[name] = placed;
  }
  const into: Record<string, Tensor | DeviceTensor> = {};
  for (const { name, type } of graph.outputs) {
    const input = name.replace(/^next\./, "");
    if (input === name) continue;
    if (memory) into[name] = memory.allocate(type);
    else if (session.mayOverwrite(name, input)) into[name] = feeds[input]!;
  }
  /** Milliseconds per step of `steps` steps, each of which continues from the last one. */
  const run = async (): Promise<number> => {
    const start = performance.now();
    for (let step = 0; step < steps; step++) {
      await session.run(feeds, into);
      if (memory)
        for (const name of Object.keys(into)) {
          const input = name.slice("next.".length);
          [feeds[input], into[name]] = [into[name]!, feeds[input]!];
        }
    }
    return (performance.now() - start) / steps;
  };
  const release = async () => {
    await session.release();
    await memory?.release();
  };
  return { graph, run, release };
}

/** The values of an input: small random weights, scores of which a few are below the threshold, and moments of 0. */
function drawn(name: string, { dtype, shape }: Type, size: number): Tensor {
  const words = new Uint32Array(sizeOf(shape));
  fillWords(words, 1, streamOf(name));
  if (dtype === "int64") {
    const most = name === "ids" ? VOCABULARY : 1;
    return { dtype, shape, data: BigInt64Array.from(words, (word) => BigInt(word % most)) };
  }
  const { rate, epsilon } = adamFactors(1, 1e-3);
  const fixed: Record<string, number> = { rate, epsilon, attention: 1 };
  const value = (word: number, i: number): number => {
    if (name in fixed) return fixed[name]!;
    if (name === "targets") return (i % 2) / size;
    if (/^(first|second)\./.test(name)) return 0;
    if (name.startsWith("scores.")) return 0.6 * uniform(word) - 0.02;
    return name.includes("LayerNorm.weight") ? 1 : 0.07 * (uniform(word) - 0.5);
  };
  return float32(shape, Float32Array.from(words, value));
}

/** What else PyTorch is measured in, once per shape: its products in bfloat16 are those of a processor with AMX or AVX-512. */
const OTHERS = [
  { precision: "bfloat16", mode: "eager" },
  { precision: "float32", mode: "compile" },
  { precision: "bfloat16", mode: "compile" },
] as const;

export async function benchStep(filters: readonly string[]): Promise<void> {
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} threads`);
  if (!peerIsThere) console.log(`${PEER} is not there: our times alone.`);
  for (const { shape, goal } of SHAPES) {
    const name = shape.join("·");
    if (filters.length && !filters.some((filter) => name.startsWith(filter))) continue;
    const mine: number[] = [];
    const theirs: number[] = [];
    const step = await ours(shape, STEPS);
    await step.run();
    for (let round = 0; round < ROUNDS; round++) {
      mine.push(await step.run());
      if (peerIsThere) theirs.push((await peerStep(shape, STEPS)).milliseconds);
    }
    await step.release();
    const own = median(mine);
    const beside = (what: string, time: number, aim = "") =>
      `PyTorch ${what} ${time.toFixed(0)} ms, ratio ${(own / time).toFixed(2)}${aim}`;
    const said = [`${name}: ${own.toFixed(0)} ms a step`];
    if (theirs.length) said.push(beside("eager float32", median(theirs), ` (goal ${goal})`));
    for (const other of peerIsThere ? OTHERS : [])
      said.push(beside(`${other.mode} ${other.precision}`, (await peerStep(shape, STEPS, other)).milliseconds));
    console.log(said.join("; "));
  }
}
