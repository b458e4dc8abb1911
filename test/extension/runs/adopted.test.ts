// Runs that a study of this window trains.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { ComputeProcess } from "../../../src/extension/models/compute.ts";
import { type RunNews, Runs } from "../../../src/extension/runs/runs.ts";
import { eventsOf } from "../../pages/runs/fixture.ts";

const folder = mkdtempSync(path.join(tmpdir(), "masklens-adopted-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(folder, { recursive: true });
const events = eventsOf("001", 10, 5, 10, 0.8);
writeFileSync(path.join(folder, "log.jsonl"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
// A compute process of a thread holds the lock, as one of another program would.
writeFileSync(path.join(folder, "lock"), JSON.stringify({ pid: process.pid, host: hostname(), id: "1" }));

function runs(): { readonly runs: Runs; readonly news: RunNews[] } {
  const all = new Runs({} as ComputeProcess);
  const news: RunNews[] = [];
  all.onNews((one) => void news.push(one));
  return { runs: all, news };
}

test("a cell that this window trains is running, not running elsewhere, and its events are news", async () => {
  const { runs: all, news } = runs();
  const cell = all.adopt(folder, () => assert.fail("nobody stops it"));
  assert.deepEqual([(await all.outline(folder)).state, all.running], ["running", [folder]]);
  for (const event of events.slice(0, 3)) cell.hear(event);
  assert.deepEqual(
    news.map(({ state, event }) => [state, event?.type]),
    [
      ["running", undefined],
      ["running", "start"],
      ["running", "step"],
      ["running", "step"],
    ],
  );
  assert.ok((await all.secondsPerStep(folder))! > 0, "its pace is known");
});

test("a cell that failed says why, once its process has released the run", async () => {
  const { runs: all, news } = runs();
  all.adopt(folder, () => undefined).end("failed", "the loss became NaN");
  assert.deepEqual(news.at(-1), { folder, state: "failed", reason: "the loss became NaN" });
  rmSync(path.join(folder, "lock"));
  const { state, reason } = await all.outline(folder);
  assert.deepEqual([state, reason, all.running], ["failed", "the loss became NaN", []]);
});

test("Stop on a cell's run stops that cell, and closing the window waits for it", async () => {
  const { runs: all } = runs();
  const stopped: string[] = [];
  const cell = all.adopt(folder, () => {
    stopped.push("asked");
    setTimeout(() => cell.end("stopped"), 50);
  });
  all.stop(folder);
  await all.stopAll();
  assert.deepEqual([stopped, all.running], [["asked"], []]);
});
