// Prints every error of a study's cells before the command fails.

import { CellsRefused, cellsText } from "../../study/plan.ts";
import { print, type Terminal } from "../terminal.ts";

/** The maximum number of errors to print. */
const MOST = 20;

/** Runs `plan`; if it refuses cells, prints each error with its cells. */
export async function tellingFaults<T>({ err }: Terminal, plan: () => Promise<T>): Promise<T> {
  try {
    return await plan();
  } catch (error) {
    if (error instanceof CellsRefused) {
      for (const { cells, error: fault } of error.faults.slice(0, MOST))
        print(err, `${cellsText(cells)}: ${fault.message}\n`);
      const left = error.faults.length - MOST;
      if (left > 0) print(err, `and ${left} more errors\n`);
    }
    throw error;
  }
}
