// npm run bench responsiveness [--keep]: how long the extension blocks the editor at startup and while a run trains,
// how long it takes to read a thousand runs, and how long it takes to open a model, compared with the figures kept last.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { checkShapes } from "../../src/model/weights/shapes.ts";
import { runInside } from "../host/inside.ts";
import type { Figures } from "../host/measures.ts";
import { BERT_LARGE, writeSparseModel } from "../model/weights/sparse.ts";
import { besideKept } from "./kept.ts";

/** Windows, each of which is a start. */
const WINDOWS = 3;
const OPENINGS = 9;

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** Milliseconds until a model's headers are read and its shapes are checked. */
async function opening(folder: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const start = performance.now();
    const config = await readConfig(folder);
    const pretrained = await openPretrained(folder);
    checkShapes(pretrained, config);
    times.push(performance.now() - start);
    await pretrained.close();
  }
  return median(times);
}

export async function benchResponsiveness(): Promise<void> {
  execFileSync(process.execPath, ["esbuild.mjs", "tools"], { stdio: "inherit" });
  const windows: Figures[] = [];
  for (let i = 0; i < WINDOWS; i++)
    await runInside("dist/tools/host/measures.cjs", (workspace) => {
      windows.push(JSON.parse(readFileSync(path.join(workspace, "figures.json"), "utf8")));
    });
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-responsiveness-"));
  try {
    writeSparseModel(folder, BERT_LARGE);
    const lines = besideKept("responsiveness", "ms", {
      "activation of the extension": median(windows.map(({ activation }) => activation)),
      "longest gap in the extension host while a run trains": median(windows.flatMap(({ gaps }) => gaps)),
      "reading 1,000 runs for their view": median(windows.map(({ manyRuns }) => manyRuns.filled)),
      "longest gap in the extension host meanwhile": median(windows.map(({ manyRuns }) => manyRuns.gap)),
      "opening the sample model": await opening("media/sample/model"),
      "opening a BERT-large of 1.3 GB": await opening(folder),
    });
    console.log(lines.join("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
