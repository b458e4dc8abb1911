// What predict generates with adaptations of language and generation tasks over a tiny decoder.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { folder, masklens, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const STORIES = "test/fixtures/texts/tasks/weather.task.json";
const DECODER = "test/fixtures/families/tiny-llama";
const ROWS = Array.from({ length: 24 }, (_, i) => ({ source: `word ${i % 7}`, target: `${i % 7} words` }));
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Trains a mask of a task of these rows for two steps. */
async function trained(name: string, kind: string, rows: readonly object[]): Promise<void> {
  const file = task({ name, kind, metric: undefined, files: { train: "rows.jsonl" } }, { "rows.jsonl": lines(rows) });
  await json(...training(out(name), { base: DECODER, file }, "--max-steps", "2", "--max-length", "48"));
}

before(async () => {
  await trained("answers", "generation", ROWS);
  await trained(
    "stories",
    "language",
    ROWS.map(({ source, target }) => ({ text: `${source} ${target}` })),
  );
});

interface Line {
  readonly text: string;
  readonly adaptation: string;
  readonly generated: string;
  readonly finish: string;
  readonly tokens: number;
  readonly logProbability: number;
}

async function generated(words: readonly string[], input: string): Promise<Line[]> {
  const { code, out: printed, err } = await masklens(["predict", ...words], { input });
  assert.equal(code, 0, err);
  return printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("each line is answered under each adaptation, with why and after how many tokens its text ended", async () => {
  const found = await generated([maskOf("answers"), maskOf("stories"), "--max-new-tokens", "5"], "word 1\nword 2\n\n");
  assert.deepEqual(
    found.map(({ text, adaptation }) => [text, adaptation]),
    ["word 1", "word 2", ""].flatMap((text) => ["answers", "stories"].map((name) => [text, maskOf(name)])),
  );
  for (const line of found) {
    const keys = ["text", "adaptation", "generated", "finish", "tokens", "logProbability", "promptTokens", "cut"];
    assert.deepEqual(Object.keys(line), keys);
    assert.ok(line.finish === "length" ? line.tokens === 5 : line.finish === "end" && line.tokens <= 5, line.finish);
    assert.ok(line.logProbability < 0);
  }
});

test("effects and paths, which are measured on predicted labels, are refused in one sentence", async () => {
  const two = [maskOf("answers"), maskOf("stories")] as const;
  for (const [words, kind] of [
    [["effect", two[0]], "generation"],
    [["landscape", ...two], "generation"],
    [["landscape", two[1], two[1]], "language"],
  ] as const) {
    const { code, out: printed, err } = await masklens(words);
    assert.deepEqual([code, printed], [2, ""], err);
    assert.match(
      err,
      new RegExp(`safetensors: a ${kind} task has no labels, and (effects|paths) are measured on .*\n$`),
    );
  }
});

test("a run that would train nothing, and options about labels, are refused for a task without labels", async () => {
  for (const [words, what] of [
    [["--preset", "head"], /a language task has no classifier, so nothing would be trained; use method mask/],
    [["--distill", `teacher=${maskOf("stories")}`], /a language task has no labels, and only logits of labels/],
    [["--label-words", "one,two"], /a language task does not classify texts, so labels have no words/],
  ] as const) {
    const { code, err } = await masklens([...training(out("refused"), { base: DECODER, file: STORIES }), ...words]);
    assert.equal(code, 2, err);
    assert.match(err, what);
  }
  const place = path.join(folder(), "study");
  const words = ["study", "new", "method-comparison", "--model", DECODER, "--task", STORIES, "--out", place];
  const { err } = await masklens(words);
  assert.match(err, /classifier-only and random-mask are left out, .* tasks without labels lack\.\n$/);
  const { methods } = JSON.parse(readFileSync(path.join(place, "study.json"), "utf8")) as { methods: object[] };
  assert.equal(methods.length, 5);
});

test("a decoder that classifies refuses an empty line of which it would read no token", async () => {
  const base = "test/fixtures/families/tiny-gpt2";
  await json(...training(out("last"), { base, file: task() }, "--max-steps", "1"));
  const { code, out: printed, err } = await masklens(["predict", maskOf("last")], { input: "a\n\n" });
  assert.deepEqual([code, printed], [2, ""], err);
  assert.match(err, /an empty text has no token to classify, because the model's tokenizer adds none; write a text/);
});

test("a sample follows from seed and line, whatever is asked beside it", async () => {
  const draws = ["--temperature", "2", "--max-new-tokens", "12"];
  const [answers, stories] = [maskOf("answers"), maskOf("stories")];
  const alone = await generated([stories, ...draws], "one\ntwo\ntwo\n");
  const beside = await generated([answers, stories, ...draws, "--seed", "1"], "one\ntwo\ntwo\n");
  assert.deepEqual(
    beside.filter(({ adaptation }) => adaptation === stories).map((line) => line.generated),
    alone.map((line) => line.generated),
  );
  assert.notEqual(alone[1]!.generated, alone[2]!.generated);
  const asked = ["one", "two", "two"].map((text) => JSON.stringify({ text, adaptation: stories }));
  const requested = await generated([stories, "--requests", ...draws], asked.join("\n"));
  assert.deepEqual(
    requested.map((line) => line.generated),
    alone.map((line) => line.generated),
  );
  const other = await generated([stories, ...draws, "--seed", "2"], "one\n");
  assert.notEqual(other[0]!.generated, alone[0]!.generated);
});

test("a stop string ends a text before it, and beams find no less likely text", async () => {
  const stories = maskOf("stories");
  const draws = ["--temperature", "2", "--max-new-tokens", "40", "--top-k", "0"];
  const [long] = (await generated([stories, ...draws], "word\n")) as [Line];
  const stop = [...long.generated].find((letter, i) => i > 1 && /\w/.test(letter))!;
  const [short] = (await generated([stories, ...draws, "--stop", "never", "--stop", stop], "word\n")) as [Line];
  assert.equal(short.finish, "stop");
  assert.equal(short.generated, long.generated.slice(0, long.generated.indexOf(stop)));
  const plain = ["--max-new-tokens", "1"];
  const [greedy] = (await generated([stories, "--temperature", "0", ...plain], "word\n")) as [Line];
  const [beam] = (await generated([stories, "--beams", "4", ...plain], "word\n")) as [Line];
  assert.ok(beam.logProbability >= greedy.logProbability - 1e-5);
});

test("--text prints the text alone, and why it ended on standard error", async () => {
  const words = [maskOf("stories"), "--max-new-tokens", "4"];
  const [line] = (await generated(words, "word\n")) as [Line];
  const { code, out: printed, err } = await masklens(["predict", ...words, "--text"], { input: "word\n" });
  assert.equal(code, 0, err);
  assert.equal(
    printed.replace(/\\x[\da-f]{2}|\\u[\da-f]{4}/g, ""),
    `${line.generated.replace(/[\p{Cc}\p{Cf}]/gu, "")}\n`,
  );
  assert.match(err, /^stopped at the (maximum length|end token) after \d tokens? \([\d.]+ tokens\/s\)\n$/);
});

test("Ctrl+C ends the text that is being generated and says so", async () => {
  const words = ["predict", maskOf("stories"), "--max-new-tokens", "1000000", "--temperature", "50", "--top-k", "0"];
  const input = "word\n".repeat(400);
  const { code, err } = await masklens([...words, "--text"], { input, interruptAt: /stopped at/ });
  assert.equal(code, 130, err);
  assert.match(err, /stopping after this step/);
});

test("flags that are about generated texts are refused for classifiers, and the other way round", async () => {
  const classifier = maskOf("one");
  await json(...training(out("one"), undefined, "--max-steps", "1"));
  const refused = async (words: readonly string[], message: RegExp) => {
    const { code, out: printed, err } = await masklens(words, { input: "word\n", cwd: folder() });
    assert.deepEqual([code, printed], [2, ""], err);
    assert.match(err, message);
  };
  const stories = maskOf("stories");
  await refused(["predict", classifier, "--beams", "2"], /--beams is about generated texts, but these adaptations cl/);
  await refused(["predict", stories, "--evidence"], /--evidence explains a predicted label, but stories generates/);
  await refused(["predict", stories, classifier, "--text"], /--text prints the texts of one adaptation, but 2 are/);
  await refused(
    ["predict", stories, "--beams", "2", "--top-p", "0.5"],
    /--beams 2 does not draw at random, but --top-p/,
  );
  await refused(["predict", stories, "--beams", "0"], /"0" is not an integer from 1 to 256/);
  await refused(["predict", stories, "--stop", ""], /an empty string stops nothing/);
  await refused(["which", stories, maskOf("answers")], /none of the adaptations classifies single texts or pairs/);
});
