// A study on a disk that becomes full: what is finished stays, and the study ends as if nothing had been full.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { fill } from "../faults/full-disk.ts";
import { masksOf, resultsOf, run, TinyStudies, trainCell, writePlan } from "./tiny.ts";

const studies = new TinyStudies();
after(() => studies.remove());

const place = mkdtempSync(path.join(tmpdir(), "masklens-full-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", place], { encoding: "utf8" });
const isMounted = mounted.status === 0;
after(() => {
  if (isMounted) execFileSync("umount", [place]);
  rmdirSync(place);
});
const why = isMounted ? false : `no small disk can be mounted: ${(mounted.error?.message ?? mounted.stderr).trim()}`;

test("a disk that is full in the middle of a study loses nothing that is finished", { skip: why }, async () => {
  const KEYS = { seeds: [1, 2, 3] };
  const whole = studies.make("whole", KEYS);
  await run(whole);
  for (const name of ["tiny.csv", "tiny.task.json"]) cpSync(path.join(studies.home, name), path.join(place, name));
  const folder = path.join(place, "study");
  mkdirSync(folder);
  writePlan(folder, KEYS);
  const filler = path.join(place, "filler");
  const filling = async (cell: Parameters<typeof trainCell>[0], signal: AbortSignal) => {
    if (cell.number === 2) fill(filler);
    await trainCell(cell, signal);
  };
  const error: unknown = await run(folder, { train: filling }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /results\.jsonl: the disk is full; free some space/);
  assert.deepEqual(
    resultsOf(folder).map(({ cell, state }) => [cell, state]),
    [[1, "done"]],
  );
  rmSync(filler);
  assert.deepEqual((await run(folder)).trained, ["002", "003"]);
  // The task is another file, whose path the masks name; so the masks are compared with those of a second study there.
  const beside = path.join(place, "beside");
  mkdirSync(beside);
  writePlan(beside, KEYS);
  await run(beside);
  assert.deepEqual(masksOf(folder), masksOf(beside));
  assert.deepEqual(resultsOf(folder), resultsOf(beside));
  assert.deepEqual(
    resultsOf(folder).map(({ value }) => value),
    resultsOf(whole).map(({ value }) => value),
  );
});
