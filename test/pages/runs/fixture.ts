// Messages for the page of runs: runs and their curves, made from events by the code that the extension uses.

import { CurveBuilder } from "../../../src/extension/table/curves.ts";
import type { RunCurves, RunRow } from "../../../src/messages.ts";
import type { TrainEvent } from "../../../src/train/events.ts";
import { evaluation } from "../fixture.ts";

const START = 1_790_000_000_000;
const HOUR = 3_600_000;
const TASKS = ["sentiment", "topic"] as const;
const RATES = [0.0003, 0.001, 0.003] as const;

/** Reproducible noise between −1 and 1. */
export function noise(seed: number, i: number): number {
  const x = Math.sin(seed * 127.1 + i * 311.7) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

/** A sweep: two tasks, three learning rates, seeds 1 to `seeds`, all finished. */
export function sweep(seeds = 3): RunRow[] {
  return TASKS.flatMap((task) =>
    RATES.flatMap((learningRate) =>
      Array.from({ length: seeds }, (_, i) => runRow({ task, learningRate, seed: i + 1 })),
    ),
  );
}

interface Given {
  readonly task: string;
  readonly learningRate: number;
  readonly seed: number;
}

export function runRow({ task, learningRate, seed }: Given, more: Partial<RunRow> = {}): RunRow {
  const name = `${task}-${learningRate}-${seed}`;
  const value = 0.84 + 0.02 * Math.log10(learningRate / 0.0003) + 0.006 * noise(seed, learningRate * 1e4);
  const sparsity = 0.05 + 0.4 * learningRate * 100 * (1 + 0.03 * noise(seed + 5, 3));
  const order = TASKS.indexOf(task as (typeof TASKS)[number]) * 9 + RATES.indexOf(learningRate as 0.001) * 3 + seed;
  return {
    ...{ run: `/w/masks/${name}`, name, state: "done", reason: null, metric: "accuracy" },
    validation: { value, low: value - 0.021, high: value + 0.019 },
    test: { value: value - 0.008, low: value - 0.03, high: value + 0.012 },
    ...{ sparsity, trained: 0.9, step: 640, steps: 640, seconds: 212 + 9 * seed, time: START + order * HOUR },
    options: {
      ...{ model: "tiny", task, method: "mask", seed, maskSeed: seed, learningRate, epochs: 10, batchSize: 32 },
      ...{ sparsity: 0.05, device: "auto", schedule: "constant", kinds: "Q,K,V,AO,I,O" },
    },
    ...more,
  };
}

/** The curves of a run of `steps` steps, with an evaluation every `every` steps. */
export function curvesOf({ run, name, seconds, validation }: RunRow, steps = 640, every = 40): RunCurves {
  return new CurveBuilder(run, eventsOf(name, steps, every, seconds ?? 60, validation?.value ?? 0.8)).curves();
}

export function eventsOf(name: string, steps: number, every: number, seconds: number, best: number): TrainEvent[] {
  const seed = [...name].reduce((sum, character) => sum + character.charCodeAt(0), 0);
  const count = { train: 640, validation: 100, test: 100 };
  const events: TrainEvent[] = [
    { type: "start", run: name, step: 0, steps, examples: count, cut: count, labels: [], time: START },
  ];
  for (let step = 1; step <= steps; step++) {
    const loss = 0.25 + 0.55 * Math.exp(-step / (steps / 5)) + 0.09 * noise(seed, step);
    const sparsity = 0.05 + 0.03 * (1 - Math.exp(-step / (steps / 3))) + 0.0004 * (seed % 7);
    const elapsed = (step * seconds) / steps;
    const facts = { learningRate: 0.001, secondsLeft: seconds - elapsed, seconds: elapsed };
    events.push({ type: "step", step, epoch: 1, loss, sparsity, ...facts });
    if (step % every) continue;
    const value = best - 0.2 * Math.exp(-step / (steps / 4)) + 0.004 * noise(seed + 1, step);
    const flips = Math.round(1 + 400 * Math.exp(-step / (steps / 4)));
    const evaluated = evaluation(step, value, step === steps, [flips, flips, flips]);
    events.push({ ...evaluated, metric: "accuracy", seconds: elapsed });
  }
  return events;
}

/** What the editor sends for these runs: the first page of rows, the others, and that all have been read. */
export function runsMessages(rows: readonly RunRow[], study: string | null = null): unknown[] {
  return [
    { type: "scope", study, total: rows.length },
    { type: "rows", rows: rows.slice(0, 20) },
    ...(rows.length > 20 ? [{ type: "rows", rows: rows.slice(20) }] : []),
    { type: "complete", runs: rows.map(({ run }) => run) },
  ];
}

const floats = (_: string, value: unknown) => (value instanceof Float32Array ? { $floats: [...value] } : value);

/** The curves of these runs, as `send` takes them. */
export function curvesMessage(curves: readonly RunCurves[]): unknown {
  return JSON.parse(JSON.stringify({ type: "curves", curves }, floats));
}
