// What a study has to do: everything is checked before anything starts, runs that exist are linked, and the rest is left
// to train.

import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../errors.ts";
import { exists, explained } from "../files.ts";
import { holderOf, optionsOf, readOptions, writeOptions } from "../train/run-folder.ts";
import type { Cell } from "./cells.ts";
import { type Checked, checkCells, type Fault } from "./check.ts";
import { FinishedRuns, repeatedCells } from "./links.ts";
import { changedSince, doneLine } from "./results.ts";
import type { StudyState } from "./state.ts";
import { cellsFolder } from "./study.ts";

/** Thrown if some cells cannot be trained; `faults` has every error with its cells. */
export class CellsRefused extends InputError {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[], file: string) {
    const [first] = faults;
    const cells = new Set(faults.flatMap((fault) => fault.cells)).size;
    super(
      faults.length === 1
        ? `nothing was started, because ${cellsText(first!.cells)} cannot be trained`
        : `nothing was started, because ${cells} cells cannot be trained for ${faults.length} reasons`,
      { file },
      "correct what is listed above",
    );
    this.faults = faults;
  }
}

/** What is left to do. */
export interface Plan {
  readonly state: StudyState;
  readonly checked: ReadonlyMap<number, Checked>;
  /** Cells to train or to resume, in order. */
  readonly todo: readonly Cell[];
  /** Cells that another process is training now. */
  readonly elsewhere: readonly Cell[];
  /** Cells that have the same result as a cell of `todo` or `elsewhere`, with that cell. */
  readonly repeats: ReadonlyMap<Cell, Cell>;
  /** The numbers of the cells that were linked now. */
  readonly linked: readonly number[];
}

/**
 * Checks all cells and links those whose run exists in one of the folders `reuse`; writes nothing. Throws `CellsRefused`
 * if any cell cannot be trained, and an InputError if data or a base model have changed since a cell was trained.
 */
export async function planStudy(
  state: StudyState,
  reuse: readonly string[],
  onCell?: (done: number) => void,
): Promise<Plan> {
  const { study, cells, refused } = state;
  const runs = await FinishedRuns.below(reuse);
  const { checked, faults } = await checkCells(cells, onCell);
  const all = [...refused.map(({ number, error }) => ({ cells: [number], error })), ...faults];
  if (all.length) throw new CellsRefused(merged(all), study.file);
  const inputsOf = (cell: Cell) => checked.get(cell.number)!.inputs;
  checkUnchanged(state, inputsOf);

  const linked: number[] = [];
  const link = async (cell: Cell, run: string) => {
    const line = await doneLine(study, cell, state.columns, run);
    if (line) linked.push(cell.number);
    if (line) state.set(cell, line);
    return line !== undefined;
  };
  const repeated = repeatedCells(cells, inputsOf);
  const repeats = new Map<Cell, Cell>();
  const [todo, elsewhere]: [Cell[], Cell[]] = [[], []];
  for (const cell of cells) {
    if (state.line(cell)?.state === "done") continue;
    const original = repeated.get(cell);
    const line = original && state.line(original);
    if (original && line?.state !== "done") repeats.set(cell, original);
    else if (original && (await link(cell, state.runOf(original)))) continue;
    else if (holderOf(cell.folder)) elsewhere.push(cell);
    else {
      const run = await runs.sameAs(cell, inputsOf(cell));
      if (!run || !(await link(cell, run))) todo.push(cell);
    }
  }
  return { state, checked, todo, elsewhere, repeats, linked };
}

/** How long a compute process may outlive the process that started it, in milliseconds, and how often to look. */
const ORPHANED = 3000;
const LOOK = 100;

/**
 * Waits until the compute processes of a study process that was killed have ended, or for three seconds. Call this while
 * holding the study's lock.
 */
export async function waitForOrphans({ cells }: StudyState): Promise<void> {
  const isHeld = ({ folder }: Cell) => holderOf(folder)?.host === hostname();
  for (let waited = 0; waited < ORPHANED && cells.some(isHeld); waited += LOOK) await sleep(LOOK);
}

/**
 * Writes the options of a cell's run, so that it can be trained by resuming it, here or by another program. The device
 * that an unfinished run has chosen stays.
 */
export async function prepareCell({ study }: StudyState, { folder, options }: Cell): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw explained(cause, cellsFolder(study.folder));
  });
  const found = (await exists(optionsOf(folder))) ? await readOptions(folder) : {};
  const device = options.device === "auto" && typeof found.device === "string" ? found.device : options.device;
  const wanted = { ...options, device };
  if (JSON.stringify(found) !== JSON.stringify(wanted)) await writeOptions(folder, wanted);
}

function checkUnchanged(state: StudyState, inputsOf: (cell: Cell) => Readonly<Record<string, string>>): void {
  for (const cell of state.cells) {
    const line = state.line(cell);
    const changed = line?.state === "done" ? changedSince(line, inputsOf(cell)) : undefined;
    if (changed !== undefined)
      throw new InputError(
        `${changed} has changed since cell ${cell.name} was trained`,
        { file: state.study.file },
        "restore the version on which it was trained, or make a new study",
      );
  }
}

/** Faults with the same message as one. */
function merged(faults: readonly Fault[]): Fault[] {
  const found = new Map<string, Fault>();
  for (const { cells, error } of faults) {
    const known = found.get(error.message);
    found.set(error.message, { error, cells: [...(known?.cells ?? []), ...cells] });
  }
  return [...found.values()];
}

/** "cell 3", "cells 1–4, 7": the numbers in ascending order. */
export function cellsText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const text = ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(", ");
  return `${numbers.length === 1 ? "cell" : "cells"} ${text}`;
}
