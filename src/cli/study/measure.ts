// Measures the first steps of each kind of cell before a study starts. Ctrl+C stops the command.

import type { Paces } from "../../study/estimate.ts";
import { measurePaces, unknownKinds } from "../../study/measure.ts";
import type { Plan } from "../../study/plan.ts";
import { askBriefly } from "../../worker/alone.ts";
import { Stopped } from "../../worker/errors.ts";
import { startCompute } from "../compute.ts";
import { onStop } from "../signals.ts";
import { print, type Terminal } from "../terminal.ts";

/** Adds the paces of the cells that are left to `paces`. */
export async function measureFirst({ todo }: Plan, paces: Paces, { err }: Terminal): Promise<void> {
  const kinds = unknownKinds(todo, paces).length;
  if (!kinds) return;
  print(err, `measuring the first steps of ${kinds === 1 ? "1 kind of cell" : `${kinds} kinds of cells`}\n`);
  const controller = new AbortController();
  const off = onStop(() => controller.abort());
  try {
    await measurePaces(todo, paces, {
      train: (options, signal, onEvent) => askBriefly(startCompute(), "train", { options }, { signal, onEvent }),
      signal: controller.signal,
    });
  } finally {
    off();
  }
  if (controller.signal.aborted) throw new Stopped("stopped before anything was started");
}
