// Temporary workspaces with the sample, its tasks cut down to a few rows so that a run takes seconds.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { until } from "./until.ts";

/** A copy of the sample in a folder of its own. */
export function sampleWorkspace(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-sample-"));
  cpSync("media/sample", folder, { recursive: true });
  return folder;
}

/** Characters of a text in a run of a test: a step over long texts takes many times as long, and shows no more. */
export const SHORT = 20;

/** Cuts every split of the line-based tasks below `folder` to `rows` rows, and their texts to `length` characters. */
export function cutTasks(folder: string, rows: number, length = Number.POSITIVE_INFINITY): void {
  const cut = (text: string) => text.replace(/["\\]/g, "").slice(0, length).trim();
  /** The text is a row's first column in CSV, and each value of JSON that is a string. */
  const cutRow = (row: string) => {
    const csv = /^("(?:[^"]|"")*"|[^{,]*),(.*)$/.exec(row);
    if (csv) return `"${cut(csv[1]!)}",${csv[2]}`;
    return row && JSON.stringify(JSON.parse(row), (_, value) => (typeof value === "string" ? cut(value) : value));
  };
  for (const name of readdirSync(path.join(folder, "tasks"), { recursive: true }) as string[]) {
    if (!/\.(csv|jsonl)$/.test(name)) continue;
    const file = path.join(folder, "tasks", name);
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .slice(0, rows + 1);
    writeFileSync(file, `${(Number.isFinite(length) ? lines.map(cutRow) : lines).join("\n")}\n`);
  }
}

/** Gives a folder the files of another one again, and no others. What has not changed is not written. */
export function restore(folder: string, whole: string): void {
  const namesIn = (place: string) => readdirSync(place, { recursive: true }) as string[];
  for (const name of namesIn(folder))
    if (!existsSync(path.join(whole, name))) rmSync(path.join(folder, name), { recursive: true, force: true });
  for (const name of namesIn(whole)) {
    const [from, to] = [path.join(whole, name), path.join(folder, name)];
    if (statSync(from).isDirectory() || (existsSync(to) && readFileSync(to).equals(readFileSync(from)))) continue;
    cpSync(from, to);
  }
}

/**
 * Removes a folder after its editor has been closed. A process may still write its last checkpoint or log there, and a file that
 * comes while a folder is removed makes rmSync fail, however often it retries: then all is removed once more.
 */
export async function discard(folder: string): Promise<void> {
  await until(() => {
    try {
      rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  });
}
