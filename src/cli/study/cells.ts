// masklens study cells: prints a shell command for each cell that is left to train, for other engines.

import { fileURLToPath } from "node:url";
import { planStudy, prepareCell } from "../../study/plan.ts";
import { shellWord } from "../../study/shell.ts";
import { StudyState } from "../../study/state.ts";
import { lockStudy, readStudy } from "../../study/study.ts";
import type { Arguments } from "../arguments.ts";
import { print, type Terminal } from "../terminal.ts";
import { tellingFaults } from "./faults.ts";

/** The words that start this program from any folder; the command line is in the same folder as this bundle. */
export function ownProgram(): string[] {
  return [process.execPath, fileURLToPath(new URL("cli.js", import.meta.url))];
}

export async function printCells(given: string, { many }: Arguments, terminal: Terminal): Promise<void> {
  const study = await readStudy(given);
  const lock = await lockStudy(study);
  try {
    const state = await StudyState.read(study);
    const { todo } = await tellingFaults(terminal, () => planStudy(state, many.get("reuse") ?? []));
    for (const cell of todo) await prepareCell(state, cell);
    for (const { folder } of todo)
      print(terminal.out, `${[...ownProgram(), "train", "--resume", folder].map(shellWord).join(" ")}\n`);
  } finally {
    await lock.release();
  }
}
