// A tiny model of a family as its tests compute with it.

import assert from "node:assert/strict";
import type { Batch } from "../../src/data/batches.ts";
import { concat } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { encode } from "../../src/model/encoder.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { Program, type ProgramOptions } from "../../src/program/program.ts";
import { Session } from "../../src/runtime/session.ts";
import type { Tensor } from "../../src/tensor.ts";
import { close } from "../program/close.ts";
import { type FamilyReference, folderOf } from "./family-reference.ts";

/** The reference's texts with these targets. */
export function batchOf({ tensors }: FamilyReference, targets: BigInt64Array): Batch {
  const { shape, data } = tensors.get("input_ids")!;
  const [size, length] = shape as [number, number];
  return {
    ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
    ids: data as BigInt64Array,
    typeIds: (tensors.get("token_type_ids")?.data as BigInt64Array | undefined) ?? new BigInt64Array(size * length),
    attention: Float32Array.from(tensors.get("attention_mask")!.data, Number),
    targets,
  };
}

/** The program with the reference's initial scores. */
export async function programOf(
  name: string,
  reference: FamilyReference,
  options: Pick<ProgramOptions, "classifier" | "labels" | "matrices">,
): Promise<Program> {
  const pretrained = await openPretrained(folderOf(name));
  const scores = reference.logical("scores.0.");
  const program = await Program.create(reference.config, pretrained, {
    ...{ binarizer: "threshold", threshold: 0.01, own: () => undefined, trained: [] },
    initialScores: ({ name }) => scores.get(`${name}.weight`)!.data,
    ...{ dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
    ...options,
  });
  await pretrained.close();
  return program;
}

/** Ten masked steps over the reference's batch give its losses and its scores. */
export async function checkTenSteps(
  name: string,
  reference: FamilyReference,
  batch: Batch,
  options: Pick<ProgramOptions, "classifier" | "labels" | "matrices">,
): Promise<void> {
  const program = await programOf(name, reference, options);
  const losses: number[] = [];
  for (let step = 1; step <= 10; step++)
    losses.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
  close(losses, reference.tensors.get("losses")!.data as Float32Array, 1e-5, "losses");
  const state = await program.state();
  const after = reference.logical("scores.10.");
  assert.equal(after.size, options.matrices.length);
  for (const [own, { data }] of after) close(state.get(`scores.${own}`)!, data, 1e-3, own);
  await program.release();
}

/** The hidden states of all tokens after the embeddings and after each layer are the reference's. */
export async function checkHiddenStates(name: string, { config, tensors }: FamilyReference, batch: Batch): Promise<void> {
  const { size, length } = batch;
  const pretrained = await openPretrained(folderOf(name));
  const graph = new Graph("hidden");
  const feeds: Record<string, Tensor> = {};
  const given = new Map<string, Value>();
  const pending: Promise<void>[] = [];
  const tensor = (own: string): Value => {
    const known = given.get(own);
    if (known) return known;
    const shape = pretrained.tensors.get(own)?.shape;
    assert.ok(shape, own);
    pending.push(
      pretrained.readFloat32(own).then((data) => {
        feeds[own] = { dtype: "float32", shape, data };
      }),
    );
    const value = graph.input(own, { dtype: "float32", shape });
    given.set(own, value);
    return value;
  };
  const stack = (modules: readonly string[], what: string) =>
    concat(
      modules.map((module) => tensor(`${module}.${what}`)),
      0,
    );
  const ids = { dtype: "int64", shape: [length, size] } as const;
  const hidden = encode(
    config,
    { tensor, weight: (modules) => stack(modules, "weight"), bias: (modules) => stack(modules, "bias") },
    {
      ids: graph.input("ids", ids),
      typeIds: config.typeVocabSize ? graph.input("typeIds", ids) : undefined,
      attention: graph.input("attention", { dtype: "float32", shape: [size, length] }),
    },
    { read: "all", dropout: (x) => x },
  );
  for (const [i, value] of hidden.entries()) graph.output(`hidden.${i}`, value);
  await Promise.all(pending);
  await pretrained.close();
  const turned = (data: BigInt64Array) => data.map((_, i) => data[(i % size) * length + Math.floor(i / size)]!);
  const session = await Session.create(graph, "cpu");
  const results = await session.run({
    ...feeds,
    ids: { ...ids, data: turned(batch.ids) },
    ...(config.typeVocabSize && { typeIds: { ...ids, data: turned(batch.typeIds) } }),
    attention: { dtype: "float32", shape: [size, length], data: batch.attention },
  });
  await session.release();
  assert.ok(!tensors.has(`hidden.${hidden.length}`));
  for (const i of hidden.keys()) {
    const [have, want] = [results[`hidden.${i}`]!.data, tensors.get(`hidden.${i}`)!.data];
    const width = config.hiddenSize;
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let b = 0; b < size; b++)
      for (let t = 0; t < length; t++)
        if (batch.attention[b * length + t])
          for (let j = 0; j < width; j++) {
            ours.push(have[(t * size + b) * width + j] as number);
            theirs.push(want[(b * length + t) * width + j] as number);
          }
    close(ours, theirs, 1e-5, `hidden state ${i}`);
  }
}
