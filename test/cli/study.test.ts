// masklens study, as it is shipped.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { masksOf, resultsOf } from "../study/tiny.ts";
import { filesIn, folder, masklens, TINY, task } from "./run.ts";
import { json } from "./trained.ts";

const file = task();
const OPTIONS = { epochs: 2, batchSize: 8, learningRate: 0.05, layers: "all", evaluateEvery: 0 };

/** A new study over the tiny model. */
function study(keys: object = {}): string {
  return folder({ "study.json": JSON.stringify({ models: [TINY], tasks: [file], options: OPTIONS, ...keys }) });
}

const two = study({ seeds: [1, 2] });

test("a study is run, says what it needs, and is not trained twice", async () => {
  const { code, err, out } = await masklens(["study", "run", two, "--at-once", "2"]);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^2 cells, 0 done, 2 to train\nestimate: time unknown until the first steps are measured; .* of disk/,
  );
  assert.match(err, /^cell 001 started: mask, seed 1$/m);
  assert.match(err, /^cell 002 done, validation accuracy \d/m);
  assert.match(out, /^\d+: 2 cells: 2 done\n/);
  assert.match(out, /mask +2 of 2 +accuracy +[\d.]+ ± [\d.]+/);
  const again = await masklens(["study", "run", two]);
  assert.equal(again.err, "2 cells, 2 done, 0 to train\n");
  assert.equal(again.code, 0);
});

test("with --measure, the time is known before the first cell starts", async () => {
  const { code, err } = await masklens(["study", "run", study(), "--measure"]);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^measuring the first steps of 1 kind of cell\n1 cell, 0 done, 1 to train\nestimate: about \d+ s; .* of disk/,
  );
});

test("info shows a study by its folder or its file, in text and JSON", async () => {
  for (const place of [two, path.join(two, "study.json")]) {
    const { format, states, cells, groups } = await json("info", place);
    assert.deepEqual([format, states.done, cells.length, groups[0].validation.n], ["study", 2, 2, 2]);
  }
});

test("scalars are written as event files, a folder a cell", async () => {
  const out = folder();
  const { code, err } = await masklens(["study", "tensorboard", two, "--out", out]);
  assert.equal(code, 0, err);
  const name = "events.out.tfevents.0.masklens";
  assert.deepEqual(filesIn(out), ["001", `001/${name}`, "002", `002/${name}`]);
  const bytes = readFileSync(path.join(out, "001", name));
  assert.ok(bytes.includes("brain.Event:2") && bytes.includes("train/loss") && bytes.includes("test/accuracy"));
});

test("every error of every cell is printed, and nothing is started", async () => {
  const bad = study({ tasks: [file, "gone.task.json"], methods: ["mask", { method: "mask", layers: "9" }] });
  const { code, err } = await masklens(["study", "run", bad]);
  assert.equal(code, 2);
  const lines = err.trimEnd().split("\n");
  assert.equal(lines.length, 3, err);
  assert.match(err, /^cells 3–4: .*gone\.task\.json: there is no such file/m);
  assert.match(err, /^cell 2: layers: /m);
  assert.match(
    lines.at(-1)!,
    /^masklens: .*study\.json: nothing was started, because 3 cells cannot be trained for 2 re/,
  );
  assert.deepEqual(filesIn(bad), ["study.json"]);
});

test("Ctrl+C stops the cells at a checkpoint, and the same command resumes them", async () => {
  const long = study({ seeds: [1, 2], options: { ...OPTIONS, epochs: 30, checkpointEvery: 5 } });
  const stopped = await masklens(["study", "run", long], { interruptAt: /from the first steps/ });
  assert.equal(stopped.code, 130, stopped.err);
  assert.match(stopped.err, /cell 001 stopped at a checkpoint/);
  assert.match(stopped.err, /masklens: stopped; to resume, run the same command again/);
  assert.match((await masklens(["info", long])).out, /001 +mask, seed 1 +stopped/);
  assert.equal((await masklens(["study", "run", long])).code, 0);
  const whole = study({ seeds: [1, 2], options: { ...OPTIONS, epochs: 30, checkpointEvery: 5 } });
  assert.equal((await masklens(["study", "run", whole, "--at-once", "2"])).code, 0);
  assert.deepEqual(masksOf(long), masksOf(whole));
});

const why = process.platform === "win32" && "the commands are for shells of Unix";

test("the commands of cells run from any folder, and their results are collected", { skip: why }, async () => {
  const place = path.join(folder({}), "it's a study");
  const plan = { models: [TINY], tasks: [file], options: OPTIONS, seeds: [1, 2, 3] };
  const parent = path.dirname(place);
  mkdirSync(place);
  writeFileSync(path.join(place, "study.json"), JSON.stringify(plan));
  const { code, out, err } = await masklens(["study", "cells", place, "--reuse", two]);
  assert.equal(code, 0, err);
  const commands = out.trimEnd().split("\n");
  assert.equal(commands.length, 1, "two of the three are linked");
  for (const command of commands) execFileSync("sh", ["-c", command], { cwd: parent, stdio: "pipe" });
  const { states, file: results } = await json("study", "results", place);
  assert.equal(states.done, 3);
  assert.equal(results, path.join(place, "results.jsonl"));
  assert.deepEqual(
    resultsOf(place).map(({ cell, linked }) => [cell, linked]),
    [
      [1, true],
      [2, true],
      [3, false],
    ],
  );
});

test("a study is made from a preset, with paths relative to it, and is valid", async () => {
  const parent = folder();
  const cells: Record<string, number> = {
    ...{ "method-comparison": 21, seeds: 5, "sparsity-sweep": 36, "layer-sweep": 15, "repeat-the-paper": 16 },
  };
  for (const [preset, count] of Object.entries(cells)) {
    const out = path.join(parent, preset);
    const made = await masklens(["study", "new", preset, "--model", TINY, "--task", file, "--out", out]);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, new RegExp(`study\\.json: ${count} cells\\. `));
    assert.ok(made.err.length > 40, "the sources of its options are printed");
    const { tasks } = JSON.parse(readFileSync(path.join(out, "study.json"), "utf8"));
    assert.deepEqual(tasks, [path.relative(out, file)]);
    assert.equal((await masklens(["study", "cells", out])).out.trimEnd().split("\n").length, count, preset);
  }
  const out = path.join(parent, "context");
  const words = ["study", "new", "context", "--model", TINY, "--out", out, "--task"];
  const refused = await masklens([...words, file]);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /this is a sentence task, but the preset context is for document tasks; use a document/);
  const made = await masklens([...words, path.resolve("media/sample/tasks/abstracts.task.json")]);
  assert.match(made.out, /study\.json: 12 cells\. /, made.err);
});

test("each mistake has its own sentence", async () => {
  const none = folder();
  const cases: [string[], RegExp][] = [
    [["study"], /study needs an action; choose from new, run, cells, results, report, tensorboard/],
    [["study", "rum", two], /unknown action "rum"; did you mean "run"\?/],
    [["study", "run"], /study run takes one STUDY; run masklens study run STUDY/],
    [["study", "run", none], /there is no study here; choose a folder that contains study\.json/],
    [["study", "run", two, "--at-once", "0"], /--at-once 0 is not a valid value; use a whole number from 1/],
    [["study", "run", two, "--time", "5"], /--time is for a run on Slurm; add --slurm, or omit it/],
    [["study", "run", two, "--slurm", "--measure"], /--measure is for a run on this machine; omit it, or omit --slurm/],
    [["study", "cells", two, "--slurm"], /study cells does not use --slurm; choose from --reuse/],
    [
      ["study", "run", two, "--reuse", "nowhere"],
      /nowhere: there is no such folder; choose a folder with finished runs/,
    ],
    [["study", "new", "seed", "--out", none], /unknown preset "seed"; did you mean "seeds"\?/],
    [["study", "new", "seeds", "--model", TINY, "--out", none], /--task is missing; add --task FILE/],
    [["study", "new", "seeds", "--model", TINY, "--task", file, "--out", two], /the folder is not empty; choose a new/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, `${words.join(" ")}: ${err}`);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1);
  }
  assert.ok(!existsSync(path.join(none, "study.json")));
});
