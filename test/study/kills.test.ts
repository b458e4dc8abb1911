// A small part of `npm run bench studykills`.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { KilledStudies, outcomeOf } from "./killed-studies.ts";
import { TinyStudies } from "./tiny.ts";

const KILLS = 4;

const studies = new TinyStudies();
after(() => studies.remove());

test("a study that is killed again and again ends with the same results and masks", async () => {
  const runs = new KilledStudies(studies, path.resolve("dist/cli.js"));
  const { folder, milliseconds } = await runs.whole("whole");
  const killed = await runs.killed("killed", KILLS, 1, milliseconds);
  assert.ok(outcomeOf(killed) === outcomeOf(folder), "the results or the masks are others");
  assert.deepEqual(readdirSync(killed).sort(), ["cells", "results.jsonl", "study.json"], "something is left");
});
