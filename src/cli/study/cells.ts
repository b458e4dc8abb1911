// masklens study cells: prints a shell command for each cell that is left to train, for other engines.

import { fileURLToPath } from "node:url";
import { openStudy } from "../../study/open.ts";
import { prepareCell } from "../../study/plan.ts";
import { recorder } from "../../study/queue.ts";
import { shellWord } from "../../study/shell.ts";
import type { Arguments } from "../arguments.ts";
import { print, type Terminal } from "../terminal.ts";
import { tellingFaults } from "./faults.ts";

/** The words that start this program from any folder; the command line is in the same folder as this bundle. */
export function ownProgram(): string[] {
  return [process.execPath, fileURLToPath(new URL("cli.js", import.meta.url))];
}

export async function printCells(given: string, { many }: Arguments, terminal: Terminal): Promise<void> {
  const { plan, lock } = await tellingFaults(terminal, () => openStudy(given, many.get("reuse") ?? []));
  const { state, todo } = plan;
  try {
    await recorder(plan)(); // the cells that were linked
    for (const cell of todo) await prepareCell(state, cell);
    for (const { folder } of todo)
      print(terminal.out, `${[...ownProgram(), "train", "--resume", folder].map(shellWord).join(" ")}\n`);
  } finally {
    await lock.release();
  }
}
