// Runs by the command line, and what is said while they train: examples, cut texts, segments, documents, rows left out,
// encoder–decoders.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { filesIn, folder, masklens, model, ROWS, TINY, task, training } from "./run.ts";
import { json, maskOf, out } from "./trained.ts";

const file = task();

test("before the first step a run prints its examples, and its labels with their counts", async () => {
  const { code, err, out: printed } = await masklens(training(out("short"), { file }, "--max-steps", "2", "--json"));
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(printed).steps, 2);
  const [examples, labels, memory] = err.split("\n");
  assert.equal(examples, "32 training, 4 validation, 4 test examples; 2 steps");
  assert.equal(labels, "labels (training, validation, test): no 17, 2, 1; yes 15, 2, 3");
  assert.match(
    memory!,
    /^memory: about \d+ MB of [\d.]+ [GT]B available \(weights [\d.]+ kB; scores, moments and gradients [\d.]+ .B; dropout's random numbers [\d.]+ .B; the largest batch [\d.]+ .B; this process and the runtime [\d.]+ .B\)$/,
  );
  assert.ok(err.indexOf("labels (") < err.indexOf("step 1/2"));
});

test("a run that needs more memory than there is is refused before its folder is made", async () => {
  const { code, err } = await masklens([...training(out("large"), { file }), "--memory", "50MB"]);
  assert.equal(code, 2);
  assert.match(
    err,
    /^masklens: (this run|reading the base model's weights) needs about [\d.]+ [kM]B of memory, but --memory or MASKLENS_MEMORY allows 50\.0 MB, and MaskLens itself already uses [\d.]+ MB; use a smaller .* or allow more with --memory, MASKLENS_MEMORY or the setting masklens\.memory\.\n$/,
  );
  assert.equal(existsSync(out("large")), false);
  const wrong = await masklens([...training(out("large"), { file }), "--memory", "much"]);
  assert.deepEqual(
    [wrong.code, wrong.err],
    [2, 'masklens: --memory: "much" is not an amount of memory; write it like 64GB or 500MB.\n'],
  );
});

test("a dry run says what a run takes, and writes nothing", async () => {
  const found = await json(...training(out("dry"), { file }, "--dry-run", "--epochs", "3"));
  const { device, steps, stepsPerEpoch, room, secondsPerStep, seconds } = found;
  assert.deepEqual([device, steps, steps / stepsPerEpoch], ["cpu", 3 * stepsPerEpoch, 3]);
  assert.ok(secondsPerStep > 0 && seconds > secondsPerStep * steps);
  const { needed, available, ...parts } = room;
  assert.equal(
    (Object.values(parts) as number[]).reduce((sum, part) => sum + part, 0),
    needed,
  );
  assert.ok(needed < available);
  assert.equal(existsSync(out("dry")), false);
  const { code, err } = await masklens(["train", "--resume", out("short"), "--dry-run"]);
  assert.equal(code, 2);
  assert.match(err, /--dry-run: a run that is resumed has been timed already/);
});

test("examples that are cut stand in the metrics, the table of a run and its log", async () => {
  const words = training(out("cut"), { file }, "--max-length", "5", "--max-steps", "1");
  const { code, err, out: printed } = await masklens(words);
  assert.equal(code, 0, err);
  assert.match(err, /Truncated to 5 tokens: \d+ of 32 training.* and 4 of 4 test examples\./);
  assert.match(printed, /^ +examples +cut +accuracy, %/);
  const log = readFileSync(path.join(out("cut"), "log.jsonl"), "utf8");
  const events = log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(events.find(({ type }) => type === "start").cut.test, 4);
  assert.equal(events.at(-1).result.test.cut, 4);
  const [{ metrics }] = (await json("evaluate", path.join(out("cut"), "cut.mask.safetensors"))).adaptations;
  assert.deepEqual([metrics.examples, metrics.cut, metrics.unscored], [4, 4, 0]);
});

test("pairs under a model with one segment train with segment 0, said once", async () => {
  const config = JSON.parse(readFileSync(path.join(TINY, "config.json"), "utf8"));
  const bytes = new Uint8Array(readFileSync(path.join(TINY, "model.safetensors")));
  const { header, bytesOf } = decodeSafetensors(bytes, "model.safetensors");
  const tensors = [...header.entries.values()].map(({ name, type, shape }) => {
    const [rows, width] = name.endsWith("token_type_embeddings.weight") ? [1, shape[1]!] : shape;
    const one = rows === 1 && width !== undefined;
    return {
      name,
      type,
      shape: one ? [1, width] : shape,
      bytes: one ? bytesOf(name).slice(0, 4 * width) : bytesOf(name),
    };
  });
  const base = model({
    "config.json": JSON.stringify({ ...config, type_vocab_size: 1 }),
    "model.safetensors": Buffer.concat(encodeSafetensors(tensors, {})),
  });
  const rows = `text,textPair,label\n${ROWS.map(({ text, label }) => `${text},${text},${label}`).join("\n")}\n`;
  const words = training(out("pairs"), { base, file: task({ kind: "pair" }, { "rows.csv": rows }) });
  const { code, err } = await masklens(words);
  assert.equal(code, 0, err);
  assert.equal(err.split("segment 0 is used for both").length, 2, err);
});

const documents = Array.from({ length: 12 }, (_, i) => {
  const length = i % 3 === 0 ? 14 : 2 + i;
  const sentences = Array.from({ length }, (_, j) => ROWS[(i + j) % ROWS.length]!);
  return { sentences: sentences.map(({ text }) => text), labels: sentences.map(({ label }) => label) };
});

/** The file of a task of these documents. */
function documentTask(): string {
  const lines = `${documents.map((row) => JSON.stringify(row)).join("\n")}\n`;
  const files = { train: "rows.jsonl", validation: "rows.jsonl", test: "rows.jsonl" };
  return task({ kind: "document", metric: "macroF1", files, format: "jsonl" }, { "rows.jsonl": lines });
}

test("documents are counted, cut and evaluated as documents, and the intervals say so", async () => {
  const place = documentTask();
  const { code, err, out: printed } = await masklens(training(out("documents"), { file: place }, "--max-steps", "1"));
  assert.equal(code, 0, err);
  assert.match(err, /^12 training, 12 validation, 12 test examples; /m);
  assert.match(err, /^The 95 % intervals resample whole documents, because the sentences of a document are not indep/m);
  assert.match(printed, /^test +12 /m);
  const examples = path.join(folder({}), "examples.jsonl");
  const { adaptations } = await json("evaluate", maskOf("documents"), "--examples", examples);
  assert.equal(adaptations[0].metrics.examples, 12);
  const [first, ...others] = readFileSync(examples, "utf8").trimEnd().split("\n");
  assert.equal(others.length, 11);
  const { sentences, label, prediction, losses, probabilities, loss } = JSON.parse(first!);
  assert.deepEqual(sentences, documents[0]!.sentences); // all its parts, in order
  assert.deepEqual(label, documents[0]!.labels.map(String));
  for (const list of [prediction, losses, ...Object.values(probabilities as Record<string, number[]>)])
    assert.equal(list.length, 14);
  assert.ok(Math.abs(losses.reduce((total: number, one: number) => total + one, 0) / 14 - loss) < 1e-4);
  assert.ok(adaptations[0].metrics.cut <= 12);
  assert.match((await masklens(["evaluate", maskOf("documents")])).out, /resample whole documents/);
  assert.match((await masklens(["info", maskOf("documents")])).out, /resample whole documents/);
});

test("sentences are read with and without their document, and both runs are compared on the same documents", async () => {
  const file = documentTask();
  for (const context of ["document", "sentence"]) {
    const words = training(out(context), { file }, "--context", context, "--max-steps", "3", "--learning-rate", "0.05");
    const { code, err } = await masklens(words);
    assert.equal(code, 0, err);
    assert.match(err, /^12 training, 12 validation, 12 test examples; /m);
  }
  const examples = path.join(folder({}), "examples.jsonl");
  const words = ["evaluate", maskOf("document"), maskOf("sentence"), "--examples", examples];
  const { adaptations, comparisons } = await json(...words);
  assert.equal(comparisons.length, 1);
  const [a, b] = adaptations.map(({ metrics }: { metrics: { macroF1: { value: number } } }) => metrics.macroF1.value);
  assert.ok(Math.abs(comparisons[0].difference.value - (a - b)) < 1e-12);
  const lines = readFileSync(examples, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const own = lines.filter(({ adaptation }) => adaptation === maskOf("sentence"));
  assert.equal(own.length, 12);
  // Without context, equal sentences of different documents have equal losses; with it, they do not.
  const lossesOf = (name: string) => {
    const losses = new Map<string, Set<string>>();
    for (const { adaptation, sentences, label, losses: of } of lines)
      if (adaptation === maskOf(name))
        for (const [i, text] of sentences.entries()) {
          const key = `${text} ${label[i]}`;
          losses.set(key, (losses.get(key) ?? new Set()).add(of[i].toFixed(4)));
        }
    return Math.max(...[...losses.values()].map(({ size }) => size));
  };
  assert.equal(lossesOf("sentence"), 1);
  assert.ok(lossesOf("document") > 1);
});

test("a tagging model over RoBERTa is exported with a space before each word, as it was trained", async () => {
  const rows = ["good film", "bad dog not"].map((text) => ({ words: text.split(" "), tags: text.split(" ") }));
  const lines = `${[...rows, ...rows, ...rows].map((row) => JSON.stringify(row)).join("\n")}\n`;
  const of = (kind: "tagging" | "sentence") =>
    kind === "sentence"
      ? file
      : task({ kind, files: { train: "rows.jsonl" }, format: "jsonl" }, { "rows.jsonl": lines });
  for (const [kind, config] of [
    ["tagging", { add_prefix_space: true }],
    ["sentence", undefined],
  ] as const) {
    const base = path.resolve("test/fixtures/models/tiny-roberta");
    const name = `roberta-${kind}`;
    await json(...training(out(name), { base, file: of(kind) }, "--max-steps", "1"));
    const place = out(`exported-${name}`);
    await json("export", maskOf(name), "--out", place);
    const written = filesIn(place).includes("tokenizer_config.json")
      ? JSON.parse(readFileSync(path.join(place, "tokenizer_config.json"), "utf8"))
      : undefined;
    assert.deepEqual(written, config);
  }
});

test("rows that skip leaves out are said by train and by evaluate", async () => {
  const rows = ROWS.map(({ text, label }) => `${text},${label}`).join("\n");
  const skipping = task({ skip: true }, { "rows.csv": `text,label\n${rows}\nbad,\nodd\n` });
  const trained = await masklens(training(out("skipping"), { file: skipping }, "--max-steps", "1"));
  const said =
    /rows\.csv: 2 rows were left out \((no label: 1, wrong number of columns: 1|wrong number of columns: 1, no label: 1)\)\./;
  assert.match(trained.err, said);
  assert.match(readFileSync(path.join(out("skipping"), "log.jsonl"), "utf8"), /2 rows were left out/);
  const evaluated = await masklens(["evaluate", path.join(out("skipping"), "skipping.mask.safetensors")]);
  assert.match(evaluated.err, said);
});

const across = path.resolve("test/fixtures/families/tiny-bart");
const PAIRS = Array.from({ length: 12 }, (_, i) => `a ${"good ".repeat(i % 4)}film\t${"film ".repeat(1 + (i % 3))}`);
const pairs = task(
  { kind: "generation", metric: "perplexity", files: { train: "pairs.tsv" } },
  { "pairs.tsv": `source\ttarget\n${PAIRS.join("\n")}\n` },
);

test("info says how many layers each stack of an encoder–decoder has, and which the paper's recipe masks", async () => {
  const { code, out: printed } = await masklens(["info", "test/fixtures/families/tiny-t5"]);
  assert.equal(code, 0);
  assert.match(printed, /^tiny-t5: t5 with 2 encoder and 2 decoder layers of hidden size 16, 4 attention heads/);
  assert.match(printed, /tokens, any number per example\n/);
  assert.match(printed, /masked in the paper's recipe +layers E0-1, D0-1\nkinds of task +generation\n/);
  const { stacks, layers, encoderLayers, positions } = await json("info", across);
  assert.deepEqual(
    { stacks, layers, encoderLayers, positions },
    {
      ...{ stacks: "encoder-decoder", layers: 4, encoderLayers: 2, positions: 40 },
    },
  );
});

test("a mask of cross attention learns a generation task, and is evaluated as in its run", async () => {
  const run = await json(
    ...training(out("generated"), { base: across, file: pairs }, "--layers", "D", "--kinds", "CQ,CV,CAO"),
  );
  assert.match(run.adaptation, /generated\.mask\.safetensors$/);
  const { adaptations } = await json("evaluate", maskOf("generated"));
  assert.deepEqual(adaptations[0].metrics.perplexity, run.test.perplexity);
  assert.ok(run.test.perplexity.value > 1 && run.test.chrf.value >= 0);
  const log = readFileSync(path.join(out("generated"), "log.jsonl"), "utf8")
    .split("\n")
    .slice(0, -1);
  const said = log.map((line) => JSON.parse(line)).find(({ type }) => type === "pretrained");
  assert.deepEqual(said.metrics, run.pretrained);
  assert.equal(run.pretrained.examples, run.validation.examples);
  assert.notEqual(run.pretrained.perplexity.value, run.validation.perplexity.value);
  const lines = out("generated.jsonl");
  assert.equal((await masklens(["evaluate", maskOf("generated"), "--examples", lines])).code, 0);
  const written = readFileSync(lines, "utf8").split("\n").slice(0, -1);
  assert.equal(written.length, run.test.examples);
  assert.deepEqual(Object.keys(JSON.parse(written[0]!)), [
    ...["adaptation", "example", "source", "target", "generated", "loss"],
  ]);
  const voting = await masklens(["evaluate", maskOf("generated"), maskOf("generated"), "--ensembles"]);
  assert.equal(voting.code, 2);
  assert.match(voting.err, /a generation task has no labels to vote on; omit --ensembles/);
  const { value } = adaptations[0].pretrained.perplexity;
  assert.ok(value > 1 && value !== run.pretrained.perplexity.value);
  const effect = await masklens(["effect", maskOf("generated")]);
  assert.match(effect.err, /a generation task has no labels, and effects are measured on predicted labels; use an ada/);
  const { matrices } = await json("info", maskOf("generated"));
  assert.deepEqual(
    new Set(matrices.map(({ name }: { name: string }) => name.replace(/\d/, "N"))),
    new Set(["q", "v", "out"].map((kind) => `decoder.layers.N.encoder_attn.${kind}_proj.weight`)),
  );
});

test("texts are not classified by an encoder–decoder", async () => {
  const { code, err } = await masklens(training(out("classified"), { base: across }));
  assert.equal(code, 2);
  assert.match(err, /this is a sentence task, but the model is an encoder–decoder; use an encoder or a decoder\.\n$/);
});
