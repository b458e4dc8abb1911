// Runs whose compute process is killed, at random moments or inside a save, and what is then in their folders.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { Random } from "../../src/data/random.ts";
import { writerOf } from "../../src/files.ts";
import { parseRunOptions, type RunOptions } from "../../src/recipe/options.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { lastEvent, readEvents } from "../../src/train/run-folder.ts";
import { WorkerClient } from "../../src/worker/client.ts";
import { ProcessEnded } from "../../src/worker/exit.ts";
import type { Requests } from "../../src/worker/protocol.ts";

const WORDS = ["the", "a", "film", "good", "bad", "dog", "was", "not", "very", "and"];
const ROWS = 40;
/** Optimizer steps of a run. */
export const STEPS = 24;

/** When the process is killed; `never` to let it come to its end. */
export type Moment = { readonly after: number } | "inside a save" | { readonly step: number } | "never";

export interface Killed {
  /** Whether a save was under way: its temporary file is left. */
  readonly inSave: boolean;
  /** Whether the run came to its end before. */
  readonly done: boolean;
  /** From the request to the end, in milliseconds. */
  readonly milliseconds: number;
}

/** Runs of the tiny model on a task of its own, dropout on, a checkpoint every third step. */
export class KilledRuns {
  readonly home = mkdtempSync(path.join(tmpdir(), "masklens-killed-"));
  readonly #script: string;

  /** `script`: the compute process's program. */
  constructor(script: string) {
    this.#script = script;
    const random = new Random(1, "killed runs");
    const rows = Array.from({ length: ROWS }, (_, row) => {
      const words = Array.from({ length: 3 + random.below(9) }, () => WORDS[random.below(WORDS.length)]);
      return `${words.join(" ")},${row % 2 ? "yes" : "no"}`;
    });
    writeFileSync(path.join(this.home, "rows.csv"), `text,label\n${rows.join("\n")}\n`);
    const task = { name: "tiny", kind: "sentence", metric: "accuracy", files: { train: "rows.csv" } };
    writeFileSync(path.join(this.home, "tiny.task.json"), JSON.stringify(task));
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  options(folder: string, seed: number): RunOptions {
    return parseRunOptions({
      ...{ model: path.resolve("test/fixtures/models/tiny-bert"), task: path.join(this.home, "tiny.task.json") },
      ...{ out: folder, seed, maskSeed: seed, epochs: 6, batchSize: 8, dropout: 0.1, layers: "all" },
      ...{ learningRate: 0.01, evaluateEvery: 5, checkpointEvery: 3 },
    });
  }

  /** The SHA-256 of the mask that a run left. */
  maskOf(folder: string): string {
    const file = path.join(folder, `${path.basename(folder)}.mask.safetensors`);
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  }

  /**
   * Trains, or goes on, until the process is killed. Throws where a temporary file of an earlier process is there once training
   * has begun, where a file that is left is damaged, and where something is lost that was reported to be safe.
   */
  async train(folder: string, seed: number, moment: Moment): Promise<Killed> {
    const began = performance.now();
    mkdirSync(folder, { recursive: true });
    const client = new WorkerClient<Requests>({ script: this.#script });
    const events: TrainEvent[] = [];
    const onEvent = (event: TrainEvent) => {
      if (event.type === "start") assert.deepEqual(temporary(folder, client.pid), [], "left by an earlier process");
      events.push(event);
      if (typeof moment === "object" && "step" in moment && event.type === "step" && event.step >= moment.step)
        client.kill();
    };
    const goesOn = existsSync(path.join(folder, "run.json"));
    const asked = goesOn
      ? client.ask("resume", { folder }, { onEvent })
      : client.ask("train", { options: this.options(folder, seed) }, { onEvent });
    const aim = aimed(client, folder, moment);
    let done = false;
    try {
      await asked;
      done = true;
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
    } finally {
      aim.stop();
      await client.close();
    }
    const milliseconds = performance.now() - began;
    await whole(folder, events);
    return { inSave: temporary(folder).length > 0, done, milliseconds };
  }
}

/** Kills the process at its moment, but for one that a step is. */
function aimed(client: WorkerClient<Requests>, folder: string, moment: Moment): { stop(): void } {
  if (typeof moment === "object" && "after" in moment) {
    const timer = setTimeout(() => client.kill(), moment.after);
    return { stop: () => clearTimeout(timer) };
  }
  if (moment !== "inside a save") return { stop: () => undefined };
  const watcher = watch(folder, (_, name) => {
    if (name && writerOf(name)) client.kill();
  });
  return { stop: () => watcher.close() };
}

function temporary(folder: string, but?: number): string[] {
  return readdirSync(folder).filter((name) => writerOf(name) && writerOf(name)!.pid !== but);
}

/** Throws where a file in the folder is damaged, and where it holds less than was reported. */
async function whole(folder: string, events: readonly TrainEvent[]): Promise<void> {
  const options = path.join(folder, "run.json");
  if (existsSync(options)) parseRunOptions(JSON.parse(readFileSync(options, "utf8")));
  await readEvents(folder);
  const mask = path.join(folder, `${path.basename(folder)}.mask.safetensors`);
  if (existsSync(mask)) await readAdaptation(mask);
  const isDone = lastEvent(path.join(folder, "log.jsonl"))?.type === "done";
  if (events.some(({ type }) => type === "done")) assert.ok(isDone && existsSync(mask), "a finished run is lost");
  const safe = Math.max(-1, ...events.map((event) => (event.type === "checkpoint" ? event.step : -1)));
  if (isDone) return;
  const checkpoint = await readCheckpoint(path.join(folder, "checkpoint.safetensors"));
  assert.ok(safe < 0 || (checkpoint && checkpoint.position.step >= safe), `the checkpoint at step ${safe} is lost`);
}
