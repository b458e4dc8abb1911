// Decoders against transformers' hidden states, losses, gradients and ten masked steps (test/fixtures/families).

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import { Graph } from "../../src/graph/graph.ts";
import { encode } from "../../src/model/encoder.ts";
import { selectMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { Program, type ProgramOptions } from "../../src/program/program.ts";
import { Session } from "../../src/runtime/session.ts";
import type { Tensor } from "../../src/tensor.ts";
import { close } from "../program/close.ts";
import { type FamilyReference, familyReference, folderOf } from "./family-reference.ts";

const DECODERS = ["gpt2", "llama", "qwen2", "qwen3", "smollm", "mistral"].filter((name) =>
  existsSync(`${folderOf(name)}/expected.safetensors`),
);

/** The reference's batch, each token's target the next one. */
function batchOf({ tensors }: FamilyReference): Batch {
  const ids = tensors.get("input_ids")!;
  const [size, length] = ids.shape as [number, number];
  const attention = Float32Array.from(tensors.get("attention_mask")!.data, Number);
  const data = ids.data as BigInt64Array;
  const targets = data.map((_, i) => ((i + 1) % length && attention[i + 1] ? data[i + 1]! : -1n));
  return {
    ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
    ...{ ids: data, typeIds: new BigInt64Array(size * length), attention, targets },
  };
}

async function programOf(name: string, reference: FamilyReference, options: Partial<ProgramOptions>): Promise<Program> {
  const pretrained = await openPretrained(folderOf(name));
  const scores = reference.logical("scores.0.");
  const program = await Program.create(reference.config, pretrained, {
    ...{ classifier: "language", labels: 0, binarizer: "threshold", threshold: 0.01, own: () => undefined },
    ...{ matrices: [], trained: [] },
    initialScores: ({ name }) => scores.get(`${name}.weight`)!.data,
    ...{ dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
    ...options,
  });
  await pretrained.close();
  return program;
}

for (const name of DECODERS) {
  test(`${name}: hidden states of all layers`, async () => {
    const reference = await familyReference(name);
    const { config, tensors } = reference;
    const [size, length] = tensors.get("input_ids")!.shape as [number, number];
    const pretrained = await openPretrained(folderOf(name));
    const graph = new Graph("hidden");
    const feeds: Record<string, Tensor> = {};
    const given = new Map<string, ReturnType<Graph["input"]>>();
    const pending: Promise<void>[] = [];
    const tensor = (own: string) => {
      const shape = pretrained.tensors.get(own)?.shape;
      assert.ok(shape, own);
      const known = given.get(own);
      if (known) return known;
      pending.push(
        pretrained.readFloat32(own).then((data) => {
          feeds[own] = { dtype: "float32", shape, data };
        }),
      );
      const value = graph.input(own, { dtype: "float32", shape });
      given.set(own, value);
      return value;
    };
    const stack = (modules: readonly string[], what: string) => {
      const values = modules.map((module) => tensor(`${module}.${what}`));
      return values.length === 1 ? values[0]! : graph.apply("Concat", values, { axis: 0 })[0]!;
    };
    const hidden = encode(
      config,
      { tensor, weight: (modules) => stack(modules, "weight"), bias: (modules) => stack(modules, "bias") },
      {
        ids: graph.input("ids", { dtype: "int64", shape: [length, size] }),
        attention: graph.input("attention", { dtype: "float32", shape: [size, length] }),
      },
      { read: "all", dropout: (x) => x },
    );
    for (const [i, value] of hidden.entries()) graph.output(`hidden.${i}`, value);
    await Promise.all(pending);
    await pretrained.close();
    const batch = batchOf(reference);
    const turn = (data: BigInt64Array) => data.map((_, i) => data[(i % size) * length + Math.floor(i / size)]!);
    const session = await Session.create(graph, "cpu");
    const results = await session.run({
      ...feeds,
      ids: { dtype: "int64", shape: [length, size], data: turn(batch.ids) },
      attention: { dtype: "float32", shape: [size, length], data: batch.attention },
    });
    await session.release();
    for (const i of hidden.keys()) {
      const [have, want] = [results[`hidden.${i}`]!.data, tensors.get(`hidden.${i}`)!.data];
      const width = config.hiddenSize;
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let b = 0; b < size; b++)
        for (let t = 0; t < length; t++)
          if (batch.attention[b * length + t])
            for (let j = 0; j < width; j++) {
              ours.push(have[(t * size + b) * width + j] as number);
              theirs.push(want[(b * length + t) * width + j] as number);
            }
      close(ours, theirs, 1e-5, `hidden state ${i}`);
    }
  });

  test(`${name}: the loss of each token, and ten masked steps`, async () => {
    const reference = await familyReference(name);
    const { config, tensors } = reference;
    const batch = batchOf(reference);
    const pretrained = await programOf(name, reference, {});
    const losses = await pretrained.losses(batch);
    await pretrained.release();
    const count = batch.targets.filter((target) => target >= 0n).length;
    close(
      [losses.reduce((sum, loss) => sum + loss, 0) / count],
      tensors.get("loss")!.data as Float32Array,
      1e-5,
      "loss",
    );

    const matrices = selectMatrices(config, { layers: "all", language: true, labels: 0 });
    const program = await programOf(name, reference, { matrices });
    const steps: number[] = [];
    for (let step = 1; step <= 10; step++) steps.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
    close(steps, tensors.get("losses")!.data as Float32Array, 1e-5, "losses");
    const state = await program.state();
    const after = reference.logical("scores.10.");
    assert.equal(after.size, matrices.length);
    for (const [own, { data }] of after) close(state.get(`scores.${own}`)!, data, 1e-3, own);
    await program.release();
  });
}
