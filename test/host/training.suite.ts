// A run that is trained in the editor while its page draws each step.

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { trainShown } from "./train-shown.ts";

describe("training in VS Code", () => {
  it("trains the run that a run.json names, with its page open, and leaves its mask there", async () => {
    const mask = await trainShown("shown");
    assert.ok((await vscode.workspace.fs.stat(mask)).size > 1000);
  });
});
