// Copies of tasks from graphs that write the graphs in other ways, for a study that compares them.

import path from "node:path";
import { InputError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { readDescription } from "../description.ts";
import type { Layout } from "./layout.ts";

/**
 * Each copy by its file's name, TASK-VARIANT.task.json; `relative` gives the path of a data file from the copies' folder. Throws
 * an InputError for a task without graphs.
 */
export async function taskVariants(
  tasks: readonly string[],
  variants: Readonly<Record<string, Pick<Layout, "order" | "structure">>>,
  relative: (file: string) => string,
): Promise<Map<string, JsonObject>> {
  const copies = new Map<string, JsonObject>();
  for (const task of tasks) {
    const { description, json } = await readDescription(task);
    const { name, graph, files } = description;
    if (!graph)
      throw new InputError("the task has no graphs", { file: task }, "choose generation tasks that read graphs");
    const own = Object.fromEntries(Object.entries(files).map(([split, file]) => [split, relative(file)]));
    for (const [variant, layout] of Object.entries(variants)) {
      const file = `${name}-${variant}.task.json`;
      if (copies.has(file))
        throw new InputError("two tasks have the same name", { file: path.basename(task) }, "rename one of them");
      copies.set(file, { ...json, name: `${name}-${variant}`, files: own, graph: { ...layout, seed: graph.seed } });
    }
  }
  return copies;
}
