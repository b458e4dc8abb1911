// The runs in the workspace: all folders with a run.json.

import path from "node:path";
import type { JsonObject } from "../../json.ts";
import { readOptions } from "../../train/run-folder.ts";
import { find, type InWorkspace, linked } from "../ui/search.ts";

export async function findRuns(): Promise<InWorkspace[]> {
  const files = await find("**/run.json");
  return Promise.all(files.map((file) => linked(path.dirname(file), ["run.json", "log.jsonl"])));
}

/** A run's folder, given the folder or its run.json. */
export function folderOf(file: string | undefined): string | undefined {
  return file?.endsWith("run.json") ? path.dirname(file) : file;
}

/**
 * The new path of a missing run's folder: the folder of the run with the same options or, if these are unknown, of the
 * run whose run.json still names `gone` as its folder.
 */
export async function movedRun(gone: string, options: JsonObject | undefined): Promise<string | undefined> {
  for (const { folder, leadsOut } of await findRuns()) {
    const found = leadsOut || folder === gone ? undefined : await readOptions(folder).catch(() => undefined);
    if (found && (options ? JSON.stringify(found) === JSON.stringify(options) : found.out === gone)) return folder;
  }
  return undefined;
}
