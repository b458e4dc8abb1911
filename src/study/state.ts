// A study as it is on disk now: its cells, what each has reached, and the lines of its results.

import { stat } from "node:fs/promises";
import path from "node:path";
import type { InputError } from "../errors.ts";
import { exists } from "../files.ts";
import { holderOf, lastEvent, logOf } from "../train/run-folder.ts";
import { type Cell, cellsOf } from "./cells.ts";
import { varyingOptions } from "./columns.ts";
import { type Combination, expand } from "./expand.ts";
import { type DoneLine, doneLine, type FailedLine, type ResultLine, readResults, renewed } from "./results.ts";
import type { Study } from "./study.ts";

/**
 * What a cell has reached. "running" includes runs on other machines that have not released their lock; "stopped" runs
 * resume from their last checkpoint.
 */
export type CellState = "waiting" | "running" | "stopped" | "failed" | "done";

/** A cell whose options contradict each other has no number, only a position. */
export interface Refused {
  readonly position: number;
  readonly error: InputError;
}

export class StudyState {
  readonly study: Study;
  readonly cells: readonly Cell[];
  readonly refused: readonly Refused[];
  /** The names of the options that vary among the cells. */
  readonly columns: readonly string[];
  readonly #lines = new Map<number, ResultLine>();

  private constructor(study: Study, cells: readonly Cell[], refused: readonly Refused[]) {
    this.study = study;
    this.cells = cells;
    this.refused = refused;
    this.columns = varyingOptions(cells);
  }

  /** Reads the state of a study. Writes nothing. Throws an InputError if its results or a finished cell are damaged. */
  static async read(study: Study): Promise<StudyState> {
    const { combinations, contradictions } = expand(study.plan, study.file);
    const found = combinations.filter((one): one is Combination => one !== undefined);
    const recorded = await readResults(study.folder);
    const cells = await cellsOf(
      study,
      found,
      recorded.map(({ key, cell }) => [key, cell] as const),
    );
    const state = new StudyState(study, cells, contradictions);
    const lines = new Map(recorded.map((line) => [line.cell, line]));
    for (const cell of cells) {
      const line = await state.#lineOf(cell, lines.get(cell.number));
      if (line) state.#lines.set(cell.number, line);
    }
    return state;
  }

  /** The line that a cell has now. */
  async #lineOf(cell: Cell, line: ResultLine | undefined): Promise<ResultLine | undefined> {
    const recorded = line?.key === cell.key ? line : undefined;
    if (recorded?.state === "done" && (await this.#isThere(recorded))) return renewed(recorded, cell, this.columns);
    const done = await this.finished(cell);
    return done ?? (recorded?.state === "failed" ? renewed(recorded, cell, this.columns) : undefined);
  }

  /** Whether the adaptation of a line is there, with its size; its content is not read. */
  async #isThere({ adaptation, bytes }: DoneLine): Promise<boolean> {
    const found = await stat(path.join(this.study.folder, adaptation)).catch(() => undefined);
    return found?.isFile() === true && found.size === bytes;
  }

  /** The line of a cell whose own run is finished; undefined if it is not finished. */
  async finished(cell: Cell): Promise<DoneLine | undefined> {
    if (lastEvent(logOf(cell.folder))?.type !== "done") return undefined;
    return doneLine(this.study, cell, this.columns, cell.folder);
  }

  line(cell: Cell): ResultLine | undefined {
    return this.#lines.get(cell.number);
  }

  /** The folder of the run that gave a finished cell its result: its own, or one that is linked. */
  runOf(cell: Cell): string {
    const line = this.line(cell);
    return line?.state === "done" ? path.resolve(this.study.folder, line.run) : cell.folder;
  }

  set(cell: Cell, line: DoneLine | FailedLine): void {
    this.#lines.set(cell.number, line);
  }

  /** The lines of all cells that are finished or failed, sorted by cell. */
  get lines(): readonly ResultLine[] {
    return [...this.#lines.values()].sort((a, b) => a.cell - b.cell);
  }

  async stateOf(cell: Cell): Promise<CellState> {
    const line = this.line(cell);
    if (line?.state === "done") return "done";
    if (holderOf(cell.folder)) return "running";
    if (line) return "failed";
    return (await exists(logOf(cell.folder))) ? "stopped" : "waiting";
  }
}
