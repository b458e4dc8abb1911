// A run on a file system that is really full: a small one in memory, mounted for that.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { resume, train } from "../../src/train/run.ts";
import type { KilledRuns } from "./killed-runs.ts";

/** What is said when the disk is full, or why no such disk can be had here. */
export async function onFullDisk(runs: KilledRuns): Promise<{ said: string } | { leftOut: string }> {
  const place = mkdtempSync(path.join(tmpdir(), "masklens-full-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", place], { encoding: "utf8" });
  if (mounted.status !== 0) {
    rmdirSync(place);
    return { leftOut: (mounted.error?.message ?? mounted.stderr).trim() };
  }
  const filler = path.join(place, "filler");
  const folder = path.join(place, "run");
  try {
    const options = runs.options(folder, 1);
    const stop = new AbortController();
    for await (const event of train(options, stop.signal)) if (event.type === "checkpoint") stop.abort();
    const checkpoint = path.join(folder, "checkpoint.safetensors");
    const before = readFileSync(checkpoint);
    let said = "";
    try {
      // Between two saves: the first call of the next one that needs space fails.
      for await (const { type } of resume(folder)) if (type === "step") fill(filler);
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      said = error.message.replaceAll(folder, "RUN");
    }
    assert.ok(said, "a full disk was not noticed");
    assert.ok(before.equals(readFileSync(checkpoint)), "the checkpoint has changed");
    rmSync(filler);
    for await (const _ of resume(folder));
    const undisturbed = path.join(runs.home, "undisturbed");
    mkdirSync(undisturbed, { recursive: true });
    const beside = path.join(undisturbed, "run");
    for await (const _ of train(runs.options(beside, 1)));
    assert.equal(runs.maskOf(folder), runs.maskOf(beside), "the mask is another");
    return { said };
  } finally {
    execFileSync("umount", [place]);
    rmdirSync(place);
  }
}

/** Takes all the space that is left. */
export function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1)
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: "a" });
      size <<= 1;
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
    }
}
