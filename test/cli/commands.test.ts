// Commands over two masks that were trained before: what info, diff, evaluate, predict and export say of them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { encodeExample } from "../../src/data/encode.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { filesIn, folder, masklens, ROWS, TINY, task, training } from "./run.ts";
import { json, maskOf, out } from "./trained.ts";

const file = task();

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Runs an ONNX file over one row of pieces, padded to the file's length, in a process that knows nothing of this project. */
const RUN_ONNX = `
  import { readFileSync } from "node:fs";
  import { InferenceSession, Tensor } from "onnxruntime-node";
  const { file, ids } = JSON.parse(readFileSync(0, "utf8"));
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const [, length] = session.inputMetadata[0].shape;
  const row = (values) => new Tensor("int64", BigInt64Array.from({ length }, (_, i) => BigInt(values[i] ?? 0)), [1, length]);
  const feeds = { input_ids: row(ids), attention_mask: row(ids.map(() => 1)), token_type_ids: row([]) };
  const { logits } = await session.run(feeds);
  console.log(JSON.stringify({ inputs: session.inputNames, logits: [...logits.data] }));
`;

before(async () => {
  const result = await json(...training(out("one"), { file }, "--layers", "all"));
  assert.equal(result.adaptation, maskOf("one"));
  assert.deepEqual(Object.keys(result).sort(), [
    ...["adaptation", "bytes", "seconds", "sparsity", "steps", "test", "validation"],
  ]);
  await json(...training(out("two"), { file }, "--mask-seed", "2", "--seed", "2"));
});

test("a stopped run exits with 130 and goes on to the mask of an uninterrupted one", async () => {
  const words = training(out("stopped"), { file }, "--layers", "all");
  const stopped = await masklens(words, { interruptAt: /step 1\// });
  assert.equal(stopped.code, 130, stopped.err);
  assert.match(stopped.err, /stopping after this step/);
  assert.match(stopped.err, /masklens: stopped; to resume: masklens train --resume \S+stopped\n$/);
  assert.ok(filesIn(out("stopped")).includes("checkpoint.safetensors"));
  await json("train", "--resume", out("stopped"));
  assert.equal(sha256(maskOf("stopped")), sha256(maskOf("one")));
});

test("a run's own run.json trains the same mask again", async () => {
  const again = JSON.parse(readFileSync(path.join(out("one"), "run.json"), "utf8"));
  const place = folder({ "run.json": JSON.stringify({ ...again, out: out("again") }) });
  await json("train", "--run", path.join(place, "run.json"));
  assert.equal(sha256(maskOf("again")), sha256(maskOf("one")));
});

test("info on a mask says what training changed by matrix and head, and on a model, task and run what they are", async () => {
  const mask = await json("info", maskOf("one"));
  assert.equal(mask.format, "mask");
  assert.equal(mask.matrices.length, 3 * 6 + 2);
  for (const key of [
    "name",
    "layer",
    "kind",
    "rows",
    "columns",
    "sparsity",
    "pruned",
    "regrown",
    "expected",
    "effect",
    "z",
    "phi",
    "marked",
  ])
    assert.ok(key in mask.matrices[0], key);
  assert.deepEqual([mask.heads.length, mask.heads[4].kind], [3 * 4 * 5, "all"]);
  const model = await json("info", TINY);
  assert.deepEqual([model.format, model.layers, model.hiddenSize, model.heads], ["model", 3, 32, 4]);
  assert.equal(model.maskable, 3 * (4 * 32 * 32 + 2 * 32 * 64) + 32 * 32);
  assert.deepEqual((await json("info", file)).examples, { train: 32, validation: 4, test: 4 });
  const run = await json("info", out("one"));
  assert.deepEqual([run.format, run.state, run.step], ["run", "done", 4]);
  const { out: text } = await masklens(["info", maskOf("one")]);
  assert.match(text, /Training pruned [\d,]+ weights .* and regrew [\d,]+/);
  assert.match(text, /Pruned, % of the weights that were on in the initial mask\n +Q +K +V +AO +I +O +P +T\n/);
  const heads = [...text.matchAll(/^head (L\dH\d)\b/gm)].map(([, head]) => head);
  assert.deepEqual([heads.length, new Set(heads).size], [10, 10], "the ten furthest of twelve");
});

test("diff gives lift, z, d and chance whole, by layer and by kind, on what both masks share", async () => {
  const { pairs } = await json("diff", maskOf("one"), maskOf("two"));
  const [pair] = pairs;
  assert.deepEqual([pair.sameMaskSeed, pair.sameRunSeed], [false, false]);
  assert.ok(
    pair.lift.low < pair.lift.value &&
      pair.lift.value < pair.lift.high &&
      pair.d > 0 &&
      Math.abs(pair.d / pair.chance - 1) < 0.2,
  );
  assert.deepEqual(
    pair.layers.map(({ layer }: { layer: number }) => layer),
    [0, 1, 2],
  );
  const { out: text } = await masklens(["diff", maskOf("one"), maskOf("one")]);
  assert.match(text, /both masks were trained with the same mask seed/);
});

test("evaluate gives the score that training wrote into the file", async () => {
  const { adaptations } = await json("evaluate", maskOf("one"), maskOf("two"));
  const [first, second] = adaptations;
  for (const [evaluation, name] of [
    [first, "one"],
    [second, "two"],
  ]) {
    const { header } = decodeSafetensors(readFileSync(maskOf(name)), name);
    assert.deepEqual(evaluation.metrics, JSON.parse(header.metadata.metrics!).test);
  }
});

test("evaluate compares what it evaluated on the same examples, and nothing else", async () => {
  const files = [maskOf("one"), maskOf("two"), maskOf("one")];
  const { adaptations, comparisons } = await json("evaluate", ...files.slice(0, 2), "--split", "validation");
  const accuracy = adaptations.map(
    ({ metrics }: { metrics: { accuracy: { value: number } } }) => metrics.accuracy.value,
  );
  const [{ a, b, metric, difference, mcnemar }, ...more] = comparisons;
  assert.deepEqual([a, b, metric, more], [maskOf("one"), maskOf("two"), "accuracy", []]);
  assert.ok(Math.abs(difference.value - (accuracy[0] - accuracy[1])) < 1e-12);
  assert.ok(Math.abs((mcnemar.onlyA - mcnemar.onlyB) / 4 - difference.value) < 1e-12);
  const { code, out: text, err } = await masklens(["evaluate", ...files]);
  assert.equal(code, 0, err);
  assert.match(text, /Differences on the same examples, in points, with a 95 % interval/);
  assert.equal(text.match(/ − /g)!.length >= 3, true, text);
  assert.match(text, /one\.mask\.safetensors − \S+one\.mask\.safetensors: no interval: every bootstrap sample gives/);
  assert.match(
    text,
    / p +p \(Holm\)\n[\s\S]*McNemar's exact test.*\. p \(Holm\): corrected for the 3 comparisons\.\n$/,
  );
  const alone = await masklens(["evaluate", maskOf("one")]);
  assert.doesNotMatch(alone.out, /Differences/);
  const other = task();
  const apart = await json(...training(out("apart"), { file: other }, "--max-steps", "1"));
  assert.deepEqual((await json("evaluate", maskOf("one"), apart.adaptation)).comparisons, []);
});

test("evaluate adds labels and calibration to its JSON, and writes each example with its probabilities to a file", async () => {
  const lines = path.join(folder({}), "examples.jsonl");
  const files = [maskOf("one"), maskOf("two")];
  const { adaptations } = await json("evaluate", ...files, "--split", "validation", "--examples", lines);
  const [{ details, metrics }] = adaptations;
  const { labels, confusion, calibration } = details;
  const { examples, accuracy } = metrics;
  assert.deepEqual(
    labels.map(({ support }: { support: number }, k: number) => support - sum(confusion.counts[k])),
    labels.map(() => 0),
  );
  assert.ok(
    Math.abs(sum(confusion.counts.map((row: number[], k: number) => row[k]!)) / examples - accuracy.value) < 1e-12,
  );
  assert.deepEqual(calibration.predictions, examples);
  const written = readFileSync(lines, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    written.map(({ adaptation, example }) => [adaptation, example]),
    files.flatMap((adaptation) => Array.from({ length: examples }, (_, example) => [adaptation, example])),
  );
  const own = written.slice(0, examples);
  for (const { label, prediction, probabilities, loss, text } of own) {
    assert.equal(typeof text, "string");
    assert.ok(Math.abs(sum(Object.values(probabilities as Record<string, number>)) - 1) < 1e-5);
    assert.equal(probabilities[prediction], Math.max(...Object.values(probabilities as Record<string, number>)));
    assert.ok(Math.abs(loss + Math.log(probabilities[label])) < 1e-4);
  }
  assert.equal(own.filter(({ label, prediction }) => label === prediction).length / examples, accuracy.value);
  assert.ok(Math.abs(sum(own.map(({ loss }) => loss)) / examples - calibration.negativeLogLikelihood.value) < 1e-4);
  const text = await masklens(["evaluate", maskOf("one")]);
  assert.doesNotMatch(text.out, /precision|calibration/); // the text stays short
  const nowhere = await masklens(["evaluate", maskOf("one"), "--examples", path.join(lines, "below-a-file")]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /^masklens: .*below-a-file: .*; .*$/m);
});

test("a run on permuted labels is named a control wherever it is shown, and is the same each time", async () => {
  const words = (name: string, seed: string) =>
    training(out(name), { file }, "--max-steps", "4", "--permute-labels", seed);
  const { code, err, out: printed } = await masklens(words("control", "3"));
  assert.equal(code, 0, err);
  const told =
    /^Control: the labels of the training examples were permuted with seed 3, so there is no task to learn\. Validation and test labels are unchanged\.$/m;
  assert.match(err, told);
  assert.match(printed, /control\.mask\.safetensors \(control: labels permuted with seed 3\): /);
  const log = readFileSync(path.join(out("control"), "log.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  assert.ok(log.map((line) => JSON.parse(line)).some(({ type, text }) => type === "note" && told.test(text)));
  const { header } = decodeSafetensors(readFileSync(maskOf("control")), "control");
  assert.equal(JSON.parse(header.metadata.run!).permuteLabels, 3);
  assert.equal((await json("info", maskOf("control"))).permuteLabels, 3);
  assert.equal((await json("info", maskOf("one"))).permuteLabels, null);
  for (const words of [
    ["info", maskOf("control")],
    ["info", out("control")],
    ["evaluate", maskOf("control")],
  ])
    assert.match((await masklens(words)).out, /\(control: labels permuted with seed 3\)/, words.join(" "));
  await json(...words("permuted-again", "3"));
  await json(...words("permuted-other", "4"));
  assert.equal(sha256(maskOf("permuted-again")), sha256(maskOf("control")));
  assert.notEqual(sha256(maskOf("permuted-other")), sha256(maskOf("control")));
});

test("predict answers each line under each adaptation, in order", async () => {
  const { code, out: printed } = await masklens(["predict", maskOf("one"), maskOf("two")], {
    input: `${ROWS[0]!.text}\n${ROWS[1]!.text}\n`,
  });
  assert.equal(code, 0);
  const answers = printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    answers.map(({ text, adaptation }) => [text, path.basename(adaptation, ".mask.safetensors")]),
    [0, 1].flatMap((row) => ["one", "two"].map((name) => [ROWS[row]!.text, name])),
  );
  for (const { label, probabilities } of answers) {
    assert.ok(Math.abs(probabilities.no + probabilities.yes - 1) < 1e-6);
    assert.equal(label, probabilities.yes > probabilities.no ? "yes" : "no");
  }
});

test("predict adds the evidence of each token, and its check, where they are asked for", async () => {
  const printed = async (...flags: readonly string[]) => {
    const { code, out } = await masklens(["predict", maskOf("one"), ...flags], { input: `${ROWS[0]!.text}\n` });
    assert.equal(code, 0);
    return JSON.parse(out);
  };
  const [plain, explained, checked] = [await printed(), await printed("--evidence"), await printed("--deletion")];
  const { explained: label, logOdds, logOddsWithoutWords, evidence, ...rest } = explained;
  assert.deepEqual(rest, plain);
  assert.equal(label, plain.label);
  const p = plain.probabilities[label];
  assert.ok(Math.abs(logOdds - Math.log(p / (1 - p))) < 1e-5);
  assert.equal(typeof logOddsWithoutWords, "number");
  assert.deepEqual([evidence[0].token, evidence[0].special, evidence.at(-1).token], ["[CLS]", true, "[SEP]"]);
  const { deletion, ...others } = checked;
  assert.deepEqual(others, explained);
  assert.equal(deletion.deleted.at(-1), evidence.length - 2);
  assert.ok(Math.abs(deletion.largestFirst[0] - p) < 1e-6);
});

test("predict splits its input as files are split, and answers an empty line, too", async () => {
  const first = "good\u2028film\rnot\u0085bad";
  const { code, out: printed } = await masklens(["predict", maskOf("one")], { input: `\ufeff${first}\r\n\nthe dog` });
  assert.equal(code, 0);
  assert.doesNotMatch(printed, /[\u0085\u2028]/, "every reader of lines finds one answer a line");
  const answers = printed.trimEnd().split("\n");
  assert.deepEqual(
    answers.map((line) => JSON.parse(line).text),
    [first, "", "the dog"],
  );
});

test("predict refuses input that is not UTF-8, naming line and byte", async () => {
  const input = Buffer.from("good film\ncaf\xe9\n", "latin1");
  const { code, err } = await masklens(["predict", maskOf("one")], { input });
  assert.equal(code, 2);
  assert.equal(
    err,
    "masklens: standard input, line 2: byte 13 of the input (0xe9) is not UTF-8; encode the texts as UTF-8.\n",
  );
});

test("info tells how many examples a task's labels have in each split, what was left out, and what to know", async () => {
  const file = task(
    { skip: true, files: { train: "t.csv", validation: "t.csv", test: "v.csv" } },
    { "t.csv": "text;label\na;no\nb; yes\nc\nd;no\n", "v.csv": "text;label\na;no\nb;-\n" },
  );
  const { code, out: printed } = await masklens(["info", file]);
  assert.equal(code, 0);
  assert.match(printed, /^examples +3 +3 +1$/m);
  assert.match(printed, /^no +2 +2 +1$/m);
  assert.match(printed, /^yes +1 +1 +0$/m);
  assert.match(printed, /^t\.csv: 1 row was left out \(wrong number of columns: 1\)\.$/m);
  assert.match(printed, /^v\.csv: 1 row was left out \(no label: 1\)\.$/m);
  assert.match(printed, /^t\.csv: Whitespace around labels was removed \(1 example: "yes"\)\.$/m);
  const information = JSON.parse((await masklens(["info", file, "--json"])).out);
  assert.deepEqual(information.labels, ["no", "yes"]);
  assert.deepEqual(information.labelCounts, { train: [2, 1], validation: [2, 1], test: [1, 0] });
  assert.deepEqual(information.skipped.test, [{ reason: "no label", count: 1 }]);
  assert.ok(information.notes.includes("t.csv: Columns are separated by a semicolon"));
});

test("export writes the masked model in the Hub's layout, zeros where the mask drops", async () => {
  const place = out("exported");
  const { architecture } = await json("export", maskOf("one"), "--out", place);
  assert.equal(architecture, "BertForSequenceClassification");
  assert.deepEqual(filesIn(place), ["config.json", "model.safetensors", "tokenizer.json"]);
  const config = JSON.parse(readFileSync(path.join(place, "config.json"), "utf8"));
  assert.deepEqual(config.id2label, { 0: "no", 1: "yes" });
  const bytes = readFileSync(path.join(place, "model.safetensors"));
  const { header, bytesOf } = decodeSafetensors(bytes, place);
  const name = "encoder.layer.0.output.dense.weight";
  const written = new Float32Array(new Uint8Array(bytesOf(`bert.${name}`)).buffer);
  const zeros = written.filter((weight) => weight === 0).length / written.length;
  const { matrices } = await json("info", maskOf("one"));
  assert.equal(zeros, matrices.find((matrix: { name: string }) => matrix.name === name).sparsity);
  assert.ok(header.entries.has("bert.pooler.dense.weight") && header.entries.has("classifier.bias"));
});

test("an exported ONNX file gives any runtime the probabilities that predict gives", async () => {
  const place = out("exported-onnx");
  await json("export", maskOf("one"), "--out", place, "--format", "onnx");
  assert.deepEqual(filesIn(place), ["config.json", "model.onnx", "tokenizer.json"]);
  const tokenizer = await loadTokenizer(place);
  const { out: printed } = await masklens(["predict", maskOf("one")], {
    input: `${ROWS[0]!.text}\n${ROWS[1]!.text}\n`,
  });
  for (const line of printed.trimEnd().split("\n")) {
    const { text, probabilities } = JSON.parse(line);
    const ids = encodeExample("sentence", { text, label: 0 }, tokenizer, 16)[0]!.sequences[0]!.ids;
    const { inputs, logits } = JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", RUN_ONNX], {
        input: JSON.stringify({ file: path.join(place, "model.onnx"), ids }),
        encoding: "utf8",
      }),
    );
    assert.deepEqual(inputs, ["input_ids", "attention_mask", "token_type_ids"]);
    const yes = 1 / (1 + Math.exp(logits[0] - logits[1]));
    assert.ok(Math.abs(yes - probabilities.yes) < 1e-5, `${yes} is not ${probabilities.yes}`);
  }
});

test("a task whose labels have other names is matched by position, said; in another order it is refused", async () => {
  const named = (no: string, yes: string, labels?: string[]) => {
    const rows = ROWS.map(({ text, label }) => `${text},${label === "no" ? no : yes}`).join("\n");
    return task({ ...(labels && { labels }) }, { "rows.csv": `text,label\n${rows}\n` });
  };
  const evaluate = (file: string) => masklens(["evaluate", maskOf("one"), "--task", file, "--json"]);
  const other = await evaluate(named("bad", "good"));
  assert.equal(other.code, 0, other.err);
  assert.match(other.err, /The task's labels were matched with the adaptation's by position: bad = no, good = yes\./);
  const same = await evaluate(named("No", "YES"));
  assert.doesNotMatch(same.err, /by position/);
  const accuracy = ({ out: printed }: { out: string }) => JSON.parse(printed).adaptations[0].metrics.accuracy;
  assert.deepEqual(accuracy(same), accuracy(other));
  const turned = await evaluate(named("No", "Yes", ["Yes", "No"]));
  assert.equal(turned.code, 2);
  assert.match(
    turned.err,
    /the task's labels are Yes, No, but the adaptation's labels, in order, are no, yes; set "labels": \["no","yes"\] in the task file/,
  );
});

test("predict says how many lines were truncated", async () => {
  const { code, err } = await masklens(["predict", maskOf("one")], { input: `good film\n${"good ".repeat(200)}\n` });
  assert.equal(code, 0, err);
  assert.match(err, /^1 line was longer than the maximum length of \S+ and truncated\n$/m);
});

test("adaptations of one task decide together when they are asked to, beside the mean of the members", async () => {
  const files = [maskOf("one"), maskOf("two")];
  const { adaptations, ensembles } = await json("evaluate", ...files, "--ensembles");
  assert.deepEqual(
    ensembles.map((one: { adaptations: string[] }) => one.adaptations),
    [files],
  );
  const members = adaptations.map((one: { metrics: { accuracy: { value: number } } }) => one.metrics.accuracy.value);
  for (const { by, metrics, difference } of ensembles[0].votes)
    assert.ok(Math.abs(difference.value - (metrics.accuracy.value - (members[0] + members[1]) / 2)) < 1e-12, by);
  const { out: printed } = await masklens(["evaluate", ...files, "--ensembles"]);
  assert.match(printed, /vote together\nensemble {2}.*accuracy, %.*\n─+.*\nsum of logits +\d+/);
  assert.match(
    printed,
    /\nMinus the mean of the members on the same examples, in points, .*: sum of logits [+−\d.]+ \(/,
  );
  assert.equal((await json("evaluate", ...files)).ensembles, undefined);
});
