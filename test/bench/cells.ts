// Trained runs as cells of a benchmark's tables: each has a folder in the cache, is trained once, and then read again.

import { existsSync } from "node:fs";
import path from "node:path";
import { signOf, valueText } from "../../src/metric.ts";
import { parseRunOptions, type RunOptions } from "../../src/recipe/options.ts";
import type { EvaluationEvent, TrainResult } from "../../src/train/events.ts";
import { resume, train } from "../../src/train/run.ts";
import { CACHE } from "./tasks.ts";

const textOf = ({ metric, value }: EvaluationEvent): string => `${valueText(metric, value)}${signOf(metric)}`;

/** The runs of both sides with the seeds that both have, in the order of the first side. */
export function ofSameSeeds<A extends { readonly seed: number }, B extends { readonly seed: number }>(
  first: readonly A[],
  second: readonly B[],
): [A[], B[]] {
  const pairs = first.flatMap((a) => second.filter(({ seed }) => seed === a.seed).map((b) => [a, b] as const));
  return [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
}

export type CellOptions = Partial<RunOptions> & Pick<RunOptions, "model" | "task">;

/** The result of the run with these options, from the cache or trained now; `name` is its folder in the cache. */
export async function cell(bench: string, name: string, options: CellOptions): Promise<TrainResult> {
  const out = path.resolve(CACHE, bench, name);
  const events = existsSync(path.join(out, "run.json")) ? resume(out) : train(parseRunOptions({ ...options, out }));
  for await (const event of events) {
    if (event.type === "evaluation")
      process.stderr.write(`${name}: ${event.split} after ${event.step} steps ${textOf(event)}\n`);
    if (event.type === "done") return event.result;
  }
  throw new Error(`${name} ended without a result`);
}
