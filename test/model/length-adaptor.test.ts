// The length adaptor against PyTorch's convolutions and gates (test/fixtures/adaptor/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { backward } from "../../src/graph/backward.ts";
import { add, mul, reduceSum } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { framesRead, lengthAdaptorTensors, positionsOf } from "../../src/model/additions/length-adaptor.ts";
import { type ModelConfig, readConfig } from "../../src/model/config.ts";
import { framesFirst } from "../../src/program/feeds.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32, type Tensor } from "../../src/tensor.ts";

interface Parameter {
  readonly weight: number[];
  readonly bias: number[];
}
interface Expected {
  readonly features: number;
  readonly width: number;
  readonly lengths: number[];
  readonly frames: number[][];
  readonly parameters: Parameter[];
  readonly cases: {
    layers: number;
    lengths: number[];
    outputs: number[][];
    weights: number[][];
    gradients: Parameter[];
  }[];
}
const expected: Expected = JSON.parse(readFileSync("test/fixtures/adaptor/expected.json", "utf8"));

const GARBAGE = 1000;

function close(have: ArrayLike<number>, want: readonly number[], tolerance: number, what: string): void {
  assert.equal(have.length, want.length, what);
  for (const [i, x] of want.entries())
    assert.ok(Math.abs(have[i]! - x) <= tolerance, `${what}[${i}]: ${have[i]} for ${x}`);
}

/** An adaptor of so many layers over all sequences in one batch, whose padding is not 0. */
async function adapted(layers: number, longest: number) {
  const { features, width, lengths, frames, parameters } = expected;
  const base = await readConfig("test/fixtures/models/tiny-bert");
  const lengthAdaptor = { features, layers };
  const config: ModelConfig = { ...base, hiddenSize: width, additions: { lengthAdaptor } };
  const graph = new Graph("adaptor");
  const inputs = new Map<string, Value>();
  const feeds: Record<string, Tensor> = {};
  for (const { name, shape } of lengthAdaptorTensors(config, lengthAdaptor)) {
    inputs.set(name, graph.input(name, { dtype: "float32", shape }));
    const [, layer, kind] = name.split(".") as [string, string, "weight" | "bias"];
    feeds[name] = float32(shape, Float32Array.from(parameters[Number(layer)]![kind]));
  }
  const rows = lengths.length;
  const data = new Float32Array(rows * longest * features).fill(GARBAGE);
  const attention = new Float32Array(rows * longest);
  for (const [row, own] of frames.entries()) {
    data.set(own, row * longest * features);
    attention.fill(1, row * longest, row * longest + lengths[row]!);
  }
  feeds.frames = framesFirst({ features, data }, rows, longest);
  feeds.attention = float32([rows, longest], attention);
  const read = framesRead(
    config,
    {
      weight: ([module]) => inputs.get(`${module}.weight`)!,
      bias: ([module]) => inputs.get(`${module}.bias`)!,
      tensor: (name) => inputs.get(name)!,
    },
    graph.input("frames", { dtype: "float32", shape: [longest, rows, features] }),
    graph.input("attention", { dtype: "float32", shape: [rows, longest] }),
  );
  return { graph, inputs, feeds, read, rows, width, lengthAdaptor };
}

for (const { layers, lengths, outputs, weights, gradients } of expected.cases)
  for (const longest of [12, 13, 24])
    test(`${layers} layers over a batch of ${longest} frames give what each sequence gives alone`, async () => {
      const { graph, inputs, feeds, read, rows, width, lengthAdaptor } = await adapted(layers, longest);
      const positions = positionsOf(lengthAdaptor, longest);
      assert.deepEqual(read.words!.type.shape, [positions, rows, width]);
      assert.deepEqual(read.attention.type.shape, [rows, positions]);
      const upstream = new Float32Array(positions * rows * width);
      for (const [row, own] of weights.entries())
        for (const [i, x] of own.entries()) upstream[(Math.floor(i / width) * rows + row) * width + (i % width)] = x;
      const loss = reduceSum(mul(read.words!, graph.constant(float32([positions, rows, width], upstream))), [0, 1, 2]);
      graph.output("words", read.words!);
      graph.output("present", read.attention);
      const targets = [...inputs.values()];
      for (const [i, grad] of backward(graph, add(loss, 0), targets).entries())
        graph.output(`grad.${targets[i]!.name}`, grad);
      const session = await Session.create(graph);
      const found = await session.run(feeds);
      await session.release();
      const words = found.words!.data as Float32Array;
      const present = found.present!.data as Float32Array;
      for (const [row, own] of outputs.entries()) {
        const values = own.map((_, i) => words[(Math.floor(i / width) * rows + row) * width + (i % width)]!);
        close(values, own, 1e-5, `output of sequence ${row}`);
        const mask = Array.from({ length: positions }, (_, i) => Number(i < lengths[row]!));
        assert.deepEqual([...present.subarray(row * positions, (row + 1) * positions)], mask);
        assert.equal(positionsOf(lengthAdaptor, expected.lengths[row]!), lengths[row]);
      }
      for (const [layer, own] of gradients.entries())
        for (const kind of ["weight", "bias"] as const) {
          const name = `lengthAdaptor.${layer}.${kind}`;
          close(found[`grad.${name}`]!.data as Float32Array, own[kind], 1e-4, name);
        }
    });
