// A tiny model of a family as its tests compute with it.

import assert from "node:assert/strict";
import type { Batch } from "../../src/data/batches.ts";
import { concat } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { decode, sourceOf } from "../../src/model/decoder.ts";
import { encode } from "../../src/model/encoder.ts";
import type { Parameters } from "../../src/model/layers.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { tokenFeeds } from "../../src/program/feeds.ts";
import type { ProgramOptions } from "../../src/program/planned.ts";
import { Program } from "../../src/program/program.ts";
import { type Gradients, type Loaded, ScoringModel } from "../../src/program/scoring-model.ts";
import type { ClassifierShape } from "../../src/recipe/recipe.ts";
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

/** The reference's batch, each token's target the next one. */
export function nextTokens(reference: FamilyReference): Batch {
  const { shape, data } = reference.tensors.get("input_ids")!;
  const ids = data as BigInt64Array;
  const attention = reference.tensors.get("attention_mask")!.data;
  const targets = ids.map((_, i) => ((i + 1) % shape[1]! && attention[i + 1] ? ids[i + 1]! : -1n));
  return batchOf(reference, targets);
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
  for (let step = 1; step <= 10; step++) losses.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
  close(losses, reference.tensors.get("losses")!.data as Float32Array, 1e-5, "losses");
  const state = await program.state();
  const after = reference.logical("scores.10.");
  assert.equal(after.size, options.matrices.length);
  for (const [own, { data }] of after) close(state.get(`scores.${own}`)!, data, 1e-3, own);
  await program.release();
}

/** The hidden states of all tokens after the embeddings and after each layer, of each stack, are the reference's. */
export async function checkHiddenStates(
  name: string,
  { config, tensors }: FamilyReference,
  batch: Batch,
): Promise<void> {
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
  const parameters: Parameters = {
    ...{ tensor, weight: (modules) => stack(modules, "weight"), bias: (modules) => stack(modules, "bias") },
  };
  const { decoder } = batch;
  const int64 = (name: string, length: number) => graph.input(name, { dtype: "int64", shape: [length, size] });
  const attention = graph.input("attention", { dtype: "float32", shape: [size, length] });
  const typeIds = config.typeVocabSize ? int64("typeIds", length) : undefined;
  const tokens = { ids: int64("ids", length), typeIds, attention };
  const options = { read: "all", dropout: (x: Value) => x } as const;
  const first = encode(config, parameters, tokens, options);
  const stacks = new Map([[decoder ? "encoder.hidden" : "hidden", { hidden: first, read: batch }]]);
  if (decoder) {
    const source = sourceOf(config, parameters, first.at(-1)!, attention);
    const hidden = decode(config, parameters, { ids: int64("decoderIds", decoder.length) }, { ...options, source });
    stacks.set("decoder.hidden", { hidden, read: { ...batch, ...decoder } });
  }
  for (const [stack, { hidden }] of stacks)
    for (const [i, value] of hidden.entries()) graph.output(`${stack}.${i}`, value);
  await Promise.all(pending);
  await pretrained.close();
  const session = await Session.create(graph, "cpu");
  const results = await session.run({ ...feeds, ...tokenFeeds(batch) });
  await session.release();
  for (const [stack, { hidden, read }] of stacks) {
    assert.ok(!tensors.has(`${stack}.${hidden.length}`));
    for (const i of hidden.keys()) {
      const [have, want] = [results[`${stack}.${i}`]!.data, tensors.get(`${stack}.${i}`)!.data];
      const width = config.hiddenSize;
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let b = 0; b < size; b++)
        for (let t = 0; t < read.length; t++)
          if (read.attention[b * read.length + t])
            for (let j = 0; j < width; j++) {
              ours.push(have[(t * size + b) * width + j] as number);
              theirs.push(want[(b * read.length + t) * width + j] as number);
            }
      close(ours, theirs, 1e-5, `${stack}.${i}`);
    }
  }
}

/** The model without masks, for as long as `work` takes. */
export async function withoutMasks(
  name: string,
  { config }: FamilyReference,
  shape: ClassifierShape,
  work: (loaded: Loaded) => Promise<void>,
  folder = folderOf(name),
): Promise<void> {
  const pretrained = await openPretrained(folder);
  const model = new ScoringModel(config, pretrained, "cpu");
  const loaded = await model.under(shape, { matrices: [], tensors: [] }, name);
  await work(loaded);
  loaded.release();
  await model.release();
  await pretrained.close();
}

/** Without masks, the mean loss over the reference's batch and its gradients by all parameters are the reference's; it has none for `constants`. */
export function checkGradients(
  reference: FamilyReference,
  { loss, gradients }: Gradients,
  constants: readonly string[] = [],
): void {
  close([loss], reference.tensors.get("loss")!.data as Float32Array, 1e-5, "loss");
  const wanted = new Map([...reference.logical("grad.")].filter(([parameter]) => !parameter.startsWith("0.")));
  assert.deepEqual(new Set(gradients.keys()), new Set([...wanted.keys(), ...constants]));
  // A key's bias adds the same to all logits of a query: its gradient is 0 but for rounding, so that sizes begin at this one.
  const size = 1e-3 * Math.max(...[...wanted.values()].flatMap(({ data }) => [...data].map(Math.abs)));
  for (const [parameter, { data }] of wanted)
    close([...gradients.get(parameter)!, size], [...data, size], 1e-4, parameter);
}
