// npm run bench stop [SHAPE]: the longest gap of the event loop while steps run; and how long steps that are stopped at random
// moments still take, and whether they leave the state of a whole step.

import { Random } from "../../../src/data/random.ts";
import type { Program } from "../../../src/program/program.ts";
import { Interrupted } from "../../../src/runtime/interruption.ts";
import { randomBatch, randomProgram } from "../../../src/train/random-program.ts";

const SHAPE = [12, 768, 12, 3072, 8, 64];
/** So many that random tables are drawn anew on the way. */
const STEPS = 66;
const MOMENTS = 50;
/** In milliseconds: the longest gap, and the longest stop of a step that has not begun to write. */
const GOAL = { gap: 50, stop: 100 };

/** A signal that can be used again. */
class Stop extends EventTarget implements Pick<AbortSignal, "aborted"> {
  aborted = false;

  fire(): void {
    this.aborted = true;
    this.dispatchEvent(new Event("abort"));
  }
}

/** Watches the event loop; the result gives the longest gap so far, in milliseconds. */
function watchGaps(): () => number {
  let [longest, last] = [0, performance.now()];
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}

async function copyOf(program: Program): Promise<Map<string, Float32Array>> {
  return new Map([...(await program.state())].map(([name, array]) => [name, array.slice()]));
}

async function isAlike(program: Program, before: ReadonlyMap<string, Float32Array>): Promise<boolean> {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
  return [...(await program.state())].every(([name, array]) => bytes(array).equals(bytes(before.get(name)!)));
}

export async function benchStop([given]: readonly string[]): Promise<void> {
  const shape = given?.split(/\D+/).map(Number) ?? SHAPE;
  const stop = new Stop();
  const program = await randomProgram(shape, { dropout: 0.1, signal: stop as unknown as AbortSignal });
  const batch = randomBatch(shape);
  let step = 0;
  const advance = () => program.step([batch], { step: ++step, learningRate: 1e-3 });
  await advance(); // compiles

  const longestGap = watchGaps();
  const start = performance.now();
  for (let i = 0; i < STEPS; i++) {
    await advance();
    program.sparsity();
  }
  const took = (performance.now() - start) / STEPS;
  console.log(
    `${shape.join("·")}: ${took.toFixed(0)} ms a step; longest gap of the event loop ${longestGap().toFixed(1)} ms (goal ${GOAL.gap})`,
  );

  const random = new Random(1, "moments");
  const waits = { stopped: [] as number[], completed: [] as number[] };
  let [torn, changed] = [0, 0];
  for (let i = 0; i < MOMENTS; i++) {
    const before = await copyOf(program);
    let fired = Number.NaN;
    const timer = setTimeout(() => {
      fired = performance.now();
      stop.fire();
    }, random.uniform() * took);
    try {
      await advance();
      if (!Number.isNaN(fired)) waits.completed.push(performance.now() - fired);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      waits.stopped.push(performance.now() - fired);
      if (error.isTorn) torn++;
      else if (!(await isAlike(program, before))) changed++;
    }
    clearTimeout(timer);
    stop.aborted = false;
  }
  const said = (times: readonly number[]) =>
    `${times.length}, the slowest after ${Math.max(0, ...times).toFixed(0)} ms`;
  console.log(
    `${waits.stopped.length + waits.completed.length} stops at random moments: ended at once ${said(waits.stopped)} (goal ${GOAL.stop}); completed, because they wrote already, ${said(waits.completed)}; ${torn} torn, ${changed} others with a changed state`,
  );
  await program.release();
}
