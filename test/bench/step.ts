// npm run bench step [SHAPE …]: our masked training step and PyTorch's on the same shapes, alternating, with one thread
// pool each.

import { CACHED } from "../../src/graph/graph.ts";
import { parseConfig } from "../../src/model/config.ts";
import { adamFactors } from "../../src/program/adam.ts";
import type { Plan } from "../../src/program/step.ts";
import { stepLoopGraph } from "../../src/program/step-loop.ts";
import type { Device } from "../../src/runtime/device.ts";
import { Session, type Values } from "../../src/runtime/session.ts";
import type { Tensor } from "../../src/tensor.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";

/**
 * Layers, hidden size, attention heads, intermediate size, batch, length; and the goal for our time divided by
 * PyTorch's.
 */
const SHAPES = [
  { shape: [4, 256, 4, 1024, 32, 64], goal: 0.8 },
  { shape: [6, 384, 12, 1536, 32, 64], goal: 0.8 },
  { shape: [12, 768, 12, 3072, 8, 64], goal: 0.9 },
] as const;

const ROUNDS = 3;
/** Steps per round: one run of the session, in a loop in the graph. */
const STEPS = 8;

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1]!;

/**
 * Runs of `steps` steps on random weights; every linear layer is masked, as in the peer. `block` is the number of
 * values per block of elementwise chains, `profile` the start of the path for the runtime's profile.
 */
export async function ours(
  [layers, width, heads, feedForward, size, length]: readonly number[],
  steps: number,
  { device = "cpu", block = CACHED, profile }: { device?: Device; block?: number; profile?: string } = {},
) {
  const config = parseConfig(
    {
      model_type: "bert",
      vocab_size: 1000,
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: feedForward,
      max_position_embeddings: 512,
      type_vocab_size: 2,
    },
    "bench",
  );
  const shapes = new Map<string, number[]>();
  const shapeOf = (name: string): number[] => {
    if (name.startsWith("embeddings.word")) return [1000, width!];
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
    shape: (name) => {
      const shape = shapeOf(name);
      shapes.set(name, shape);
      return shape;
    },
    adjoin: () => true,
    rate: () => 0,
    steered: false,
    block,
  };
  const { graph } = stepLoopGraph(plan, { size: size!, length: length! }, 1, steps);
  const feeds: Record<string, Tensor> = {};
  for (const { name, type } of graph.inputs) {
    const count = type.shape.reduce((a, b) => a * b, 1);
    if (type.dtype === "int64") feeds[name] = { ...type, dtype: "int64", data: new BigInt64Array(count) };
    else {
      const data = new Float32Array(count);
      const fill: (i: number) => number = name.startsWith("scores.")
        ? () => Math.random() * 0.6 - 0.02
        : name.startsWith("first.") || name.startsWith("second.")
          ? () => 0
          : name === "attention" || name.includes("LayerNorm.weight")
            ? () => 1
            : name === "targets"
              ? (i) => (i % 2) / size!
              : () => (Math.random() - 0.5) * 0.07;
      for (let i = 0; i < count; i++) data[i] = fill(i);
      feeds[name] = { dtype: "float32", shape: type.shape, data };
    }
  }
  feeds.ids = {
    ...feeds.ids!,
    dtype: "int64",
    data: (feeds.ids!.data as BigInt64Array).map(() => BigInt(Math.floor(Math.random() * 1000))),
  };
  const { rate, epsilon } = adamFactors(1, 1e-3);
  feeds.rate = { dtype: "float32", shape: [steps], data: new Float32Array(steps).fill(rate) };
  feeds.epsilon = { dtype: "float32", shape: [steps], data: new Float32Array(steps).fill(epsilon) };
  const session = await Session.create(graph, device, profile);
  /** Milliseconds per step of one run; its final state is the initial state of the next run. */
  const run = async (): Promise<number> => {
    const start = performance.now();
    const { loss: _, ...state } = await session.run(feeds as Values);
    const time = (performance.now() - start) / steps;
    for (const [next, made] of Object.entries(state)) {
      const name = next.slice("next.".length);
      feeds[name] = { ...made, shape: feeds[name]!.shape } as Tensor;
    }
    return time;
  };
  return { run, release: () => session.release() };
}

export async function benchStep(filters: readonly string[]): Promise<void> {
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
      if (!peerIsThere) continue;
      theirs.push((await peerStep(shape, STEPS)).milliseconds);
    }
    await step.release();
    const peerTime = theirs.length ? median(theirs) : undefined;
    const ratio = peerTime
      ? `PyTorch ${peerTime.toFixed(0)} ms, ratio ${(median(mine) / peerTime).toFixed(2)} (goal ${goal})`
      : "";
    console.log(`${name}: ${median(mine).toFixed(0)} ms a step; ${ratio}`);
  }
}
