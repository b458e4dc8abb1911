// Rows of the table of runs, from folders as runs leave them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Outlines } from "../../../src/extension/runs/outlines.ts";
import { RunRows } from "../../../src/extension/table/rows.ts";
import { outlineOf } from "../../../src/train/outline.ts";
import { evaluation } from "../../pages/fixture.ts";
import { eventsOf } from "../../pages/runs/fixture.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-rows-"));
after(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, options: string, log?: string): string {
  const folder = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "run.json"), options);
  if (log !== undefined) writeFileSync(path.join(folder, "log.jsonl"), log);
  return folder;
}

const OPTIONS = JSON.stringify({ model: "/m/tiny", task: "/t/sst2.task.json", out: "x", seed: 3, kinds: ["Q", "K"] });

function finishedLog(name: string, steps: number): string {
  const events = eventsOf(name, steps, 40, 60, 0.8);
  const [last] = events.flatMap((event) => (event.type === "evaluation" ? [event] : [])).slice(-1);
  const metrics = last!.metrics;
  const done = {
    type: "done",
    result: {
      adaptation: "a.mask.safetensors",
      steps,
      seconds: 60,
      sparsity: 0.25,
      bytes: 9,
      validation: metrics,
      test: metrics,
    },
  };
  const tested = { ...evaluation(steps, 0.79, true, [1]), split: "test", metric: "accuracy" };
  return [...events, tested, done].map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** As the extension reads them, but for what only a window knows: which runs it trains. */
function rowsReader(): RunRows {
  const outlines = new Outlines();
  return new RunRows({
    outline: (folder) =>
      outlines.of(folder).then(
        (outline) => ({ outline, state: outline.standing }),
        (error: Error) => ({ outline: outlineOf([]), state: "failed" as const, reason: error.message }),
      ),
  });
}

test("a row has a run's results with their intervals, and all options with their defaults as single values", async () => {
  const row = await rowsReader().of(write("first", OPTIONS, finishedLog("first", 80)));
  const { name, state, metric, validation, test, sparsity, step, steps, seconds, options, reason } = row;
  assert.deepEqual(
    { name, state, metric, sparsity, step, steps, seconds, reason },
    {
      ...{ name: "first", state: "done", metric: "accuracy", sparsity: 0.25 },
      step: 80,
      steps: 80,
      seconds: 60,
      reason: null,
    },
  );
  assert.ok(validation!.low! < validation!.value && validation!.value < validation!.high!);
  assert.equal(test!.value, 0.79);
  const { task, model, seed, kinds, epochs } = options;
  assert.deepEqual(
    { task, model, seed, kinds, epochs },
    { task: "sst2", model: "tiny", seed: 3, kinds: "Q,K", epochs: 10 },
  );
  assert.ok(!("out" in options));
});

test("a run without a log, with a damaged log or with damaged options has a row that says so", async () => {
  const rows = rowsReader();
  const unstarted = await rows.of(write("unstarted", OPTIONS));
  assert.deepEqual([unstarted.state, unstarted.validation, unstarted.reason], ["unstarted", null, null]);
  assert.ok(unstarted.time! > 0);
  const damaged = await rows.of(write("damaged", OPTIONS, "{}\n{\n"));
  assert.equal(damaged.state, "failed");
  assert.match(damaged.reason!, /log\.jsonl/);
  assert.equal(damaged.options.seed, 3);
  const unread = await rows.of(write("unread", "[", finishedLog("unread", 80)));
  assert.deepEqual([unread.options, unread.state], [{}, "done"]);
  assert.match(unread.reason!, /run\.json/);
  const unknown = await rows.of(write("unknown", '{"task": "/t/a.task.json", "colour": {"a": 1}}'));
  assert.deepEqual(unknown.options, { task: "a", colour: "a=1" });
});

test("reading a thousand runs leaves the extension host free between them", async () => {
  const log = finishedLog("many", 400);
  const folders = Array.from({ length: 1000 }, (_, i) => write(`many-${i}`, OPTIONS, log));
  const rows = rowsReader();
  let [longest, before] = [0, performance.now()];
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  }, 1);
  const began = performance.now();
  let first = 0;
  for (let from = 0; from < folders.length; ) {
    const size = from ? 100 : 20;
    assert.equal((await Promise.all(folders.slice(from, from + size).map((run) => rows.of(run))))[0]!.state, "done");
    from += size;
    first ||= performance.now() - began;
  }
  const all = performance.now() - began;
  const again = performance.now();
  await Promise.all(folders.map((run) => rows.of(run)));
  const known = performance.now() - again;
  clearInterval(beat);
  const text = [first, all, known, longest].map((value) => value.toFixed());
  console.log(
    `1,000 runs: first page ${text[0]} ms, all ${text[1]} ms, again ${text[2]} ms, longest pause ${text[3]} ms`,
  );
  assert.ok(longest < 1000, `${longest} ms`); // far above, because the machine may be busy
});
