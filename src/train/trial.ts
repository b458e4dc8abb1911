// Tries a device: trains a small random model on it and on the CPU, and compares losses and times.

import { stepsPerRunOn } from "../adaptation/base.ts";
import type { Program } from "../program/program.ts";
import type { Device } from "../runtime/device.ts";
import { randomBatch, randomProgram } from "./random-program.ts";

/** What ten training steps on a device gave, beside the same ones on the CPU. */
export interface Trial {
  /** The loss of each step. */
  readonly losses: readonly number[];
  readonly cpuLosses: readonly number[];
  /** Seconds a step of a larger model took, the median. */
  readonly secondsPerStep: number;
  readonly cpuSecondsPerStep: number;
}

/** Layers, hidden size, attention heads, intermediate size, batch, length. */
const TINY = [2, 32, 2, 64, 4, 8];
/** Large enough that a GPU pays, small enough that a processor takes a few milliseconds a step. */
const TIMED = [2, 256, 4, 1024, 16, 64];

const STEPS = 10;
/** Timed steps after the first one; no further one begins after so many seconds. */
const TIMES = 5;
const ENOUGH = 4;

/** Throws an InputError with the runtime's reason if the device fails. */
export async function trial(device: Device): Promise<Trial> {
  const losses = await lossesOn(device);
  const cpuLosses = device === "cpu" ? losses : await lossesOn("cpu");
  const secondsPerStep = await timeOn(device);
  const cpuSecondsPerStep = device === "cpu" ? secondsPerStep : await timeOn("cpu");
  return { losses, cpuLosses, secondsPerStep, cpuSecondsPerStep };
}

/** The losses of ten steps from the same state. */
function lossesOn(device: Device): Promise<number[]> {
  return using(device, TINY, async (program, most) => {
    const losses: number[] = [];
    while (losses.length < STEPS) losses.push(...(await take(program, TINY, losses.length, most)));
    return losses.slice(0, STEPS);
  });
}

function timeOn(device: Device): Promise<number> {
  return using(device, TIMED, async (program, most) => {
    const times: number[] = [];
    const begin = performance.now();
    for (let run = 0; run <= TIMES && performance.now() - begin < ENOUGH * 1000; run++) {
      const start = performance.now();
      await take(program, TIMED, run * most, most);
      times.push((performance.now() - start) / 1000 / most);
    }
    if (times.length > 1) times.shift(); // in the first one, the runtime prepares
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  });
}

/** Takes `count` steps after `done` ones in one runtime call, as a run does on that device, and gives their losses. */
async function take(program: Program, shape: readonly number[], done: number, count: number): Promise<number[]> {
  const batch = randomBatch(shape);
  const points = Array.from({ length: count }, (_, i) => ({ step: done + i + 1, learningRate: 0.01 }));
  const batches = points.map(() => batch);
  const results = program.loop ? await program.loop.steps(batches, points) : [await program.step(batches, points[0]!)];
  return results.map(({ loss }) => loss);
}

async function using<T>(
  device: Device,
  shape: readonly number[],
  work: (program: Program, most: number) => Promise<T>,
): Promise<T> {
  const program = await randomProgram(shape, { device, stepsPerRun: stepsPerRunOn(device) });
  try {
    return await work(program, program.loop?.length ?? 1);
  } finally {
    await program.release();
  }
}
