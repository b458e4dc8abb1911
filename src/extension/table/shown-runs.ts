// The runs that a table shows: all runs of the workspace, or those of one study, linked runs included.

import path from "node:path";
import * as vscode from "vscode";
import { readResults } from "../../study/results.ts";
import { findRuns } from "../runs/found.ts";
import type { Runs } from "../runs/runs.ts";
import { note } from "../ui/log.ts";
import { find, linked, SKIPPED } from "../ui/search.ts";

/** The folders of the studies in the workspace. */
export async function findStudies(): Promise<string[]> {
  return (await find("**/study.json")).map((file) => path.dirname(file));
}

/** The folders of the runs of a study; null: of all runs of the workspace. Runs that a link leads out to are not read. */
export async function shownRuns(runs: Runs, study: string | null): Promise<string[]> {
  if (study === null) {
    const found = await findRuns();
    const out = new Set(found.flatMap(({ folder, leadsOut }) => (leadsOut ? folder : [])));
    return [...new Set([...found.map(({ folder }) => folder), ...runs.running])].filter((folder) => !out.has(folder));
  }
  const inside = new vscode.RelativePattern(vscode.Uri.file(study), "cells/*/run.json");
  const own = (await vscode.workspace.findFiles(inside, SKIPPED)).map(({ fsPath }) => path.dirname(fsPath)).sort();
  const lines = await readResults(study).catch((error) => {
    note(error); // the cells' own runs are shown all the same
    return [];
  });
  const links = lines.flatMap((line) => (line.state === "done" && line.linked ? path.resolve(study, line.run) : []));
  const all = await Promise.all([...new Set([...own, ...links])].map((run) => linked(run, ["run.json", "log.jsonl"])));
  return all.flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
}
