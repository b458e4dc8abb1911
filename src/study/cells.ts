// Gives the combinations of a study their numbers and folders. A cell keeps its folder when the study grows: a
// combination that has a folder is recognized by its options, and the others get the lowest free numbers in order.

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../errors.ts";
import { codeOf, reasonOf } from "../files.ts";
import { parseRunOptions, type RunOptions, withAdaptations } from "../recipe/options.ts";
import { lastEvent, logOf, optionsOf, readOptions } from "../train/run-folder.ts";
import type { Combination } from "./expand.ts";
import { cellFolder, cellName, cellsFolder, numberOf, type Study } from "./study.ts";

/** One run of a study. */
export interface Cell extends Omit<Combination, "options"> {
  /** Counted from 1. */
  readonly number: number;
  /** "007" */
  readonly name: string;
  readonly folder: string;
  readonly options: RunOptions;
  /** Identifies the cell's options within its study. */
  readonly key: string;
}

/** The step that a cell's run has reached, by the last event of its log; 0 if that names none. */
export function stepOf({ folder }: Cell): number {
  const event = lastEvent(logOf(folder));
  return event && "step" in event ? event.step : 0;
}

/** The numbers of cells by key; several if the same options are listed twice. */
type Numbers = ReadonlyMap<string, readonly number[]>;

/**
 * The cells of these combinations, and the number of each position; a position without a combination has a number, too.
 * `recorded`: keys and numbers in the study's results, for cells without a folder.
 */
export async function cellsOf(
  study: Study,
  combinations: readonly (Combination | undefined)[],
  recorded: Iterable<readonly [key: string, number: number]>,
): Promise<{ readonly cells: readonly Cell[]; readonly numbers: readonly number[] }> {
  const { known, taken } = await foldersOf(study);
  const keys = combinations.map((one) => (one ? keysOf(one.options, study.folder) : []));
  const found = new Map<number, number>();
  const used = new Set(taken);
  const given = new Set<number>();
  const assign = (source: Numbers, isFree: (number: number) => boolean) => {
    for (const [i, candidates] of keys.entries()) {
      if (found.has(i)) continue;
      const number = candidates.flatMap((key) => source.get(key) ?? []).find((one) => !given.has(one) && isFree(one));
      if (number === undefined) continue;
      found.set(i, number);
      given.add(number);
      used.add(number);
    }
  };
  assign(known, () => true);
  assign(byKey(recorded), (number) => !taken.has(number));
  let next = 1;
  const free = () => {
    while (used.has(next)) next++;
    used.add(next);
    return next;
  };
  const numbers = combinations.map((_, i) => found.get(i) ?? free());
  const cells = combinations.flatMap((combination, i) => {
    if (!combination) return [];
    const number = numbers[i]!;
    const folder = cellFolder(study.folder, number);
    const { model, task, ...options } = combination.options;
    const complete: RunOptions = { model, task, out: folder, ...options };
    return [{ ...combination, number, name: cellName(number), folder, options: complete, key: keys[i]![0]! }];
  });
  return { cells, numbers };
}

function byKey(pairs: Iterable<readonly [string, number]>): Numbers {
  const numbers = new Map<string, number[]>();
  for (const [key, number] of pairs) numbers.set(key, [...(numbers.get(key) ?? []), number]);
  return numbers;
}

/** The numbers of all folders of cells, and of those whose options can be read, by key. */
async function foldersOf({ folder }: Study): Promise<{ known: Numbers; taken: Set<number> }> {
  const known: (readonly [string, number])[] = [];
  const taken = new Set<number>();
  const names = await readdir(cellsFolder(folder)).catch((cause) => {
    if (codeOf(cause) === "ENOENT") return [];
    throw new InputError(reasonOf(cause), { file: cellsFolder(folder) }, "choose a folder that you can read", {
      cause,
    });
  });
  for (const name of names.sort()) {
    const number = numberOf(name);
    const run = number === undefined ? undefined : cellFolder(folder, number);
    if (number === undefined || run === undefined) continue;
    const contents = await readdir(run).catch((): string[] => []);
    // A process that was killed before it wrote the options leaves a folder without a run.
    if (!contents.includes(path.basename(optionsOf(run))) && contents.every((file) => file.startsWith("."))) continue;
    taken.add(number);
    for (const key of new Set(await keysIn(run))) known.push([key, number]);
  }
  return { known: byKey(known), taken };
}

/** The keys of the run in a folder; none if its options are invalid. */
async function keysIn(run: string): Promise<string[]> {
  try {
    const options = parseRunOptions(await readOptions(run), optionsOf(run));
    const study = path.dirname(path.dirname(options.out));
    // A run that began with "auto" on a GPU has recorded the GPU.
    const variants = [options, ...(options.device === "auto" ? [] : [{ ...options, device: "auto" }])];
    return variants.flatMap((variant) => keysOf(variant, study));
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

/**
 * Two digests of a run's options without its folder: one with paths relative to the study, which stays when everything
 * is moved together, and one with absolute paths, which stays when only the study is moved.
 */
function keysOf(given: Omit<RunOptions, "out">, study: string): string[] {
  const { out: _, model, task, ...options } = given as RunOptions;
  const relative = (file: string) => path.relative(study, file).split(path.sep).join("/");
  return [relative, (file: string) => file].map((place) =>
    digest([place(model), place(task), withAdaptations(options, place)]),
  );
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** The key under which runs are linked: all options on which a run's result depends, but for its inputs and device. */
export function resultKeyOf(options: RunOptions): string {
  const { model: _, task: __, out: ___, checkpointEvery: ____, device: _____, ...rest } = options;
  return digest(withAdaptations(rest, () => ""));
}
