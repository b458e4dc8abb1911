// The task files in the workspace.

import path from "node:path";
import { find } from "../ui/search.ts";

export interface FoundTask {
  readonly file: string;
  readonly name: string;
}

export async function findTasks(): Promise<FoundTask[]> {
  return (await find("**/*.task.json")).map((file) => ({ file, name: path.basename(file, ".task.json") }));
}
