// How long a workspace of many runs takes to be read for the view of runs, inside the extension host.

import path from "node:path";
import * as vscode from "vscode";
import { findRuns } from "../../src/extension/runs/found.ts";
import { Outlines } from "../../src/extension/runs/outlines.ts";
import type { Dynamics, TrainEvent } from "../../src/train/events.ts";

export const RUNS = 1000;
const STEPS = 600;
const EVALUATE_EVERY = 100;

/** The log of a stopped run of BERT-base, with layers 2 to 11 masked. */
function log(run: string): string {
  const examples = { train: 9600, validation: 400, test: 400 };
  const motion = { weights: 589_824, sparsity: 0.0612, pruned: 8123, regrown: 1234, flips: 345, iou: 0.9876 };
  const layers = Array.from({ length: 10 }, (_, layer): Dynamics["layers"][number] => {
    const matrices = (["Q", "K", "V", "AO", "I", "O"] as const).map((kind) => ({ ...motion, name: kind, kind }));
    return { ...motion, layer: layer + 2, matrices };
  });
  const events: TrainEvent[] = [
    { type: "start", run, step: 0, steps: 2 * STEPS, examples, cut: examples, labels: [] },
    ...Array.from({ length: STEPS }, (_, i): TrainEvent[] => {
      const step = i + 1;
      const numbers = { loss: 0.61, learningRate: 2e-4, sparsity: 0.0612, secondsLeft: 123.456 };
      const done: TrainEvent = { type: "step", step, epoch: 1, ...numbers };
      if (step % EVALUATE_EVERY) return [done];
      const metrics = { examples: 400, accuracy: { value: 0.8, low: 0.75, high: 0.84 } };
      const score = {
        metrics,
        value: 0.8,
        metric: "accuracy",
        best: step % 200 === 0,
        dynamics: { ...motion, layers },
      };
      return [done, { type: "evaluation", step, split: "validation", ...score }, { type: "checkpoint", step }];
    }).flat(),
    { type: "stopped", step: STEPS },
  ];
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Milliseconds until the outlines of all runs are known, and for which a timer had to wait meanwhile. */
export async function readManyRuns(): Promise<{ filled: number; gap: number }> {
  const folder = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, "many");
  const text = Buffer.from(log(folder.fsPath));
  for (let i = 0; i < RUNS; i++)
    for (const [name, content] of [["run.json", Buffer.from("{}")] as const, ["log.jsonl", text] as const])
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, `run${i}`, name), content);
  let gap = 0;
  const start = performance.now();
  let last = start;
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  });
  const outlines = new Outlines();
  const found = (await findRuns()).filter(({ folder: run }) => path.dirname(run) === folder.fsPath);
  const known = await Promise.all(found.map((run) => outlines.of(run.folder)));
  clearInterval(timer);
  if (known.length !== RUNS || known.some(({ step }) => step !== STEPS)) throw new Error("not all runs were read");
  const filled = performance.now() - start;
  await vscode.workspace.fs.delete(folder, { recursive: true });
  return { filled, gap };
}
