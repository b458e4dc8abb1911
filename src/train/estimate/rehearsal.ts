// What a run would take, measured with a few steps of it that are thrown away.

import { readFileSync } from "node:fs";
import { deviceOf } from "../../adaptation/base.ts";
import type { Batch } from "../../data/batches.ts";
import { Random } from "../../data/random.ts";
import { median } from "../../mask/significance.ts";
import type { Trainable } from "../../program/trainable.ts";
import type { RunOptions } from "../../recipe/options.ts";
import { accumulationGroups } from "../accumulate.ts";
import { FORWARD } from "../clock.ts";
import type { Room } from "../events.ts";
import { Pace } from "../pace.ts";
import { type Prepared, prepare } from "../prepare.ts";
import { programFor } from "./program.ts";
import { requireRoom, roomFor } from "./room.ts";

export interface Rehearsal {
  readonly device: string;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly room: Room;
  /** The process's peak memory after the steps, in bytes; null where the system does not say it. */
  readonly peak: number | null;
  /** The mean over an epoch's steps, without evaluations, and the whole run's time with them, in seconds. */
  readonly secondsPerStep: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** Steps of each length that are timed, after a first one that compiles. */
const TIMED = 3;

/** Trains for a moment and writes nothing. Throws an InputError where `train` would before its first step. */
export async function rehearse(options: RunOptions, signal?: AbortSignal): Promise<Rehearsal> {
  const prepared = await prepare(options, deviceOf(options.device));
  try {
    const room = roomFor(prepared);
    requireRoom(room);
    const { device, data, notes } = prepared;
    const program = await programFor(prepared, room, { signal });
    try {
      const { steps, stepsPerEpoch } = new Pace({ options, data });
      const { secondsPerStep, seconds } = await timeOf(program, prepared, steps);
      return { device, steps, stepsPerEpoch, room, peak: peakOf(), secondsPerStep, seconds, notes };
    } finally {
      await program.release();
    }
  } finally {
    await prepared.base.pretrained.close();
  }
}

async function timeOf(program: Trainable, { options, data }: Prepared, steps: number) {
  const groups = accumulationGroups(data.epoch(new Random(options.seed, "order")), options.accumulate, data.padId);
  const { train, validation, test } = data.examples;
  const pace = new Pace({ options, data });
  const evaluated = pace.evaluationsLeft(1) * validation + test;
  const perStep = data.size * options.accumulate;
  const { vectors, transfer } = program;
  const middle = groups[groups.length >> 1]![0]!;
  if (vectors) {
    // Each example is encoded once, and what is left of a step and of an evaluation takes next to nothing.
    const encoding = await medianOf(() => vectors.encode(middle));
    return { secondsPerStep: 0, seconds: (encoding * (train + validation + test)) / middle.rows };
  }
  // First, as in the run: afterwards, tensors that the run's steps have written are no longer side by side.
  const first = options.linearAttention?.transferSteps ?? 0;
  let step = 0;
  const each = first && (await medianOf(() => transfer!.step(middle, { step: ++step, learningRate: 0 })));
  const timeAt = await timesOf(program, groups);
  const secondsPerStep = groups.reduce((sum, [first]) => sum + timeAt(first!.length), 0) / groups.length;
  return { secondsPerStep, seconds: first * each + secondsPerStep * (steps + (FORWARD * evaluated) / perStep) };
}

/** The seconds of a step by its length: those of the shortest and the longest are measured. */
async function timesOf(program: Trainable, groups: readonly (readonly Batch[])[]): Promise<(length: number) => number> {
  const sorted = groups.toSorted(([a], [b]) => a!.length - b!.length);
  const measured: { readonly length: number; readonly seconds: number }[] = [];
  let step = 0;
  for (const group of [sorted[0]!, sorted.at(-1)!]) {
    const { length } = group[0]!;
    if (measured[0]?.length === length) continue;
    const seconds = await medianOf(() => program.step(group, { step: ++step, learningRate: 0 }));
    measured.push({ length, seconds });
  }
  const [low, high = low] = measured;
  const slope = high === low ? 0 : (high!.seconds - low!.seconds) / (high!.length - low!.length);
  return (length) => low!.seconds + slope * (length - low!.length);
}

/** The median time of what is done several times, in seconds; the first time does not count. */
async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= TIMED; i++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  return median(times.slice(1));
}

/** This process's peak memory in bytes. */
function peakOf(): number | null {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "latin1"))![1]);
  } catch {
    return null; // there is no /proc
  }
}
