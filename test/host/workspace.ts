// Temporary workspaces with the sample, its tasks cut down to a few rows so that a run takes seconds.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A copy of the sample in a folder of its own. */
export function sampleWorkspace(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-sample-"));
  cpSync("media/sample", folder, { recursive: true });
  return folder;
}

/** Cuts every split of the line-based tasks below `folder` to `rows` rows. */
export function cutTasks(folder: string, rows: number): void {
  for (const name of readdirSync(path.join(folder, "tasks"), { recursive: true }) as string[]) {
    if (!/\.(csv|jsonl)$/.test(name)) continue;
    const file = path.join(folder, "tasks", name);
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, `${lines.slice(0, rows + 1).join("\n")}\n`);
  }
}

/** Removes a workspace after its editor has been closed: a compute process may still be writing its last checkpoint. */
export function discard(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
