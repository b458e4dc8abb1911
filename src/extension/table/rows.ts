// The rows of the table of runs: each run's options and outline. A run.json is read once, and again after it is written.

import { stat } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../errors.ts";
import { runName } from "../../file-name.ts";
import { writtenOf } from "../../files.ts";
import type { JsonObject } from "../../json.ts";
import type { Interval } from "../../mask/metadata.ts";
import type { OptionValue, Ranged, RunRow } from "../../messages.ts";
import { parseRunOptions } from "../../recipe/options.ts";
import { scalarOf } from "../../study/columns.ts";
import { logOf, optionsOf, readOptions } from "../../train/run-folder.ts";
import type { Runs } from "../runs/runs.ts";

interface Options {
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Why they could not be read. */
  readonly reason: string | null;
}

export class RunRows {
  readonly #runs: Pick<Runs, "outline">;
  readonly #known = new Map<string, Options & { readonly written: string | undefined }>();

  constructor(runs: Pick<Runs, "outline">) {
    this.#runs = runs;
  }

  async of(run: string): Promise<RunRow> {
    const { outline, state, reason } = await this.#runs.outline(run);
    const { options, reason: unread } = await this.#optionsOf(run);
    const { metric, best, bestInterval, test, testInterval, sparsity, trained, step, steps, seconds, time } = outline;
    return {
      ...{ run, name: runName(run), state, reason: reason ?? unread, metric: metric ?? null },
      ...{ validation: ranged(best, bestInterval), test: ranged(test, testInterval) },
      ...{ sparsity: sparsity ?? null, trained: trained ?? null, step, steps: steps ?? null, seconds: seconds ?? null },
      time: time ?? (await timeOf(logOf(run))) ?? (await timeOf(optionsOf(run))) ?? null,
      options,
    };
  }

  async #optionsOf(run: string): Promise<Options> {
    const written = await writtenOf(optionsOf(run));
    const known = this.#known.get(run);
    if (known && known.written === written) return known;
    const options = await readOptions(run).then(
      (json) => ({ options: flat(completed(json, run)), reason: null }),
      (error) => ({ options: {}, reason: messageOf(error) }),
    );
    this.#known.set(run, { ...options, written });
    return options;
  }
}

/** The options with their defaults; as they are if they are invalid, because training from them says what is wrong. */
function completed(json: JsonObject, run: string): Readonly<Record<string, unknown>> {
  try {
    return parseRunOptions(json, optionsOf(run)) as unknown as Readonly<Record<string, unknown>>;
  } catch {
    return json;
  }
}

/** The longest value of an option that the table shows, in characters. */
const LONGEST = 2000;

/** Each option as one value; the task and the base model by the names of their files. `out` is the run's folder. */
function flat({ out: _, ...options }: Readonly<Record<string, unknown>>): Record<string, OptionValue> {
  const entries = Object.entries(options).map(([name, value]): [string, OptionValue] => {
    if (typeof value === "string" && name === "task") return [name, path.basename(value, ".task.json")];
    if (typeof value === "string" && name === "model") return [name, path.basename(value)];
    const scalar = scalarOf(value) ?? null;
    return [name, typeof scalar === "string" ? scalar.slice(0, LONGEST) : scalar];
  });
  return Object.fromEntries(entries);
}

function ranged(value: number | undefined, interval: Interval | undefined): Ranged | null {
  return value === undefined ? null : { value, low: interval?.low ?? null, high: interval?.high ?? null };
}

const timeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
