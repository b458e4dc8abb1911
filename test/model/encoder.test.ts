// The encoder's hidden states and logits, and the gradients through it, against PyTorch's (test/fixtures/models).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { backward } from "../../src/graph/backward.ts";
import { cast, concat, gemm, greater, logSoftmax, mul, neg, reduceSum, tanh } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { classifyRows, classifyTokens } from "../../src/model/classifiers.ts";
import { readConfig } from "../../src/model/config.ts";
import { encode } from "../../src/model/encoder.ts";
import type { Parameters } from "../../src/model/layers.ts";
import { selectMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { Session } from "../../src/runtime/session.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { sizeOf, type Tensor } from "../../src/tensor.ts";

const families = ["bert", "roberta", "distilbert"] as const;
const folderOf = (family: string) => `test/fixtures/models/tiny-${family}`;

/** Gives the reference's tensors by name; `left` says which nobody has asked for. */
async function reference(family: string, file: string) {
  const { header, bytesOf } = decodeSafetensors(
    new Uint8Array(await readFile(`${folderOf(family)}/${file}.safetensors`)),
    file,
  );
  // The reference names matrices as transformers does: "scores.0.bert.encoder…".
  const own = new Map([...header.entries.keys()].map((name) => [name.replace(`.${family}.`, "."), name]));
  const asked = new Set<string>();
  const left = () => [...own.keys()].filter((name) => !asked.has(name));
  const tensor = (name: string): Tensor => {
    asked.add(name);
    const stored = own.get(name)!;
    const { type, shape } = header.entries.get(stored)!;
    const { buffer } = bytesOf(stored).slice();
    return type === "I64"
      ? { dtype: "int64", shape, data: new BigInt64Array(buffer) }
      : { dtype: "float32", shape, data: new Float32Array(buffer) };
  };
  return Object.assign(tensor, { left });
}

/** [B, T, …] to time-major [T, B, …] and back. */
function swapped({ dtype, shape, data }: Tensor): Tensor {
  const [B, T, ...rest] = shape as [number, number];
  const width = sizeOf(rest);
  const out = data.slice();
  for (let b = 0; b < B; b++)
    for (let t = 0; t < T; t++)
      (out as Float32Array).set(
        (data as Float32Array).subarray((b * T + t) * width, (b * T + t + 1) * width),
        (t * B + b) * width,
      );
  return { dtype, shape: [T, B, ...rest], data: out } as Tensor;
}

/** Largest difference over the largest size of the wanted values. */
function difference(have: Tensor, want: Tensor): number {
  assert.equal(have.data.length, want.data.length);
  let [off, size] = [0, 1e-30];
  (want.data as Float32Array).forEach((x, i) => {
    off = Math.max(off, Math.abs((have.data[i] as number) - x));
    size = Math.max(size, Math.abs(x));
  });
  return off / size;
}

interface Masked {
  readonly effective: Value;
  readonly weight: Value;
}

/** Every tensor of the pretrained weights fed as it is; masked where scores are given. */
async function feeding(
  graph: Graph,
  family: string,
  scores: Map<string, Tensor>,
  extra: Map<string, Tensor> = new Map(),
) {
  const pretrained = await openPretrained(folderOf(family));
  const feeds: Record<string, Tensor> = {};
  const masked = new Map<string, Masked>();
  const pending: Promise<void>[] = [];
  const tensor = (name: string): Value => {
    const known = graph.inputs.find((input) => input.name === name);
    if (known) return known;
    const own = extra.get(name);
    const shape = own?.shape ?? pretrained.tensors.get(name)!.shape;
    if (own) feeds[name] = own;
    else
      pending.push(
        pretrained.readFloat32(name).then((data) => {
          feeds[name] = { dtype: "float32", shape, data };
        }),
      );
    return graph.input(name, { dtype: "float32", shape });
  };
  const weightOf = (module: string): Value => {
    const weight = tensor(`${module}.weight`);
    const score = scores.get(module);
    if (!score) return weight;
    const input = graph.input(`scores.${module}`, { dtype: "float32", shape: score.shape });
    feeds[`scores.${module}`] = score;
    const effective = mul(weight, cast(greater(input, 0.01), "float32"));
    masked.set(module, { effective, weight });
    return effective;
  };
  const parameters: Parameters = {
    tensor,
    weight: (modules) => concat(modules.map(weightOf), 0),
    bias: (modules) =>
      concat(
        modules.map((module) => tensor(`${module}.bias`)),
        0,
      ),
  };
  return {
    parameters,
    masked,
    feeds,
    settled: async () => {
      await Promise.all(pending);
      await pretrained.close();
    },
  };
}

async function build(family: string, scores: Map<string, Tensor>, read: "first" | "all", extra?: Map<string, Tensor>) {
  const config = await readConfig(folderOf(family));
  const forward = await reference(family, "forward");
  const [ids, attention] = [forward("input_ids"), forward("attention_mask")];
  const [B, T] = ids.shape as [number, number];
  const graph = new Graph(family);
  const tokens = {
    ids: graph.input("ids", { dtype: "int64", shape: [T, B] }),
    typeIds: config.typeVocabSize ? graph.input("typeIds", { dtype: "int64", shape: [T, B] }) : undefined,
    attention: graph.input("attention", { dtype: "float32", shape: [B, T] }),
  };
  const made = await feeding(graph, family, scores, extra);
  made.feeds.ids = swapped(ids);
  made.feeds.attention = { dtype: "float32", shape: [B, T], data: Float32Array.from(attention.data, Number) };
  if (tokens.typeIds)
    made.feeds.typeIds =
      family === "bert"
        ? swapped(forward("token_type_ids"))
        : { dtype: "int64", shape: [T, B], data: new BigInt64Array(T * B) };
  const hidden = encode(config, made.parameters, tokens, { read, dropout: (x) => x });
  return { config, graph, hidden, forward, B, T, ...made };
}

/** Mean cross entropy over the rows whose target is not negative, from logits [n, labels]. */
function crossEntropy(graph: Graph, logits: Value, targets: readonly number[], feeds: Record<string, Tensor>): Value {
  const [n, labels] = logits.type.shape as [number, number];
  const counted = targets.filter((target) => target >= 0).length;
  const data = new Float32Array(n * labels);
  targets.forEach((target, i) => {
    if (target >= 0) data[i * labels + target] = 1 / counted;
  });
  feeds.oneHot = { dtype: "float32", shape: [n, labels], data };
  const oneHot = graph.input("oneHot", { dtype: "float32", shape: [n, labels] });
  return neg(reduceSum(mul(logSoftmax(logits), oneHot), [0, 1]));
}

/** Outputs "grad.NAME": the loss's gradient by each mask, ∂loss/∂W_eff ⊙ W. */
function scoreGradients(graph: Graph, loss: Value, masked: ReadonlyMap<string, Masked>): void {
  const made = [...masked];
  backward(
    graph,
    loss,
    made.map(([, { effective }]) => effective),
  ).forEach((grad, i) => {
    const [name, { weight }] = made[i]!;
    graph.output(`grad.${name}`, mul(grad, weight));
  });
}

for (const family of families) {
  test(`${family}: hidden states of every layer and logits are PyTorch's`, async () => {
    const { config, graph, hidden, forward, parameters, feeds, settled, B } = await build(family, new Map(), "all");
    for (const [i, value] of hidden.entries()) graph.output(`hidden.${i}`, value);
    const first = graph.apply("Slice", [hidden.at(-1)!], { axis: 0, start: 0, end: B })[0]!;
    graph.output("logits", classifyRows(config, parameters, first, { dropout: (x) => x }));
    if (family === "bert")
      graph.output(
        "pooled",
        tanh(gemm(first, parameters.weight(["pooler.dense"]), parameters.bias(["pooler.dense"]), { transB: true })),
      );
    await settled();
    const session = await Session.create(graph);
    const results = await session.run(feeds);
    if (family === "bert") assert.ok(difference(results.pooled!, forward("pooled")) < 1e-5, "pooled");
    for (let i = 0; i <= config.layers; i++)
      assert.ok(difference(results[`hidden.${i}`]!, swapped(forward(`hidden.${i}`))) < 1e-5, `hidden.${i}`);
    assert.ok(difference(results.logits!, forward("logits")) < 1e-5);
    assert.deepEqual(forward.left(), ["labels"]);
    await session.release();
  });

  test(`${family}: the first loss of masked training and every score's gradient are PyTorch's, reading first tokens only`, async () => {
    const config = await readConfig(folderOf(family));
    const masking = await reference(family, "masking");
    const names = selectMatrices(config, { layers: "1,2", labels: 3 }).map(({ name }) => name);
    const built = await build(family, new Map(names.map((name) => [name, masking(`scores.0.${name}`)])), "first");
    const { graph, parameters, hidden, feeds, masked, settled, forward } = built;
    const logits = classifyRows(config, parameters, hidden.at(-1)!, { dropout: (x) => x });
    const loss = crossEntropy(graph, logits, Array.from(forward("labels").data, Number), feeds);
    graph.output("loss", loss);
    scoreGradients(graph, loss, masked);
    await settled();
    const session = await Session.create(graph);
    const results = await session.run(feeds);
    const losses = masking("losses").data as Float32Array;
    assert.ok(Math.abs((results.loss!.data[0] as number) - losses[0]!) < 1e-5 * losses[0]!);
    assert.equal(masked.size, 14);
    for (const name of names) assert.ok(difference(results[`grad.${name}`]!, masking(`grad.0.${name}`)) < 1e-4, name);
    const later = /^(scores|logits)\.10(\.|$)/; // after ten steps (step.test.ts)
    assert.deepEqual(
      masking.left().filter((name) => !later.test(name)),
      [],
    );
    await session.release();
  });

  test(`${family}: a classifier of words has PyTorch's logits, loss and score gradients`, async () => {
    const config = await readConfig(folderOf(family));
    const tagging = await reference(family, "tagging");
    const names = selectMatrices(config, { layers: "1,2", labels: 4, tagging: true }).map(({ name }) => name);
    const own = new Map(["classifier.weight", "classifier.bias"].map((name) => [name, tagging(name)]));
    const built = await build(family, new Map(names.map((name) => [name, tagging(`scores.0.${name}`)])), "all", own);
    const { graph, parameters, hidden, feeds, masked, settled } = built;
    const logits = classifyTokens(config, parameters, hidden.at(-1)!, (x) => x);
    const targets = Array.from(swapped(tagging("labels")).data, Number);
    const loss = crossEntropy(graph, logits, targets, feeds);
    graph.output("logits", logits);
    graph.output("loss", loss);
    scoreGradients(graph, loss, masked);
    await settled();
    const session = await Session.create(graph);
    const results = await session.run(feeds);
    assert.ok(difference(results.logits!, swapped(tagging("logits"))) < 1e-5);
    assert.ok(difference(results.loss!, tagging("loss")) < 1e-5);
    assert.equal(masked.size, 13);
    for (const name of names) assert.ok(difference(results[`grad.${name}`]!, tagging(`grad.0.${name}`)) < 1e-4, name);
    assert.deepEqual(tagging.left(), []);
    await session.release();
  });
}
