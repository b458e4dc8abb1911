// Runs that lie in a workspace before its window opens: trained to their end, or stopped after a step that is known.

import path from "node:path";
import { OPTIONS, parseRunOptions } from "../../../src/recipe/options.ts";
import { train } from "../../../src/train/run.ts";

/** Trains the sample's `task` into masks/NAME of the sample in `folder`, to its end or until it is stopped after a step. */
export async function prepareRun(
  folder: string,
  name: string,
  {
    task = path.join(folder, "tasks", "sentiment.task.json"),
    model = path.join(folder, "model"),
    epochs = 1,
    learningRate = OPTIONS().shape.learningRate.parse(undefined),
    stopAfter = Number.POSITIVE_INFINITY,
  } = {},
): Promise<string> {
  const out = path.join(folder, "masks", name);
  const stop = new AbortController();
  for await (const event of train(parseRunOptions({ model, task, out, epochs, learningRate }), stop.signal))
    if (event.type === "step" && event.step >= stopAfter) stop.abort();
  return out;
}
