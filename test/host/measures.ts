// What VS Code calls for `npm run bench responsiveness`: measures inside the extension host what training and the extension's
// start do to it, and writes figures.json into the workspace.

import * as vscode from "vscode";
import { activation } from "./activation.ts";
import { readManyRuns } from "./many-runs.ts";
import { trainShown } from "./train-shown.ts";

/** Between two ticks of the timer that waits, in milliseconds. */
const PAUSE = 10;
const RUNS = 3;

/** All in milliseconds. */
export interface Figures {
  /** Loading the extension's code, calling `activate` and finishing it, by the editor's own account. */
  readonly activation: number;
  /** The longest time for which a timer had to wait in each run: other extensions wait as long. */
  readonly gaps: readonly number[];
  /** Reading a thousand runs for their view, and the longest wait meanwhile. */
  readonly manyRuns: { readonly filled: number; readonly gap: number };
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
  const start = { activation: await activation(), manyRuns: await readManyRuns() };
  const figures = { ...start, gaps: [] as number[] } satisfies Figures;
  for (let i = 0; i < RUNS; i++) figures.gaps.push(await longestGap(`measured-${i}`));
  const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, "figures.json");
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(figures)));
}
