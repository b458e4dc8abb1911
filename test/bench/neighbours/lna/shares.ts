// How many parameters each method trains, by its recipe.

import { openBase } from "../../../../src/adaptation/base.ts";
import { readTask } from "../../../../src/data/task.ts";
import { trainedCount } from "../../../../src/program/trained-count.ts";
import { parseRunOptions } from "../../../../src/recipe/options.ts";
import { recipeOf } from "../../../../src/recipe/recipe.ts";
import type { Lines, LnaTask, Method } from "./runs.ts";

/** Adds the missing lines of a task's methods. */
export async function addShares(
  lines: Lines,
  task: LnaTask,
  methods: Readonly<Record<string, Pick<Method, "options">>>,
): Promise<void> {
  const missing = Object.entries(methods).filter(([name]) => !lines.share(task.name, name));
  if (!missing.length) return;
  const given = task.options(1, false);
  const base = await openBase(given.model);
  try {
    const own = await readTask(given.task);
    for (const [method, { options }] of missing) {
      const run = parseRunOptions({ ...given, ...options, out: "." });
      const recipe = recipeOf(run, base.config, base.pretrained.tensors, own);
      lines.add({ task: task.name, method, ...trainedCount(recipe, base.config) });
    }
  } finally {
    await base.pretrained.close();
  }
}
