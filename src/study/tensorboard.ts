// Writes the scalars of a study's cells as TensorBoard event files, a folder per cell.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { explained, writeAtomic } from "../files.ts";
import type { TrainEvent } from "../train/events.ts";
import { readEvents } from "../train/run-folder.ts";
import { eventFile, type ScalarEvent } from "./event-file.ts";
import type { StudyState } from "./state.ts";

/** One file per cell, which a later export replaces. */
const FILE = "events.out.tfevents.0.masklens";

/** Writes the event files of all cells that have begun to `folder`, and returns their number. */
export async function writeTensorboard(state: StudyState, folder: string): Promise<number> {
  let written = 0;
  for (const cell of state.cells) {
    const events = await readEvents(state.runOf(cell));
    if (!events.length) continue;
    const place = path.join(folder, cell.name);
    await mkdir(place, { recursive: true }).catch((cause) => {
      throw explained(cause, place);
    });
    const begin = (events.find((event) => event.type === "start")?.time ?? 0) / 1000;
    await writeAtomic(path.join(place, FILE), [eventFile(scalarsOf(events), begin)]);
    written++;
  }
  return written;
}

/**
 * The scalars in a run's events, in order. An event whose time is not in the log has that of the start before it.
 */
export function scalarsOf(events: readonly TrainEvent[]): ScalarEvent[] {
  let [started, before] = [0, 0];
  return events.flatMap((event) => {
    if (event.type === "start") [started, before] = [(event.time ?? 0) / 1000, event.seconds ?? 0];
    if (event.type !== "transfer" && event.type !== "step" && event.type !== "evaluation") return [];
    const wallTime = started + Math.max(0, (event.seconds ?? before) - before);
    const at = (tag: string, value: number) => ({ tag, value, step: event.step, wallTime });
    if (event.type === "transfer") return [at("transfer/divergence", event.loss)];
    if (event.type === "step") {
      const { loss, learningRate, sparsity } = event;
      return [
        ...[at("train/loss", loss), at("train/learning_rate", learningRate)],
        ...(sparsity === null ? [] : [at("train/sparsity", sparsity)]),
      ];
    }
    return Object.entries(event.metrics).flatMap(([name, metric]) =>
      typeof metric === "object" ? [at(`${event.split}/${name}`, metric.value)] : [],
    );
  });
}
