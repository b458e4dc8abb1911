// Runs a program inside VS Code's extension host, over a copy of the sample: in a desktop VS Code where
// VSCODE_EXECUTABLE_PATH names one, elsewhere in VS Code's server and Chromium.

import { chmodSync, rmSync } from "node:fs";
import path from "node:path";
import { runTests } from "@vscode/test-electron";
import { findChromium } from "./host.ts";
import { cutTasks, sampleWorkspace } from "./workspace.ts";

/** Of each split: 10 steps an epoch. */
const ROWS = 320;

/**
 * Runs `program`, a bundle that exports `run`, with the stand-in for the desktop beside it, and lets `look` see what it has
 * left in the workspace, whose texts have at most `length` characters. Rejects where it fails.
 */
export async function runInside(
  program: string,
  look: (workspace: string) => void = () => {},
  length?: number,
): Promise<void> {
  const standIn = path.resolve(path.dirname(program), "code.js");
  const desktop = process.env.VSCODE_EXECUTABLE_PATH;
  if (!desktop) {
    findChromium();
    chmodSync(standIn, 0o755);
  }
  const workspace = sampleWorkspace();
  cutTasks(workspace, ROWS, length);
  try {
    await runTests({
      vscodeExecutablePath: desktop || standIn,
      extensionDevelopmentPath: path.resolve("."),
      extensionTestsPath: path.resolve(program),
      launchArgs: [workspace],
    });
    look(workspace);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}
