// Whether a checkpoint is of the run that is to go on with it.

import { InputError } from "../errors.ts";
import type { Trainable } from "../program/trainable.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Kept, MaskedMatrix } from "./kept.ts";
import type { RunFolder } from "./run-folder.ts";

/** What goes on. */
export interface Continued {
  readonly run: RunFolder;
  readonly program: Trainable;
  /** Hashes of what the run depends on. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The initial masks. */
  readonly initial: readonly MaskedMatrix[];
  /** Optimizer steps, in all and an epoch. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/**
 * InputError where a checkpoint is of other data or another base model, and where it does not hold what this run's model
 * needs: what is missing would stay as it was made, without a word.
 */
export function checkFit({ position, state, best, previous }: Checkpoint, run: Continued): void {
  const then = position.inputs;
  const changed = Object.keys({ ...then, ...run.inputs }).find((name) => then[name] !== run.inputs[name]);
  if (changed)
    throw new InputError(
      `${changed} has changed since its checkpoint was written`,
      { file: run.run.folder },
      "put back what it was trained on, or start a new run",
    );
  const wrong =
    (state.size ? differing(lengths(state), lengths(run.program.state())) : best ? undefined : "the best state") ??
    differing(shapes(previous), shapes(run.initial)) ??
    (best ? (differing(shapes(best.matrices), shapes(run.initial)) ?? tensorsDiffer(best, run.program)) : undefined) ??
    (position.step > run.steps ? `step ${position.step} of ${run.steps}` : undefined) ??
    (position.epochStep > run.stepsPerEpoch
      ? `step ${position.epochStep} of an epoch of ${run.stepsPerEpoch}`
      : undefined);
  if (wrong !== undefined)
    throw new InputError(
      `it does not fit this run: ${wrong}`,
      { file: run.run.checkpoint },
      "put back the run's options, or start the run again in another folder",
    );
}

type Sizes = readonly (readonly [name: string, size: string])[];

function tensorsDiffer({ tensors }: Kept, program: Trainable): string | undefined {
  const sizes = (of: Kept["tensors"]) => lengths(of.map(({ name, data }) => [name, data] as const));
  return differing(sizes(tensors), sizes(program.adaptation().tensors));
}

function shapes(matrices: readonly MaskedMatrix[]): Sizes {
  return matrices.map(({ name, rows, columns }) => [name, `${rows} × ${columns}`]);
}

function lengths(arrays: Iterable<readonly [string, Float32Array]>): Sizes {
  return Array.from(arrays, ([name, { length }]) => [name, `${length} numbers`]);
}

/** Where the one list is not the other, in words. */
function differing(found: Sizes, wanted: Sizes): string | undefined {
  const names = Math.max(found.length, wanted.length);
  for (let i = 0; i < names; i++) {
    const [a, b] = [found[i]?.join(" of "), wanted[i]?.join(" of ")];
    if (a !== b) return `it holds ${a ?? "nothing"} where ${b ?? "nothing"} is needed`;
  }
  return undefined;
}
