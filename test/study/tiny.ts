// Small studies over the tiny model: a few seconds a cell.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Random } from "../../src/data/random.ts";
import type { Cell } from "../../src/study/cells.ts";
import { type Plan, planStudy } from "../../src/study/plan.ts";
import { runQueue } from "../../src/study/queue.ts";
import type { Asks } from "../../src/study/report/extras.ts";
import { StudyState } from "../../src/study/state.ts";
import { readStudy } from "../../src/study/study.ts";
import { WaitingCells } from "../../src/study/waiting.ts";
import { resume } from "../../src/train/run.ts";

export const TINY = path.resolve("test/fixtures/models/tiny-bert");
const WORDS = ["the", "a", "film", "good", "bad", "dog", "was", "not", "very", "and"];
const ROWS = 40;

/** Options of a run of 24 steps, with dropout and a checkpoint every third step. */
export const OPTIONS = {
  ...{ epochs: 6, batchSize: 8, dropout: 0.1, layers: "all", learningRate: 0.01, evaluateEvery: 5, checkpointEvery: 3 },
};

/** A folder with a task, in which studies are made. */
export class TinyStudies {
  readonly home = mkdtempSync(path.join(tmpdir(), "masklens-study-"));
  readonly task = this.taskFile("tiny");

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** The file of a task over rows drawn from the name. */
  taskFile(name: string, keys: object = {}): string {
    const random = new Random(1, name);
    const rows = Array.from({ length: ROWS }, (_, row) => {
      const words = Array.from({ length: 3 + random.below(9) }, () => WORDS[random.below(WORDS.length)]);
      return `${words.join(" ")},${row % 2 ? "yes" : "no"}`;
    });
    writeFileSync(path.join(this.home, `${name}.csv`), `text,label\n${rows.join("\n")}\n`);
    const task = { name, kind: "sentence", metric: "accuracy", files: { train: `${name}.csv` }, ...keys };
    const file = path.join(this.home, `${name}.task.json`);
    writeFileSync(file, JSON.stringify(task));
    return file;
  }

  /** A new study; keys replace those of a plan with one cell. */
  make(name: string, keys: object = {}): string {
    const folder = path.join(this.home, name);
    mkdirSync(folder);
    writePlan(folder, keys);
    return folder;
  }
}

/** Writes study.json: one cell, unless the keys say otherwise. */
export function writePlan(folder: string, keys: object): void {
  const plan = { models: [TINY], tasks: ["../tiny.task.json"], options: OPTIONS, ...keys };
  writeFileSync(path.join(folder, "study.json"), JSON.stringify(plan));
}

export async function planned(folder: string, reuse: readonly string[] = []): Promise<Plan> {
  return planStudy(await StudyState.read(await readStudy(folder)), reuse);
}

export interface Heard {
  readonly trained: string[];
  readonly failed: string[];
}

/** Trains what is left in this process, and tells what was trained; `train` replaces the training of a cell. */
export async function run(
  folder: string,
  {
    reuse = [],
    atOnce = 1,
    train = trainCell,
    signal = new AbortController().signal,
  }: Partial<{
    reuse: readonly string[];
    atOnce: number;
    train: (cell: Cell, signal: AbortSignal) => Promise<unknown>;
    signal: AbortSignal;
  }> = {},
): Promise<Heard> {
  const heard: Heard = { trained: [], failed: [] };
  const plan = await planned(folder, reuse);
  await runQueue(plan, {
    ...{ waiting: new WaitingCells(plan.todo, atOnce), train, signal },
    on: {
      done: ({ name }) => heard.trained.push(name),
      failed: ({ name }, error) => heard.failed.push(`${name}: ${error}`),
    },
  });
  return heard;
}

export async function trainCell({ folder }: Cell, signal: AbortSignal): Promise<void> {
  for await (const event of resume(folder, signal)) if (event.type === "stopped") throw new Error("stopped");
}

/** The lines of results.jsonl without times. */
export function resultsOf(folder: string): Record<string, unknown>[] {
  const file = path.join(folder, "results.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").filter(Boolean);
  return lines.map((line) => {
    const { seconds: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return rest;
  });
}

/** The SHA-256 of each cell's mask, by the cell's name. */
export function masksOf(folder: string): Record<string, string> {
  const names = readdirSync(path.join(folder, "cells")).sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const file = path.join(folder, "cells", name, `${name}.mask.safetensors`);
      return existsSync(file) ? [[name, createHash("sha256").update(readFileSync(file)).digest("hex")]] : [];
    }),
  );
}

/** Answers what a report asks for; what the test does not name must not be asked. */
export const asking = (own: Partial<Asks>): Asks => ({
  evaluate: () => Promise.reject(new Error("a report asked for evaluations")),
  represent: () => Promise.reject(new Error("a report asked for representations")),
  ...own,
});
