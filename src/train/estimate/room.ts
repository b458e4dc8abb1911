// The memory that a run takes on the CPU, estimated before its weights are read.

import { trainingSize } from "../../program/size.ts";
import { roomLeft, SMALLER, tooLittle } from "../../runtime/machine-memory.ts";
import type { Room } from "../events.ts";
import type { Prepared } from "../prepare.ts";
import { programOptions } from "./program.ts";

/** What compiled graphs, the garbage collector and the allocator take besides, as measured (docs/memory.md). */
const BESIDES = 120e6;
/** An arena has gaps. */
const GAPS = 1.1;

/** A mask takes a bit where a score takes 32. Three are kept: the initial one, the best, and that of the last evaluation. */
const MASKS = 3 / 32;

/** Estimates what a run needs; only of this process's memory if it computes on a GPU. */
export function roomFor(prepared: Prepared): Room {
  const { base, device, options, data } = prepared;
  const isHere = device === "cpu";
  const size = trainingSize(base.config, base.pretrained, programOptions(prepared), {
    largest: data.largest,
    accumulate: options.accumulate,
  });
  const { weights, scores, moments } = size;
  const training = scores * (1 + MASKS) + size.kept + moments + (isHere ? size.gradients : 0);
  const { rss } = process.memoryUsage();
  const parts = {
    weights,
    training: Math.round(training),
    random: size.random,
    step: isHere ? Math.round(GAPS * size.activations) : 0,
    process: rss + BESIDES,
  };
  const needed = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { needed, available: Math.round(roomLeft() + rss), ...parts };
}

/** Throws an InputError if a run needs more memory than there is. */
export function requireRoom({ needed, available }: Room): void {
  if (needed > available) throw tooLittle("this run", needed, available, SMALLER);
}
