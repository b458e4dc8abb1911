// Ten steps of masked training and of finetuning against PyTorch's (test/fixtures/models), through the step graph.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { Session } from "../../src/graph/session.ts";
import { readConfig } from "../../src/model/config.ts";
import { canonicalName, selectMatrices } from "../../src/model/names.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { float32, type Tensor } from "../../src/tensor.ts";
import { adamFactors } from "../../src/train/adam.ts";
import { evaluationGraph, type Plan, stepGraph, type Treatment } from "../../src/train/step.ts";
import { Store } from "../../src/train/store.ts";

/** The reference's tensors by name, and which of them nobody has asked for. */
async function tensors(family: string, file: string) {
  const bytes = new Uint8Array(await readFile(`test/fixtures/models/tiny-${family}/${file}.safetensors`));
  const { header, bytesOf } = decodeSafetensors(bytes, file);
  const map = new Map(
    [...header.entries.values()].map(({ name, type, shape }) => {
      const { buffer } = bytesOf(name).slice();
      const tensor: Tensor =
        type === "I64"
          ? { dtype: "int64", shape, data: new BigInt64Array(buffer) }
          : { dtype: "float32", shape, data: new Float32Array(buffer) };
      return [canonicalName(name).replace(`.${family}.`, "."), tensor] as const;
    }),
  );
  const asked = new Set<string>();
  const get = map.get.bind(map);
  map.get = (name) => {
    asked.add(name);
    return get(name);
  };
  return { want: map, left: () => [...map.keys()].filter((name) => !asked.has(name)) };
}

function timeMajor({ shape, data }: Tensor): Tensor<"int64"> {
  const [B, T] = shape as [number, number];
  return {
    dtype: "int64",
    shape: [T, B],
    data: BigInt64Array.from({ length: B * T }, (_, i) => data[(i % B) * T + Math.floor(i / B)] as bigint),
  };
}

function close(have: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string): void {
  let size = 1e-30;
  for (let i = 0; i < want.length; i++) size = Math.max(size, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++)
    assert.ok(Math.abs(have[i]! - want[i]!) <= tolerance * size, `${what}[${i}]: ${have[i]} for ${want[i]}`);
}

/** Trains ten steps on the reference's batch and returns the losses, the logits after, and the live values. */
async function tenSteps(
  family: string,
  treatment: (name: string) => Treatment,
  scores: Map<string, Tensor>,
  learningRate: number,
) {
  const config = await readConfig(`test/fixtures/models/tiny-${family}`);
  const [{ want: model }, { want: forward }] = [await tensors(family, "model"), await tensors(family, "forward")];
  const shapes = [...model].map(([name, { shape }]) => ({ name, shape }));
  const weights = new Store(shapes);
  for (const [name, { data }] of model) weights.array(name).set(data as Float32Array);
  const learning = new Store(shapes.filter(({ name }) => treatment(name) === "masked"));
  for (const name of learning.names())
    learning.array(name).set(scores.get(name.replace(/\.weight$/, ""))!.data as Float32Array);
  const moving = shapes.filter(({ name }) => treatment(name) !== "frozen");
  const [first, second] = [new Store(moving), new Store(moving)];
  const plan: Plan = {
    config,
    classifier: "sequence",
    labels: 3,
    binarizer: "threshold",
    threshold: 0.01,
    treatment,
    shape: (name) => model.get(name)!.shape,
    adjoin: (names) => weights.adjoin(names),
    rate: () => 0,
    sparsity: false,
  };
  const [size, length] = forward.get("input_ids")!.shape as [number, number];
  const { graph, groups } = stepGraph(plan, { size, length }, 1);
  const batch: Record<string, Tensor> = {
    ids: timeMajor(forward.get("input_ids")!),
    attention: float32([size, length], Float32Array.from(forward.get("attention_mask")!.data, Number)),
  };
  if (config.typeVocabSize)
    batch.typeIds = forward.has("token_type_ids")
      ? timeMajor(forward.get("token_type_ids")!)
      : { dtype: "int64", shape: [length, size], data: new BigInt64Array(size * length) };
  const targets = new Float32Array(size * 3);
  forward.get("labels")!.data.forEach((label, row) => {
    targets[row * 3 + Number(label)] = 1 / size;
  });
  const state: Record<string, Tensor> = {};
  const feeds: Record<string, Tensor> = { ...batch, targets: float32([size, 3], targets) };
  const shaped = (name: string, tensor: Tensor): Tensor => ({
    ...tensor,
    shape: graph.inputs.find((input) => input.name === name)!.type.shape,
  });
  for (const { names, scores: masked } of groups) {
    const key = names.join("+");
    feeds[key] = weights.stacked(names);
    if (masked) state[`scores.${key}`] = learning.stacked(names);
    else if (treatment(names[0]!) === "trained") state[key] = weights.stacked(names);
    else continue;
    const own = masked ? `scores.${key}` : key;
    state[`first.${own}`] = shaped(`first.${own}`, first.stacked(names));
    state[`second.${own}`] = shaped(`second.${own}`, second.stacked(names));
  }
  const session = await Session.create(graph);
  const losses: number[] = [];
  for (let step = 1; step <= 10; step++) {
    const { rate, epsilon } = adamFactors(step, learningRate);
    const results = await session.run({
      ...feeds,
      ...state,
      rate: float32([], Float32Array.of(rate)),
      epsilon: float32([], Float32Array.of(epsilon)),
    });
    losses.push(results.loss!.data[0] as number);
    for (const [name, { data }] of Object.entries(state))
      (data as Float32Array).set(results[`next.${name}`]!.data as Float32Array);
  }
  await session.release();
  const evaluation = evaluationGraph(plan, { size, length });
  const known = new Set(evaluation.graph.inputs.map(({ name }) => name));
  const scoring = await Session.create(evaluation.graph);
  const { logits } = await scoring.run(
    Object.fromEntries(Object.entries({ ...feeds, ...state }).filter(([name]) => known.has(name))),
  );
  await scoring.release();
  return { losses, logits: logits!.data as Float32Array, learning };
}

for (const family of ["bert", "roberta", "distilbert"]) {
  test(`${family}: ten masked steps give PyTorch's losses, scores and logits`, async () => {
    const { want, left } = await tensors(family, "masking");
    const config = await readConfig(`test/fixtures/models/tiny-${family}`);
    const masked = new Set(selectMatrices(config, { blocks: "1,2", labels: 3 }).map(({ name }) => `${name}.weight`));
    const start = new Map(
      [...want].filter(([name]) => name.startsWith("scores.0.")).map(([name, tensor]) => [name.slice(9), tensor]),
    );
    const have = await tenSteps(family, (name) => (masked.has(name) ? "masked" : "frozen"), start, 1e-2);
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    for (const name of masked) {
      const scores = want.get(`scores.10.${name.replace(/\.weight$/, "")}`)!.data as Float32Array;
      const mine = have.learning.array(name);
      scores.forEach((s, i) => {
        if (Math.abs(s - 0.01) > 1e-6)
          assert.equal(mine[i]! > Math.fround(0.01), s > Math.fround(0.01), `${name}[${i}]`);
      });
      // Adam divides by the gradient's own size: where that is rounding noise, so is the step.
      close(mine, scores, 1e-3, name);
    }
    const first = /^(scores|grad)\.0\./; // of the first step (encoder.test.ts)
    assert.deepEqual(
      left().filter((name) => !first.test(name)),
      [],
    );
  });

  test(`${family}: ten steps of finetuning give PyTorch's losses and logits`, async () => {
    const { want, left } = await tensors(family, "finetune");
    const have = await tenSteps(family, () => "trained", new Map(), 1e-3);
    close(have.losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(have.logits, want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    assert.deepEqual(left(), []);
  });
}
