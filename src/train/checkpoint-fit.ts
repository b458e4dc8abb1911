// Whether a checkpoint is of the run that is to go on with it.

import type { RandomState } from "../data/random.ts";
import { InputError } from "../errors.ts";
import type { Trainable } from "../program/trainable.ts";
import type { TargetSparsity } from "../recipe/schedule.ts";
import type { Checkpoint, Position } from "./checkpoint.ts";
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
  /** Where the order's generator stands before the first epoch. */
  readonly order: RandomState;
  readonly options: { readonly targetSparsity: TargetSparsity | null };
  /** Training rows, and the metric by which the best evaluation is chosen. */
  readonly data: { readonly rows: number; readonly metric: string };
  /** The sparsity of masks that are not trained; null without such. */
  readonly fixedSparsity: number | null;
}

/** Some thirty years. */
const MOST_SECONDS = 1e9;
/** Words that an epoch draws a row, at the most: one for its place, one for its batch's, and few that are drawn again. */
const MOST_DRAWN = 4;

/**
 * InputError where a checkpoint is of other data or another base model, where it does not hold what this run's model needs
 * (what is missing would stay as it was made, without a word), and where it says that the run stands where it cannot.
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
    impossible(position, run);
  if (wrong !== undefined)
    throw new InputError(
      `it does not fit this run: ${wrong}`,
      { file: run.run.checkpoint },
      "put back the run's options, or start the run again in another folder",
    );
}

/** What no run of these options comes to, in words. */
function impossible(position: Position, run: Continued): string | undefined {
  const { step, evaluated, order, epochStep, best, waited, lambda, sparsity, seconds } = position;
  const { steps, stepsPerEpoch, options, data, initial, fixedSparsity } = run;
  if (step > steps) return `step ${step} of ${steps}`;
  if (epochStep > stepsPerEpoch) return `step ${epochStep} of an epoch of ${stepsPerEpoch}`;
  const epochs = (step - epochStep) / stepsPerEpoch;
  if (epochs < 0 || !Number.isInteger(epochs)) return `step ${step} is not step ${epochStep} of an epoch`;
  if (evaluated > step) return `an evaluation after step ${evaluated}, of which ${step} are made`;
  if (order.seed !== run.order.seed || order.stream !== run.order.stream)
    return "the order of its examples is drawn from another generator";
  const [fewest, most] = [epochs * (data.rows - 1), epochs * MOST_DRAWN * data.rows];
  if (order.position < fewest || order.position > most)
    return `${order.position} numbers drawn for the order of ${epochs} epochs`;
  if (best ? best.step === 0 || best.step > evaluated : evaluated > 0)
    return best ? `the best of ${evaluated} steps is step ${best.step}` : "an evaluation without a best one";
  const scored = best?.metrics[data.metric];
  if (best && (typeof scored !== "object" || scored.value !== best.value))
    return `the best ${data.metric} is not that of its metrics`;
  if (waited > evaluated - (best?.step ?? 0)) return `${waited} evaluations since the best`;
  // λ rises at each step by its rate times the square of a difference of shares.
  const highest = (options.targetSparsity?.rate ?? 0) * step * (1 + 1e-9);
  if (lambda < 0 || lambda > highest) return `a multiplier of ${lambda}`;
  if ((sparsity === null) !== (initial.length === 0 && fixedSparsity === null))
    return sparsity === null ? "no sparsity" : "a sparsity without a mask";
  return seconds < 0 || seconds > MOST_SECONDS ? `${seconds} seconds of training` : undefined;
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
