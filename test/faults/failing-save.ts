// A save of which one call of the system fails, each call and each failure in turn.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { SYSTEM, type System, writeAtomic } from "../../src/files.ts";

/** As Node reports them; it has no name for a used up quota, of which only the number tells. */
const FAILURES: Readonly<Record<string, object>> = {
  ENOSPC: { code: "ENOSPC", errno: -28 },
  EIO: { code: "EIO", errno: -5 },
  EACCES: { code: "EACCES", errno: -13 },
  EMFILE: { code: "EMFILE", errno: -24 },
  EDQUOT: { code: "Unknown system error -122", errno: -122 },
};

const CHUNKS = [Buffer.alloc(70_000, "new"), Buffer.alloc(0), Buffer.alloc(3, "end")];
const NEW = Buffer.concat(CHUNKS);
const OLD = Buffer.alloc(50_000, "old");

/** The system, of which call `fails` (counted from 0) throws; counts the calls, which `names` lists. */
class Failing {
  readonly names: string[] = [];
  readonly system: System;

  constructor(fails: number, failure: object) {
    const wrap =
      <A extends unknown[], R>(name: string, call: (...given: A) => Promise<R>) =>
      async (...given: A): Promise<R> => {
        this.names.push(name);
        if (this.names.length - 1 !== fails) return call(...given);
        // A closed handle is closed, whatever the system says of it.
        if (name === "close") await call(...given);
        throw Object.assign(new Error(`${name} failed`), failure);
      };
    this.system = Object.fromEntries(
      Object.entries(SYSTEM).map(([name, call]) => [name, wrap(name, call as () => Promise<unknown>)]),
    ) as unknown as System;
  }
}

export interface FailedSave {
  readonly call: string;
  readonly failure: string;
  /** How the save ended: with the old file and a sentence, or, where that does no harm, with the new one. */
  readonly left: "old" | "new";
  readonly said: string | null;
}

/**
 * Saves over an old file with each call failing in each way, and with a write that stops short. Throws where a file is neither
 * the old nor the new one, an error is none of ours, or something else is left in the folder.
 */
export async function failEachCall(): Promise<FailedSave[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-faults-"));
  try {
    const calls = new Failing(-1, {});
    await writeAtomic(path.join(folder, "kept"), CHUNKS, calls.system);
    const results: FailedSave[] = [];
    for (const [at, call] of calls.names.entries())
      for (const [failure, error] of Object.entries(FAILURES))
        results.push(await saved(folder, `${call} (call ${at + 1})`, failure, new Failing(at, error).system));
    const short = { ...SYSTEM, write: async () => 0 };
    const silent = { ...SYSTEM, write: async (_: unknown, bytes: Uint8Array) => bytes.length };
    results.push(await saved(folder, "write", "takes nothing", short));
    results.push(await saved(folder, "write", "says more than it did", silent));
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function saved(folder: string, call: string, failure: string, system: System): Promise<FailedSave> {
  const file = path.join(folder, "kept");
  await writeAtomic(file, [OLD]);
  let said: string | null = null;
  try {
    await writeAtomic(file, CHUNKS, system);
  } catch (error) {
    assert.ok(error instanceof InputError, `${call}, ${failure}: ${error}`);
    said = error.message;
  }
  const bytes = await readFile(file);
  const left = bytes.equals(OLD) ? "old" : "new";
  assert.ok(left === "old" || bytes.equals(NEW), `${call}, ${failure}: the file is neither the old nor the new one`);
  assert.ok(left === "new" || said !== null, `${call}, ${failure}: nothing was said`);
  assert.deepEqual(await readdir(folder), ["kept"], `${call}, ${failure}`);
  return { call, failure, left, said };
}
