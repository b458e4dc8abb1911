// Every method and way to begin a mask, through the command line: what it says and what it leaves.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { countOnes, unpackBits } from "../../src/mask/bits.ts";
import type { Mask } from "../../src/mask/file.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { wordsModel } from "../program/words-model.ts";
import { folder, masklens, model, TINY, task, training } from "./run.ts";

const file = task();
const home = folder();
let runs = 0;

/** Trains with these flags; the result, and what was told on the way. */
async function trained(flags: string[], base = TINY) {
  const { code, out, err } = await masklens([
    ...training(path.join(home, String(runs++)), { base, file }, ...flags),
    "--json",
  ]);
  assert.equal(code, 0, err);
  const result = JSON.parse(out) as { adaptation: string; sparsity: number | null; steps: number };
  const { header } = decodeSafetensors(new Uint8Array(readFileSync(result.adaptation)), result.adaptation);
  return { ...result, err, names: [...header.entries.keys()] };
}

test("finetuning and patterns leave the tensors that they trained", async () => {
  const all = await trained(["--method", "finetune", "--learning-rate", "1e-3"]);
  const biases = await trained(["--method", "pattern", "--pattern", "bitfit"]);
  const head = await trained(["--method", "pattern"]);
  assert.ok(all.names.includes("embeddings.word_embeddings.weight"));
  assert.ok(biases.names.every((name) => name.endsWith("bias") || name === "classifier.weight"));
  assert.deepEqual(head.names.sort(), ["classifier.bias", "classifier.weight"]);
  assert.deepEqual([all.sparsity, biases.sparsity, head.sparsity], [null, null, null]);
});

test("a preset gives options, which other flags replace; a wrong name gets a suggestion", async () => {
  const { adaptation } = await trained(["--preset", "recommended", "--classifier", "masked"]);
  const options = JSON.parse(readFileSync(path.join(path.dirname(adaptation), "run.json"), "utf8"));
  const { initialMask, layers, classifier, auxiliary } = options;
  assert.deepEqual([initialMask, layers, classifier], ["magnitude", "all", "masked"]);
  assert.equal(auxiliary.parameters, "norm-and-bias");
  const { code, err } = await masklens(training(path.join(home, "none"), { file }, "--preset", "recomended"));
  assert.equal(code, 2);
  assert.match(err, /^masklens: --preset: unknown preset "recomended"; did you mean "recommended"\?/);
});

test("auxiliary parameters are trained beside the masks, kept in their file, scored and exported with them", async () => {
  const { err, names, adaptation } = await trained(["--auxiliary", "parameters=norm-and-bias,learningRate=0.002"]);
  assert.match(
    err,
    /34 tensors are trained beside the masks and stored in the mask file \(auxiliary parameters: norm-/,
  );
  const beside = names.filter((name) => /LayerNorm\.weight$|\.bias$/.test(name));
  assert.equal(beside.length, 34);
  const base = decodeSafetensors(new Uint8Array(readFileSync(path.join(TINY, "model.safetensors"))), TINY);
  const mask = (await readAdaptation(adaptation)) as Mask;
  const values = (name: string) => mask.tensors.find((tensor) => tensor.name === name)!.data;
  const norm = "encoder.layer.0.attention.output.LayerNorm.weight";
  const stored = new Float32Array(base.bytesOf(`bert.${norm}`).slice().buffer);
  assert.notDeepEqual(values(norm), stored);
  const { code, out } = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  assert.equal(code, 0);
  const { metrics } = JSON.parse(out).adaptations[0];
  assert.deepEqual(metrics.accuracy, (mask.metadata.metrics.validation as Record<string, unknown>).accuracy);
  const exported = path.join(home, "exported");
  assert.equal((await masklens(["export", adaptation, "--out", exported])).code, 0);
  const written = decodeSafetensors(new Uint8Array(readFileSync(path.join(exported, "model.safetensors"))), exported);
  assert.deepEqual(new Float32Array(written.bytesOf(`bert.${norm}`).slice().buffer), values(norm));
  const info = await masklens(["info", adaptation, "--json"]);
  assert.equal(
    JSON.parse(info.out).sizes.tensors,
    mask.tensors.reduce((sum, { data }) => sum + data.byteLength, 0),
  );
  const refused = await masklens([
    ...training(path.join(home, "refused"), { base: TINY, file }),
    ...["--auxiliary", "parameters=layer.1.*query"],
  ]);
  assert.match(
    refused.err,
    /encoder\.layer\.1\.attention\.self\.query\.weight is masked, so it cannot be trained as well/,
  );
  assert.equal(refused.code, 2);
});

test("whole heads and neurons are pruned together, counted, scored as they were in training, and taken out of an export", async () => {
  const topK = ["--top-k", "share=0.5,scope=model,schedule=constant", "--initial-mask", "magnitude-order"];
  const { err, adaptation, sparsity } = await trained(["--units", "heads-and-neurons", "--layers", "all", ...topK]);
  assert.match(
    err,
    /Whole units are pruned: 12 attention heads and 192 neurons of the feed-forward networks, each with/,
  );
  assert.match(err, /50 % of the units are kept; the highest scores are chosen among all heads and neurons together/);
  const { matrices, metadata } = (await readAdaptation(adaptation)) as Mask;
  assert.equal(metadata.initial, null);
  for (const { name, kind, bits } of matrices) {
    const isByColumn = kind === "AO" || kind === "O";
    const width = kind === "I" || kind === "O" ? 1 : 8;
    const values = unpackBits(bits, new Float32Array(bits.rows * bits.columns));
    values.forEach((value, i) => {
      const [row, column] = [Math.floor(i / bits.columns), i % bits.columns];
      const line = (isByColumn ? column : row) - ((isByColumn ? column : row) % width);
      assert.equal(value, values[isByColumn ? line : line * bits.columns], `${name}[${i}]`);
    });
  }
  const info = JSON.parse((await masklens(["info", adaptation, "--json"])).out);
  const all: { unit: string; kept: number }[] = info.units;
  assert.equal(
    all.reduce((sum, { kept }) => sum + kept, 0),
    (12 + 192) / 2,
  );
  assert.match((await masklens(["info", adaptation])).out, /^all +\d+ of 12 +\d+ of 192$/m);
  const { out } = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  const { metrics } = JSON.parse(out).adaptations[0];
  assert.deepEqual(metrics.accuracy, (metadata.metrics.validation as Record<string, unknown>).accuracy);
  const exporting = ["export", adaptation, "--format", "onnx", "--prune", "--out", path.join(home, "pruned"), "--json"];
  const { pruned } = JSON.parse((await masklens(exporting)).out);
  const off = (unit: string) => all.reduce((sum, one) => sum + (one.unit === unit ? one.kept : 0), 0);
  const removed = (of: "heads" | "neurons") =>
    pruned.layers.reduce((sum: number, layer: Record<string, { removed: number }>) => sum + layer[of]!.removed, 0);
  assert.deepEqual([removed("heads"), removed("neurons")], [12 - off("head"), 192 - off("neuron")]);
  assert.ok(sparsity! > 0);
});

test("a mask learns from a teacher's logits, is the same each time, and refuses a teacher that does not fit", async () => {
  const teacher = await trained(["--method", "finetune", "--learning-rate", "1e-3"]);
  const distil = ["--distill", `teacher=${teacher.adaptation},weight=0.7,temperature=3`];
  const [plain, first, second] = [await trained([]), await trained(distil), await trained(distil)];
  assert.match(first.err, /The loss is 0\.3 times the cross entropy plus 0\.7 times the divergence from \S*tuned/);
  const bytes = ({ adaptation }: { readonly adaptation: string }) => readFileSync(adaptation);
  const bitsOf = async (run: { readonly adaptation: string }) =>
    ((await readAdaptation(run.adaptation)) as Mask).matrices;
  assert.deepEqual(bytes(first), bytes(second));
  assert.notDeepEqual(await bitsOf(first), await bitsOf(plain));
  const refused = async (teacher: string, taskFile = file) => {
    const words = training(path.join(home, String(runs++)), { base: TINY, file: taskFile });
    const { code, err } = await masklens([...words, "--distill", `teacher=${teacher}`]);
    assert.equal(code, 2, err);
    return err;
  };
  assert.match(
    await refused(path.join(home, "none.mask.safetensors")),
    /none\.mask\.safetensors: there is no such file/,
  );
  const three = task({ labels: ["no", "yes", "maybe"] });
  assert.match(await refused(teacher.adaptation, three), /the task has 3 labels, but the adaptation has 2/);
  const weights = readFileSync(path.join(TINY, "model.safetensors"));
  const stored = decodeSafetensors(new Uint8Array(weights.buffer, weights.byteOffset, weights.length), TINY);
  stored.bytesOf("bert.encoder.layer.2.attention.self.query.weight")[0]! ^= 1;
  const other = await trained(["--layers", "all"], model({ "model.safetensors": weights }));
  assert.match(await refused(other.adaptation), /it was not trained on the base model in \S*tiny-bert/);
});

test("top-k keeps its share in each matrix, and what it pruned is what training changed", async () => {
  const flags = ["--layers", "all", "--classifier", "trained", "--learning-rate", "0.02", "--epochs", "4"];
  const { sparsity, adaptation, err } = await trained([...flags, "--top-k", "share=0.25", "--score-penalty", "10"]);
  assert.match(err, /The share of kept weights falls from 100 to 25 % over the first 70 % of the steps/);
  assert.ok(Math.abs(sparsity! - 0.75) < 0.001, `${sparsity}`);
  const mask = (await readAdaptation(adaptation)) as Mask;
  for (const { name, bits } of mask.matrices)
    assert.equal(countOnes(bits), Math.round(0.25 * bits.rows * bits.columns), name);
  const { out } = await masklens(["info", adaptation, "--json"]);
  const info = JSON.parse(out);
  assert.equal(info.initial.kind, "constant");
  assert.match((await masklens(["info", adaptation])).out, /All initial scores were equal and nothing was pruned/);
  const byModel = await trained([...flags, "--top-k", "share=0.5,scope=model,schedule=constant"]);
  const shares = ((await readAdaptation(byModel.adaptation)) as Mask).matrices.map(
    ({ bits }) => countOnes(bits) / (bits.rows * bits.columns),
  );
  assert.ok(Math.abs(byModel.sparsity! - 0.5) < 0.001);
  assert.ok(Math.max(...shares) - Math.min(...shares) > 0.01, `${shares}`);
});

test("finetuning under a fixed mask leaves its zeros, and the second stage of a mask starts where the mask ended", async () => {
  const zerosOf = async (file: string) => {
    const { tensors } = await readAdaptation(file);
    const query = tensors.find(({ name }) => name.endsWith("layer.2.attention.self.query.weight"))!.data;
    return query.map((value) => Number(value === 0));
  };
  const magnitude = await trained(["--method", "finetune", "--fixed-mask", "by=magnitude,sparsity=0.75"]);
  assert.match(magnitude.err, /Of the weights of \d+ matrices, 75\.0 % are pruned: the smallest of each matrix/);
  assert.ok(Math.abs(magnitude.sparsity! - 0.75) < 0.001, `${magnitude.sparsity}`);
  const zeros = await zerosOf(magnitude.adaptation);
  assert.equal(
    zeros.reduce((sum, zero) => sum + zero, 0),
    Math.round(0.75 * zeros.length),
  );
  const first = await trained(["--auxiliary", "parameters=bitfit", "--learning-rate", "0.01"]);
  const flags = ["--method", "finetune", "--learning-rate", "1e-9", "--fixed-mask", `by=file,file=${first.adaptation}`];
  const second = await trained(flags);
  const mask = (await readAdaptation(first.adaptation)) as Mask;
  const { bits } = mask.matrices.find(({ name }) => name.endsWith("layer.2.attention.self.query.weight"))!;
  const kept = unpackBits(bits, new Float32Array(bits.rows * bits.columns));
  assert.deepEqual(
    await zerosOf(second.adaptation),
    kept.map((bit) => 1 - bit),
  );
  const scores = async (file: string) => {
    const { code, out, err } = await masklens(["evaluate", file, "--split", "validation", "--json"]);
    assert.equal(code, 0, err);
    return JSON.parse(out).adaptations[0].metrics.accuracy;
  };
  assert.deepEqual(await scores(second.adaptation), await scores(first.adaptation));
  const refused = await masklens([
    ...training(path.join(home, "refused-fixed"), { base: TINY, file }),
    ...["--method", "finetune", "--fixed-mask", `by=file,file=${second.adaptation}`],
  ]);
  assert.match(refused.err, /it contains no mask/);
});

test("a classifier of the mean of all tokens is scored, explained and exported as it was trained, or refused", async () => {
  const [{ adaptation }, first] = [await trained(["--pooling", "mean"]), await trained(["--pooling", "first"])];
  const { metadata, matrices } = (await readAdaptation(adaptation)) as Mask;
  assert.notDeepEqual(matrices, ((await readAdaptation(first.adaptation)) as Mask).matrices);
  const evaluated = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  assert.deepEqual(
    JSON.parse(evaluated.out).adaptations[0].metrics.accuracy,
    (metadata.metrics.validation as Record<string, unknown>).accuracy,
  );
  const refused = await masklens(["export", adaptation, "--out", path.join(home, "mean")]);
  assert.match(refused.err, /reads the mean of all tokens.*export it as ONNX \(--format onnx\)/);
  const exported = await masklens(["export", adaptation, "--format", "onnx", "--out", path.join(home, "mean")]);
  assert.equal(exported.code, 0, exported.err);
  const predicted = await masklens(["predict", adaptation, "--evidence"], { input: "a b c\n" });
  assert.equal(predicted.code, 0, predicted.err);
});

test("a classifier of label words starts from the head of the masked language model, and is stored by its rows", async () => {
  const base = wordsModel("bert");
  const { adaptation, names, err } = await trained(["--label-words", "frozen,moon", "--kinds", "Q,K,V,AO,I,O,P"], base);
  assert.match(err, /The classifier is the head of the masked language model, with the rows of the labels' words\./);
  assert.ok(names.includes("cls.predictions.transform.dense.weight")); // masked
  const mask = (await readAdaptation(adaptation)) as Mask;
  assert.deepEqual(mask.tensors.map(({ name, shape }) => [name, ...shape]).sort(), [
    ["classifier.bias", 2],
    ["classifier.weight", 2, 32],
  ]);
  const evaluated = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  assert.deepEqual(
    JSON.parse(evaluated.out).adaptations[0].metrics.accuracy,
    (mask.metadata.metrics.validation as Record<string, unknown>).accuracy,
  );
  const predicted = await masklens(["predict", adaptation, "--evidence"], { input: "good film\n" });
  assert.equal(predicted.code, 0, predicted.err);
  const exported = path.join(home, "words");
  assert.match(
    (await masklens(["export", adaptation, "--out", exported])).err,
    /which no classifier of transformers has/,
  );
  assert.equal((await masklens(["export", adaptation, "--format", "onnx", "--out", exported])).code, 0);
  rmSync(base, { recursive: true });
  for (const [flags, message, model] of [
    [
      ["--label-words", "frozen,moon"],
      /the model has no head of a masked language model: it has no tensor cls\./,
      TINY,
    ],
    [["--label-words", "frozen,moon,river"], /3 words were given, but the task has 2 labels/, TINY],
    [["--label-words", "frozen,unbelievably"], /"unbelievably" is not one token of this model/, TINY],
    [["--label-words", "moon,moon"], /"moon" is the word of two labels/, TINY],
  ] as const) {
    const out = path.join(home, String(runs++));
    const refused = await masklens([...training(out, { base: model, file }), ...flags]);
    assert.match(refused.err, message);
  }
});

test("a random mask takes auxiliary parameters, and is scored as it was trained", async () => {
  const flags = ["--method", "random-mask", "--sparsity", "0.5", "--auxiliary", "parameters=norm-and-bias"];
  const { adaptation, names, sparsity } = await trained(flags);
  assert.ok(names.some((name) => name.endsWith("LayerNorm.weight")));
  assert.equal(sparsity, 0.5);
  const { metadata } = await readAdaptation(adaptation);
  const { out } = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  assert.deepEqual(
    JSON.parse(out).adaptations[0].metrics.accuracy,
    (metadata.metrics.validation as Record<string, unknown>).accuracy,
  );
});

test("a random mask has its sparsity to the weight, in each matrix", async () => {
  const { sparsity } = await trained(["--method", "random-mask", "--sparsity", "0.25", "--layers", "all"]);
  assert.equal(sparsity, 0.25);
});

test("every binarizer and initial mask trains", async () => {
  for (const flags of [
    ["--binarizer", "hard-tanh-sign"],
    ["--binarizer", "bernoulli"],
    ...["magnitude", "double-uniform"].map((kind) => ["--initial-mask", kind]),
    ["--sparsity", "0.2", "--scale-fixed"],
  ]) {
    const { sparsity, adaptation } = await trained(flags);
    assert.ok(sparsity! > 0 && sparsity! < 1, flags.join(" "));
    const { code, err } = await masklens(["info", adaptation, "--json"]);
    assert.equal(code, 0, err);
  }
});

test("sparsity control moves the zeros towards its target", async () => {
  const start = ["--epochs", "8", "--learning-rate", "0.02"];
  const free = await trained(start);
  const steered = await trained([...start, "--target-sparsity", "target=0.5,rate=100"]);
  assert.ok(Math.abs(steered.sparsity! - 0.5) < Math.abs(free.sparsity! - 0.5), `${steered.sparsity} ${free.sparsity}`);
});

test("a model without a pooler gets a new one that the mask carries, and says so", async () => {
  const bytes = new Uint8Array(readFileSync(path.join(TINY, "model.safetensors")));
  const { header, bytesOf } = decodeSafetensors(bytes, "model.safetensors");
  const kept = [...header.entries.values()].filter(({ name }) => !name.includes("pooler"));
  const without = encodeSafetensors(
    kept.map(({ name, type, shape }) => ({ name, type, shape, bytes: bytesOf(name) })),
    {},
  );
  const base = model({ "model.safetensors": Buffer.concat(without) });
  const { err, names, adaptation } = await trained([], base);
  assert.match(err, /The model has no pooler \(pooler\.dense\), so a new one was initialized from the seed\./);
  assert.ok(names.includes("pooler.dense.weight") && names.includes("pooler.dense.weight.values"));
  const mask = (await readAdaptation(adaptation)) as Mask;
  const { data } = mask.tensors.find(({ name }) => name === "pooler.dense.weight")!;
  const [mean, square] = [0, 1].map((i) => data.reduce((sum, x) => sum + x ** (i + 1), 0) / data.length) as [
    number,
    number,
  ];
  assert.ok(Math.abs(mean) < 0.003 && Math.abs(Math.sqrt(square) - 0.02) < 0.002, `${mean} ${square}`);
  const evaluated = await masklens(["evaluate", adaptation, "--split", "validation", "--json"]);
  assert.equal(evaluated.code, 0, evaluated.err);
});
