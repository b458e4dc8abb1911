// What training in the editor does to the extension host, which all extensions share.

import assert from "node:assert/strict";
import * as vscode from "vscode";

/** In milliseconds. What else a shared machine does only adds to a gap, so the best of some runs counts. */
const GAP = 100;
const RUNS = 3;
const PAUSE = 10;

/** The longest time, in milliseconds, for which a timer had to wait while `work` went on. */
async function longestGap(work: () => PromiseLike<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - PAUSE);
    last = now;
  }, PAUSE);
  await work();
  clearInterval(timer);
  return longest;
}

describe("training in VS Code", () => {
  it(`holds the extension host up for less than ${GAP} ms at a time`, async () => {
    const root = vscode.workspace.workspaceFolders![0]!.uri;
    const options = {
      model: "../../model",
      task: "../../tasks/sentiment.task.json",
      out: ".",
      blocks: "all",
      epochs: 2,
    };
    const gaps: number[] = [];
    while (gaps.length < RUNS && !gaps.some((gap) => gap < GAP)) {
      const name = `timed-${gaps.length}`;
      const folder = vscode.Uri.joinPath(root, "masks", name);
      const file = vscode.Uri.joinPath(folder, "run.json");
      await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(options)));
      await vscode.commands.executeCommand("masklens.showRun", { file: folder.fsPath }); // its page draws each step
      gaps.push(await longestGap(() => vscode.commands.executeCommand("masklens.trainFile", file)));
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, `${name}.mask.safetensors`));
    }
    console.log(`      the longest gap was ${gaps.map((gap) => gap.toFixed(0)).join(", then ")} ms`);
    assert.ok(Math.min(...gaps) < GAP, `${gaps} ms`);
  });
});
