// What VS Code calls for `npm run bench responsiveness`: measures inside the extension host what training and the extension's
// start do to it, and writes figures.json into the workspace.

import * as vscode from "vscode";
import { trainShown } from "./train-shown.ts";
import { until } from "./until.ts";

const ID = "masklens.masklens";
/** Between two ticks of the timer that waits, in milliseconds. */
const PAUSE = 10;
const RUNS = 3;

/** All in milliseconds. */
export interface Figures {
  /** Loading the extension's code, calling `activate` and finishing it, by the editor's own account. */
  readonly activation: number;
  /** The longest time for which a timer had to wait in each run: other extensions wait as long. */
  readonly gaps: readonly number[];
}

async function activation(): Promise<number> {
  await vscode.commands.executeCommand("masklens.refresh");
  await vscode.commands.executeCommand("perfview.show");
  const line = await until(() => {
    const text = vscode.window.activeTextEditor?.document.getText() ?? "";
    return text.split("\n").find((line) => line.includes(ID) && line.split("|").length > 5);
  });
  // | extension | eager | load code | call activate | finish activate | event | by |
  const cells = line.split("|").map((cell) => cell.trim());
  const times = cells.filter((cell) => /^\d+$/.test(cell)).map(Number);
  if (times.length !== 3) throw new Error(`not three times: ${line}`);
  return times.reduce((sum, time) => sum + time, 0);
}

async function longestGap(name: string): Promise<number> {
  let longest = 0;
  await trainShown(name, async (work) => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last - PAUSE);
      last = now;
    }, PAUSE);
    await work();
    clearInterval(timer);
  });
  return longest;
}

export async function run(): Promise<void> {
  const figures = { activation: await activation(), gaps: [] as number[] } satisfies Figures;
  for (let i = 0; i < RUNS; i++) figures.gaps.push(await longestGap(`measured-${i}`));
  const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, "figures.json");
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(figures)));
}
