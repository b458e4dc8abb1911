// Tries a device: trains a small random model on it and on the CPU, and compares losses and times.

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
  return using(device, TINY, async (program) => {
    const losses: number[] = [];
    for (let step = 1; step <= STEPS; step++) losses.push(await take(program, TINY, step));
    return losses;
  });
}

function timeOn(device: Device): Promise<number> {
  return using(device, TIMED, async (program) => {
    const times: number[] = [];
    const begin = performance.now();
    for (let step = 1; step <= 1 + TIMES && performance.now() - begin < ENOUGH * 1000; step++) {
      const start = performance.now();
      await take(program, TIMED, step);
      times.push((performance.now() - start) / 1000);
    }
    if (times.length > 1) times.shift(); // in the first one, the runtime prepares
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  });
}

/** The loss of a step. */
async function take(program: Program, shape: readonly number[], step: number): Promise<number> {
  const { loss } = await program.step([randomBatch(shape)], { step, learningRate: 0.01 });
  return loss;
}

async function using<T>(device: Device, shape: readonly number[], work: (program: Program) => Promise<T>): Promise<T> {
  const program = await randomProgram(shape, { device });
  try {
    return await work(program);
  } finally {
    await program.release();
  }
}
