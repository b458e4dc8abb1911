// The command line over masks, tasks and runs whose every name tries to be more than text.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { HOSTILE, UNSAFE } from "../hostile-strings.ts";
import { hostileMask } from "../mask/hostile-mask.ts";
import { type Ended, folder, masklens, task, training } from "./run.ts";

/** Nothing that a terminal heeds, hides or reorders, and no line without end. */
function assertPlain({ out, err }: Ended): void {
  for (const text of [out, err]) {
    const at = UNSAFE.exec(text)?.index;
    assert.equal(at, undefined, JSON.stringify(text.slice(Math.max(0, (at ?? 0) - 60), (at ?? 0) + 20)));
  }
  for (const line of out.split("\n")) if (!line.startsWith("{")) assert.ok(line.length < 3000, line.slice(0, 200));
}

test("info shows a mask's names as text and nothing else, whatever they are, and --json has them as they are", async () => {
  const place = folder();
  for (let i = 0; i < HOSTILE.length; i += 25) {
    const strings = HOSTILE.slice(i, i + 25);
    const file = path.join(place, `${i}.mask.safetensors`);
    await hostileMask(file, strings);
    const shown = await masklens(["info", file]);
    assert.equal(shown.code, 0, shown.err);
    assertPlain(shown);
    const json = await masklens(["info", file, "--json"]);
    assertPlain(json);
    const { task } = JSON.parse(json.out);
    assert.deepEqual(task.labels, [...new Set(strings), "other"]);
  }
});

test("info shows a task's labels and notes as text, and a run's folder and log, whatever they hold", async () => {
  const labels = HOSTILE.filter((label) => /[a-z]/i.test(label) && label.length < 300 && !/^(null|nan)$/i.test(label));
  const rows = labels.flatMap((label) => [0, 1, 2].map((i) => JSON.stringify({ text: `row ${i}`, label })));
  const file = task({ files: { train: "rows.jsonl" } }, { "rows.jsonl": `${rows.join("\n")}\n` });
  for (const words of [
    ["info", file],
    ["info", file, "--json"],
  ]) {
    const shown = await masklens(words);
    assertPlain(shown);
    assert.equal(shown.code, 0, shown.err);
  }
  for (const [i, text] of HOSTILE.entries()) {
    if (i % 30) continue;
    const log = [
      { type: "start", run: text, step: 0, steps: text, examples: {}, cut: {}, labels: [] },
      { type: "note", text },
      { type: "step", step: text, loss: 1, sparsity: null, secondsLeft: 1 },
      { type: "evaluation", split: text, step: text, value: 0.5, best: true, metrics: {} },
    ];
    const run = folder({
      "run.json": JSON.stringify({ task: text, model: text, [text]: text }),
      "log.jsonl": `${log.map((event) => JSON.stringify(event)).join("\n")}\n`,
    });
    assertPlain(await masklens(["info", run]));
    assertPlain(await masklens(["info", run, "--json"]));
  }
});

test("diff shows masks by files and tasks of any name as text", async () => {
  const place = folder();
  const names = HOSTILE.filter(
    (name) => name && !/[/\0]/.test(name) && Buffer.byteLength(name) < 200 && !/\p{Cs}/u.test(name),
  );
  const files: string[] = [];
  for (const [i, name] of names.entries()) {
    if (i % 6) continue;
    const file = path.join(place, `${name}.mask.safetensors`);
    await hostileMask(file, [name, "same"], 1 + (i % 3));
    files.push(file);
  }
  for (const more of [[], ["--json"], ["--against", ...files.slice(0, 8), "--related", `${names[3]},${names[4]}`]]) {
    const shown = await masklens(["diff", ...files.slice(0, 12), ...more]);
    assert.equal(shown.code, 0, shown.err);
    assertPlain(shown);
  }
  for (const file of files.slice(12, 16)) assertPlain(await masklens(["diff", files[0]!, file]));
});

test("what is trained on hostile labels is told, evaluated and predicted as text", async () => {
  const labels = HOSTILE.filter((label) => /[a-z]{2}/i.test(label.slice(0, 300)) && label === label.trim()).slice(
    0,
    60,
  );
  const rows = labels.flatMap((label, i) =>
    [0, 1, 2].map((j) => JSON.stringify({ text: `good ${"bad ".repeat(i % 5)}film ${j}`, label })),
  );
  const data = `${rows.join("\n")}\n`;
  const files = { train: "rows.jsonl", validation: "rows.jsonl", test: "rows.jsonl" };
  const file = task({ files, metric: "macroF1" }, { "rows.jsonl": data });
  const out = path.join(folder(), "run \u202e\u001b[1m");
  const trained = await masklens(training(out, { file }, "--max-steps", "2"));
  assert.equal(trained.code, 0, trained.err);
  assertPlain(trained);
  const adaptation = path.join(out, readdirSync(out).find((name) => name.endsWith(".mask.safetensors"))!);
  for (const words of [
    ["evaluate", adaptation],
    ["evaluate", adaptation, "--json"],
    ["info", out],
    ["info", out, "--json"],
  ]) {
    const shown = await masklens(words);
    assert.equal(shown.code, 0, shown.err);
    assertPlain(shown);
  }
  const input = HOSTILE.filter((text) => !text.includes("\n")).join("\n");
  const predicted = await masklens(["predict", adaptation], { input });
  assert.equal(predicted.code, 0, predicted.err);
  assertPlain(predicted);
  for (const line of predicted.out.trimEnd().split("\n")) assert.equal(typeof JSON.parse(line).label, "string");
});

test("an error that quotes a file's own words is one line of text", async () => {
  for (const [i, text] of HOSTILE.entries()) {
    if (i % 30) continue;
    for (const words of [
      ["info", task({ metric: text })],
      ["info", task({ [text]: 1 })],
      ["info", task({ name: text, columns: { text, label: text } })],
      ["info", task({ files: { train: text } })],
    ]) {
      const ended = await masklens(words);
      assertPlain(ended);
      if (ended.code === 0) continue;
      assert.equal(ended.code, 2, ended.err);
      assert.equal(ended.err.split("\n").length, 2, ended.err);
      assert.ok(ended.err.length < 3000, ended.err);
    }
  }
});

test("commands write through the terminal's own functions alone", () => {
  // What remains are the streams and `terminal.ts`, the bar that draws over itself, and what Ctrl+C says.
  const allowed = new Set([
    "terminal.ts",
    "streams.ts",
    "progress.ts",
    "compute.ts",
    path.join("study", "progress.ts"),
  ]);
  for (const name of readdirSync("src/cli", { recursive: true }).map(String))
    if (name.endsWith(".ts") && !allowed.has(name))
      assert.doesNotMatch(readFileSync(path.join("src/cli", name), "utf8"), /\.write\(|console\./, name);
});
