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

const POINT = { learningRate: 0.01 };

/** Throws an InputError with the runtime's reason if the device fails. */
export async function trial(device: Device): Promise<Trial> {
  const losses = await lossesOn(device);
  const cpuLosses = device === "cpu" ? losses : await lossesOn("cpu");
  const secondsPerStep = await timeOn(device);
  const cpuSecondsPerStep = device === "cpu" ? secondsPerStep : await timeOn("cpu");
  return { losses, cpuLosses, secondsPerStep, cpuSecondsPerStep };
}

/** The losses of ten steps from the same state, through the calls that a run makes on that device. */
async function lossesOn(device: Device): Promise<number[]> {
  return using(device, TINY, async (program) => {
    const points = Array.from({ length: STEPS }, (_, i) => ({ step: i + 1, ...POINT }));
    const batch = randomBatch(TINY);
    const losses: number[] = [];
    const most = program.loop?.length ?? 1;
    for (let done = 0; done < STEPS; done += most) {
      const some = points.slice(done, done + most);
      const results = program.loop
        ? await program.loop.steps(
            some.map(() => batch),
            some,
          )
        : [await program.step([batch], some[0]!)];
      losses.push(...results.map(({ loss }) => loss));
    }
    return losses;
  });
}

async function timeOn(device: Device): Promise<number> {
  return using(device, TIMED, async (program) => {
    const batch = randomBatch(TIMED);
    const times: number[] = [];
    const most = program.loop?.length ?? 1;
    const begin = performance.now();
    for (let run = 0; run <= TIMES && performance.now() - begin < ENOUGH * 1000; run++) {
      const points = Array.from({ length: most }, (_, i) => ({ step: run * most + i + 1, ...POINT }));
      const start = performance.now();
      if (program.loop)
        await program.loop.steps(
          points.map(() => batch),
          points,
        );
      else await program.step([batch], points[0]!);
      times.push((performance.now() - start) / 1000 / most);
    }
    if (times.length > 1) times.shift(); // in the first one, the runtime prepares
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  });
}

async function using<T>(device: Device, shape: readonly number[], work: (program: Program) => Promise<T>): Promise<T> {
  const program = await randomProgram(shape, { device, stepsPerRun: stepsPerRunOn(device) });
  try {
    return await work(program);
  } finally {
    await program.release();
  }
}
