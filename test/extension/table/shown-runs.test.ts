// The runs of a study in a table: those of its cells, and those that are linked, but nothing outside the workspace.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import * as vscode from "vscode";
import type { Runs } from "../../../src/extension/runs/runs.ts";
import { compareRunsCommand } from "../../../src/extension/table/commands.ts";
import { shownRuns } from "../../../src/extension/table/shown-runs.ts";
import type { TablePanels } from "../../../src/extension/table/table-panel.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-shown-"));
after(() => rmSync(root, { recursive: true, force: true }));
const workspace = path.join(root, "workspace");
Object.assign(vscode.workspace, { workspaceFolders: [{ uri: vscode.Uri.file(workspace) }] });

const runs = { running: [] } as unknown as Runs;

function makeRun(folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "run.json"), "{}");
  return folder;
}

const KEY = "0".repeat(64);

/** A line of results.jsonl: the run in `run`, relative to the study. */
function line(cell: number, run: string): string {
  const name = path.basename(run);
  const adaptation = `${run}/${name}.mask.safetensors`;
  const linked = run !== `cells/${name}`;
  return `${JSON.stringify({ cell, state: "done", key: KEY, linked, run, adaptation, bytes: 9 })}\n`;
}

const study = path.join(workspace, "studies", "first");
const own = [makeRun(path.join(study, "cells", "001")), makeRun(path.join(study, "cells", "004"))];
const other = makeRun(path.join(workspace, "studies", "second", "cells", "007"));
const outside = makeRun(path.join(root, "outside", "run"));
const results = path.join(study, "results.jsonl");

test("a study's table shows the runs of its cells, and each run that is linked once", async () => {
  writeFileSync(
    results,
    [line(1, "cells/001"), line(2, "../second/cells/007"), line(3, "../second/cells/007")].join(""),
  );
  assert.deepEqual(await shownRuns(runs, study), [...own, other]);
});

test("a link that leads out of the workspace is not read, whether the results or the file system has it", async () => {
  symlinkSync(outside, path.join(study, "cells", "005"));
  writeFileSync(results, line(2, "../../../outside/run"));
  assert.deepEqual(await shownRuns(runs, study), own);
});

test("damaged results leave the cells' own runs", async () => {
  writeFileSync(results, "{\n");
  assert.deepEqual(await shownRuns(runs, study), own);
});

test("Compare Runs on a study.json opens the table of that study", async () => {
  const shown: unknown[] = [];
  const tables = { show: (...given: unknown[]) => void shown.push(given) } as unknown as TablePanels;
  await compareRunsCommand(tables)(vscode.Uri.file(path.join(study, "study.json")));
  assert.deepEqual(shown, [[study]]);
});
