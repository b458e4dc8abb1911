// The runs in the workspace: all folders with a run.json.

import path from "node:path";
import { find, type InWorkspace, linked } from "../ui/search.ts";

export async function findRuns(): Promise<InWorkspace[]> {
  const files = await find("**/run.json");
  return Promise.all(files.map((file) => linked(path.dirname(file), ["run.json", "log.jsonl"])));
}

/** A run's folder, given the folder or its run.json. */
export function folderOf(file: string | undefined): string | undefined {
  return file?.endsWith("run.json") ? path.dirname(file) : file;
}
