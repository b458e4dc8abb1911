// Finds finished runs whose result a cell would only repeat: the same options, base model and data.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../errors.ts";
import { codeOf, reasonOf } from "../files.ts";
import { parseRunOptions, type RunOptions } from "../recipe/options.ts";
import { lastEvent, logOf, optionsOf, readOptions } from "../train/run-folder.ts";
import { type Cell, resultKeyOf } from "./cells.ts";
import { finishedRun } from "./results.ts";

/** How deep run folders are searched for, and in how many folders at most. */
const DEEPEST = 6;
const MOST_FOLDERS = 100_000;

/** A finished run that may be linked. */
interface Candidate {
  readonly folder: string;
  readonly options: RunOptions;
}

/** The finished runs in some folders, by the options on which their results depend. */
export class FinishedRuns {
  readonly #runs = new Map<string, Candidate[]>();

  /** Searches these folders and the folders in them. Throws an InputError if one of them cannot be read. */
  static async below(folders: readonly string[]): Promise<FinishedRuns> {
    const runs = new FinishedRuns();
    const queue = folders.map((folder) => ({ folder: path.resolve(folder), depth: 0 }));
    const seen = new Set<string>();
    for (const { folder, depth } of queue) {
      if (seen.has(folder)) continue;
      if (seen.add(folder).size > MOST_FOLDERS)
        throw new InputError(
          `more than ${MOST_FOLDERS} folders are below the folders to reuse`,
          { file: folders[0]! },
          "name the folders that contain the runs",
        );
      const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
        if (depth > 0) return []; // a folder that disappeared, or is not the user's
        const what = codeOf(cause) === "ENOENT" ? "there is no such folder" : reasonOf(cause);
        throw new InputError(what, { file: folder }, "choose a folder with finished runs", { cause });
      });
      if (entries.some(({ name }) => name === path.basename(optionsOf(folder)))) await runs.#add(folder);
      else if (depth < DEEPEST)
        for (const entry of entries)
          if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
            queue.push({ folder: path.join(folder, entry.name), depth: depth + 1 });
    }
    return runs;
  }

  async #add(folder: string): Promise<void> {
    if (lastEvent(logOf(folder))?.type !== "done") return;
    const options = await readOptions(folder)
      .then((json) => parseRunOptions(json, optionsOf(folder)))
      .catch(() => undefined); // not a run of this version
    if (!options) return;
    const key = resultKeyOf(options);
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), { folder, options }]);
  }

  /** The folder of a finished run with a cell's options and these inputs; undefined if there is none. */
  async sameAs(cell: Cell, inputs: Readonly<Record<string, string>>): Promise<string | undefined> {
    for (const { folder, options } of this.#runs.get(resultKeyOf(cell.options)) ?? []) {
      if (folder === cell.folder || !fits(cell.options.device, options.device)) continue;
      const found = await finishedRun(folder).catch(() => undefined);
      if (found?.inputs && sameInputs(found.inputs, inputs)) return folder;
    }
    return undefined;
  }
}

/** Whether a run on one device gives what a cell asks for; the log of a run that chose the CPU itself says "auto". */
function fits(wanted: string, used: string): boolean {
  return wanted === "auto" || wanted === used || (wanted === "cpu" && used === "auto");
}

function sameInputs(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
}

/**
 * For each cell that would repeat an earlier one of the same study, that earlier cell: a value that is listed twice, or
 * two methods that come to the same options.
 */
export function repeatedCells(
  cells: readonly Cell[],
  inputsOf: (cell: Cell) => Readonly<Record<string, string>>,
): ReadonlyMap<Cell, Cell> {
  const first = new Map<string, Cell>();
  const repeats = new Map<Cell, Cell>();
  for (const cell of cells) {
    const key = JSON.stringify([resultKeyOf(cell.options), cell.options.device, Object.entries(inputsOf(cell)).sort()]);
    const original = first.get(key);
    if (original) repeats.set(cell, original);
    else first.set(key, cell);
  }
  return repeats;
}
