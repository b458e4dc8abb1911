import assert from "node:assert/strict";
import { chmodSync, rmSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { runTests } from "@vscode/test-electron";
import { findChromium } from "./host.ts";
import { cutTasks, sampleWorkspace } from "./workspace.ts";

/** Of each split, for the runs of the suites: 10 steps an epoch. */
const ROWS = 320;

// A desktop VS Code where VSCODE_EXECUTABLE_PATH names one; elsewhere VS Code's server and Chromium.
test("every suite passes inside VS Code's extension host", async () => {
  const standIn = path.resolve("dist/test/host/code.js");
  const desktop = process.env.VSCODE_EXECUTABLE_PATH;
  if (!desktop) {
    findChromium();
    chmodSync(standIn, 0o755);
  }
  const workspace = sampleWorkspace();
  cutTasks(workspace, ROWS);
  try {
    const code = await runTests({
      vscodeExecutablePath: desktop || standIn,
      extensionDevelopmentPath: path.resolve("."),
      extensionTestsPath: path.resolve("dist/test/host/suite.cjs"),
      launchArgs: [workspace],
    });
    assert.equal(code, 0);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
