// Studies from their plan to their results, trained in this process.

import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { groupsOf } from "../../src/study/groups.ts";
import { CellsRefused } from "../../src/study/plan.ts";
import { StudyState } from "../../src/study/state.ts";
import { lockStudy, readStudy } from "../../src/study/study.ts";
import { resume } from "../../src/train/run.ts";
import { masksOf, planned, resultsOf, run, TINY, TinyStudies, trainCell, writePlan } from "./tiny.ts";

const studies = new TinyStudies();
after(() => studies.remove());

const stateOf = async (folder: string) => StudyState.read(await readStudy(folder));

test("all errors of all cells are named before anything starts", async () => {
  const folder = studies.make("bad", {
    models: [TINY, "missing"],
    tasks: ["../tiny.task.json", "gone.task.json"],
    methods: ["mask", { method: "pattern", pattern: "(" }, { method: "mask", layers: "7" }, "finetune"],
  });
  const refused: unknown = await planned(folder).catch((error: unknown) => error);
  assert.ok(refused instanceof CellsRefused);
  const found = refused.faults.map(({ cells, error }) => `${cells.join()} ${error.message}`);
  assert.equal(found.length, 4, found.join("\n"));
  const of = (what: RegExp) => found.find((text) => what.test(text)) ?? "";
  assert.match(of(/missing/), /^9,10,11,12,13,14,15,16 .*missing: there is no such folder/);
  assert.match(of(/gone/), /^5,6,7,8,13,14,15,16 .*gone\.task\.json: there is no such file/);
  assert.match(of(/regular expression/), /^2 /);
  assert.match(of(/layers/), /^3 /);
  assert.match(refused.message, /study\.json: nothing was started, because 14 cells cannot be trained for 4 reasons/);
  assert.equal(existsSync(path.join(folder, "cells")), false);
  assert.equal(existsSync(path.join(folder, "results.jsonl")), false);
});

test("a cell whose options contradict each other is named by its number, and so are the cells after it", async () => {
  const methods = [{ method: "finetune", targetSparsity: { target: 0.5 } }, { method: "mask", layers: "7" }, "mask"];
  const refused: unknown = await planned(studies.make("contradiction", { methods })).catch((error: unknown) => error);
  assert.ok(refused instanceof CellsRefused);
  assert.deepEqual(
    refused.faults.map(({ cells, error }) => `${cells.join()} ${error.place.at}`),
    ["1 methods.targetSparsity", "2 layers"],
  );
});

test("a length adaptor that does not fit is named, although another cell of the task was checked", async () => {
  const grid = { lengthAdaptor: [null, { features: 4 }] };
  const refused: unknown = await planned(studies.make("adaptor", { grid })).catch((error: unknown) => error);
  assert.ok(refused instanceof CellsRefused);
  assert.deepEqual(
    refused.faults.map(({ cells }) => cells),
    [[2]],
  );
  assert.match(refused.faults[0]!.error.message, /the examples are texts, but the length adaptor reads frame features/);
});

test("results have a line a cell, with flat columns for what varies and for metrics", async () => {
  const folder = studies.make("whole", { grid: { sparsity: [0.05, 0.5] }, seeds: [1, 2] });
  const { trained, failed } = await run(folder, { atOnce: 2 });
  assert.deepEqual([trained.sort(), failed], [["001", "002", "003", "004"], []]);
  const results = resultsOf(folder);
  assert.deepEqual(
    results.map((line) => [line.cell, line.state, line.seed, line.option_sparsity, line.run]),
    [
      [1, "done", 1, 0.05, "cells/001"],
      [2, "done", 2, 0.05, "cells/002"],
      [3, "done", 1, 0.5, "cells/003"],
      [4, "done", 2, 0.5, "cells/004"],
    ],
  );
  for (const { validation, test, ...flat } of results) {
    assert.ok(Object.values(flat).every((value) => typeof value !== "object" || value === null));
    assert.equal(flat.test_accuracy, (test as { accuracy: { value: number } }).accuracy.value);
    assert.equal(flat.value, (validation as { accuracy: { value: number } }).accuracy.value);
    assert.equal(flat.adaptationSha256, masksOf(folder)[String(flat.cell).padStart(3, "0")]);
    assert.ok(["modelSha256", "taskSha256", "trainSha256"].every((name) => /^[0-9a-f]{64}$/.test(String(flat[name]))));
  }
  assert.deepEqual((await run(folder)).trained, []);
});

test("a cell's own run.json repeats it, byte for byte", async () => {
  const cell = path.join(studies.home, "whole", "cells", "002");
  const again = path.join(studies.home, "002");
  cpSync(path.join(cell, "run.json"), path.join(again, "run.json"));
  for await (const _ of resume(again));
  const mask = (folder: string) => readFileSync(path.join(folder, "002.mask.safetensors"));
  assert.ok(mask(cell).equals(mask(again)));
});

test("cells keep their folders when the study grows, and the new ones get the next numbers", async () => {
  const folder = path.join(studies.home, "whole");
  const before = masksOf(folder);
  writePlan(folder, { grid: { sparsity: [0.05, 0.5] }, seeds: [1, 2, 3] });
  const { cells } = await stateOf(folder);
  assert.deepEqual(
    cells.map(({ number, seed, options }) => [number, options.sparsity, seed]),
    [
      [1, 0.05, 1],
      [2, 0.05, 2],
      [5, 0.05, 3],
      [3, 0.5, 1],
      [4, 0.5, 2],
      [6, 0.5, 3],
    ],
  );
  assert.deepEqual((await run(folder)).trained, ["005", "006"]);
  assert.deepEqual(
    resultsOf(folder).map(({ cell }) => cell),
    [1, 2, 3, 4, 5, 6],
  );
  const { "005": _, "006": __, ...others } = masksOf(folder);
  assert.deepEqual(others, before);
});

test("a study that was moved with its data knows its cells", async () => {
  const [from, to] = [path.join(studies.home, "whole"), path.join(studies.home, "moved")];
  renameSync(from, to);
  assert.deepEqual((await planned(to)).todo, []);
  renameSync(to, from);
});

test("mean and deviation over seeds are those of numpy", async () => {
  const state = await stateOf(path.join(studies.home, "whole"));
  const group = groupsOf(state)[0]!;
  const values = state.lines.filter(({ cell }) => [1, 2, 5].includes(cell)).map((line) => Number(line.value));
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  assert.deepEqual(group.cells, [1, 2, 5]);
  assert.equal(group.validation!.n, 3);
  assert.ok(Math.abs(group.validation!.mean - mean) < 1e-12);
});

test("a cell that fails leaves the others, and is tried again", async () => {
  const folder = studies.make("failing", { seeds: [1, 2, 3] });
  const bad = async (cell: Parameters<typeof trainCell>[0], signal: AbortSignal) => {
    if (cell.seed === 2) throw new InputError("the loss became NaN", { at: "learningRate" }, "use a lower one");
    await trainCell(cell, signal);
  };
  assert.deepEqual(await run(folder, { train: bad }), {
    trained: ["001", "003"],
    failed: ["002: learningRate: the loss became NaN; use a lower one."],
  });
  assert.deepEqual(
    resultsOf(folder).map(({ cell, state, error }) => [cell, state, error]),
    [
      [1, "done", undefined],
      [2, "failed", "learningRate: the loss became NaN; use a lower one."],
      [3, "done", undefined],
    ],
  );
  assert.equal(await (await stateOf(folder)).stateOf((await stateOf(folder)).cells[1]!), "failed");
  assert.deepEqual(await run(folder), { trained: ["002"], failed: [] });
  assert.deepEqual(
    resultsOf(folder).map(({ state }) => state),
    ["done", "done", "done"],
  );
});

test("a cell that was trained in another study is linked, not trained again", async () => {
  const folder = studies.make("linked", { seeds: [2, 7] });
  const { trained } = await run(folder, { reuse: [path.join(studies.home, "failing")] });
  assert.deepEqual(trained, ["002"]);
  const [line] = resultsOf(folder);
  assert.deepEqual([line!.linked, line!.run], [true, "../failing/cells/002"]);
  assert.equal(line!.adaptation, "../failing/cells/002/002.mask.safetensors");
  assert.deepEqual((await run(folder)).trained, [], "the link stays without --reuse");
  renameSync(path.join(studies.home, "failing"), path.join(studies.home, "elsewhere"));
  assert.deepEqual((await run(folder)).trained, ["001"], "a link that leads nowhere is trained");
  renameSync(path.join(studies.home, "elsewhere"), path.join(studies.home, "failing"));
});

test("a run on other data is not linked", async () => {
  studies.taskFile("other");
  const folder = studies.make("unlike", { tasks: ["../other.task.json"], seeds: [1] });
  const { todo } = await planned(folder, [path.join(studies.home, "failing")]);
  assert.equal(todo.length, 1);
});

test("cells that come to the same run are trained once", async () => {
  const folder = studies.make("same", { methods: ["mask", { method: "mask", checkpointEvery: 4 }], seeds: [1] });
  assert.deepEqual((await run(folder)).trained, ["001"]);
  const [first, second] = resultsOf(folder);
  assert.deepEqual([second!.linked, second!.run], [true, "cells/001"]);
  assert.equal(second!.adaptationSha256, first!.adaptationSha256);
  assert.deepEqual((await run(folder)).trained, []);
});

test("data that changed since a cell was trained are refused", async () => {
  const file = path.join(studies.home, "other.csv");
  const folder = studies.make("changed", { tasks: ["../other.task.json"], seeds: [1, 2] });
  const stop = new AbortController();
  await run(folder, { signal: stop.signal, train: (cell, signal) => trainCell(cell, signal).then(() => stop.abort()) });
  const before = readFileSync(file, "utf8");
  writeFileSync(file, `${before}good dog,yes\n`);
  await assert.rejects(planned(folder), /the train data has changed since cell 001 was trained; restore the version/);
  writeFileSync(file, before);
  assert.deepEqual((await run(folder)).trained, ["002"]);
});

test("results that are lost are written again from the cells", async () => {
  const folder = path.join(studies.home, "failing");
  const before = readFileSync(path.join(folder, "results.jsonl"), "utf8");
  rmSync(path.join(folder, "results.jsonl"));
  await run(folder);
  assert.ok(readFileSync(path.join(folder, "results.jsonl"), "utf8") === before);
});

test("a study is run by one process at a time", async () => {
  const study = await readStudy(path.join(studies.home, "failing"));
  const lock = await lockStudy(study);
  await assert.rejects(lockStudy(study), /process \d+ on .* is already/);
  await lock.release();
});

test("every method is a cell, whose size and checkpoint are estimated before it starts", async () => {
  const patterns = ["bitfit", "classifier-only"].map((pattern) => ({ method: "pattern", pattern }));
  const methods = ["mask", { method: "mask", classifier: "trained" }, "finetune", ...patterns, "random-mask"];
  const folder = studies.make("methods", { methods });
  const { checked } = await planned(folder);
  const checkpoints: number[] = [];
  const { trained, failed } = await run(folder, {
    async train({ folder: cell }) {
      const file = path.join(cell, "checkpoint.safetensors");
      for await (const { type } of resume(cell))
        if (type === "checkpoint") checkpoints[Number(path.basename(cell))] = statSync(file).size;
    },
  });
  assert.deepEqual([trained.length, failed], [6, []]);
  const lines = resultsOf(folder);
  assert.deepEqual(
    lines.map(({ method, option_pattern }) => `${method} ${option_pattern}`),
    ["mask null", "mask null", "finetune null", "pattern bitfit", "pattern classifier-only", "random-mask null"],
  );
  // What is not estimated: the names, shapes and options in the headers.
  const HEADER = 30_000;
  for (const line of lines) {
    const { bytes, checkpointBytes, steps } = checked.get(Number(line.cell))!;
    assert.equal(steps, 24);
    const files = [
      [bytes, Number(line.bytes)],
      [checkpointBytes, checkpoints[Number(line.cell)]!],
    ] as const;
    for (const [estimated, size] of files)
      assert.ok(size >= estimated && size < estimated + HEADER, `${line.method}: ${size} of about ${estimated}`);
  }
});
