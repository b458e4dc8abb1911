// Checks that a checkpoint belongs to the run that resumes from it.

import type { LinearAttention } from "../anatomy/additions.ts";
import type { RandomState } from "../data/random.ts";
import { InputError } from "../errors.ts";
import type { NamedTensor } from "../mask/stored.ts";
import type { TargetSparsity } from "../recipe/schedule.ts";
import { isFinal, type TopK } from "../recipe/top-k.ts";
import type { Checkpoint, Position } from "./checkpoint.ts";
import type { Kept, MaskedMatrix } from "./kept.ts";
import type { RunFolder } from "./run-folder.ts";

/** The run to resume. */
export interface Continued {
  readonly run: RunFolder;
  /** What its model trains, as before the first step. */
  readonly state: ReadonlyMap<string, Float32Array>;
  /** The tensors of its adaptation. */
  readonly tensors: readonly NamedTensor[];
  /** Hashes of the run's inputs. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The initial masks. */
  readonly initial: readonly MaskedMatrix[];
  /** Optimizer steps, in total and per epoch. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** The state, before the first epoch, of the generator that orders the examples. */
  readonly order: RandomState;
  readonly options: {
    readonly targetSparsity: TargetSparsity | null;
    readonly topK: TopK | null;
    readonly linearAttention: LinearAttention | null;
  };
  /** The number of training examples, and the metric that selects the best evaluation. */
  readonly data: { readonly rows: number; readonly metric: string };
  /** The sparsity of masks that are not trained; null if there are none. */
  readonly fixedSparsity: number | null;
}

/** About thirty years. */
const MOST_SECONDS = 1e9;
/**
 * The maximum number of random words that an epoch draws per row: one for the row's position, one for its batch's
 * position, and a few for rejected draws.
 */
const MOST_DRAWN = 4;

/**
 * Throws an InputError if a checkpoint belongs to different data or a different base model, if it lacks state that this
 * run's model needs (which would otherwise silently keep its initial values), or if its position is impossible in this
 * run.
 */
export function checkFit({ position, state, best, previous }: Checkpoint, run: Continued): void {
  const then = position.inputs;
  const changed = Object.keys({ ...then, ...run.inputs }).find((name) => then[name] !== run.inputs[name]);
  if (changed)
    throw new InputError(
      `${changed} has changed since the run's checkpoint was written`,
      { file: run.run.folder },
      "restore the version on which the run was trained, or start a new run",
    );
  const wrong =
    (state.size ? differing(lengths(state), lengths(run.state)) : best ? undefined : "its best state is missing") ??
    differing(shapes(previous), shapes(run.initial)) ??
    (best ? (differing(shapes(best.matrices), shapes(run.initial)) ?? tensorsDiffer(best, run)) : undefined) ??
    impossible(position, run);
  if (wrong !== undefined)
    throw new InputError(
      `it does not belong to this run: ${wrong}`,
      { file: run.run.checkpoint },
      "restore the run's options, or start the run again in another folder",
    );
}

/** Why no run with these options can reach a position; undefined if the position is possible. */
function impossible(position: Position, run: Continued): string | undefined {
  const { step, evaluated, order, epochStep, best, waited, lambda, sparsity, seconds } = position;
  const { steps, stepsPerEpoch, options, data, initial, fixedSparsity } = run;
  const transferred = transferFault(position, options.linearAttention);
  if (transferred !== undefined) return transferred;
  if (step > steps) return `it is from step ${step}, but the run has only ${steps} steps`;
  if (epochStep > stepsPerEpoch) return `it is at step ${epochStep} of an epoch that has ${stepsPerEpoch} steps`;
  const epochs = (step - epochStep) / stepsPerEpoch;
  if (epochs < 0 || !Number.isInteger(epochs)) return `step ${step} cannot be step ${epochStep} of an epoch`;
  if (evaluated > step) return `its last evaluation is at step ${evaluated}, but only ${step} steps are done`;
  if (order.seed !== run.order.seed || order.stream !== run.order.stream)
    return "its examples were shuffled with a different random seed or stream";
  const [fewest, most] = [epochs * (data.rows - 1), epochs * MOST_DRAWN * data.rows];
  if (order.position < fewest || order.position > most)
    return `shuffling for ${epochs === 1 ? "1 epoch" : `${epochs} epochs`} cannot have used ${order.position} random numbers`;
  const canBeBest = (at: number) => !options.topK || isFinal(options.topK, { step: at, steps });
  if (best && !canBeBest(best.step))
    return `its best step is ${best.step}, at which more weights are kept than in the end`;
  if (best ? best.step === 0 || best.step > evaluated : evaluated > 0 && canBeBest(evaluated))
    return best
      ? `its best step is ${best.step}, but the last evaluation is at step ${evaluated}`
      : "it has an evaluation, but its best evaluation is missing";
  const scored = best?.metrics[data.metric];
  if (best && (typeof scored !== "object" || scored.value !== best.value))
    return `its best ${data.metric} differs from the ${data.metric} in its metrics`;
  if (waited > evaluated - (best?.step ?? 0))
    return `it counts ${waited} evaluations since the best evaluation, too many for step ${evaluated}`;
  // At each step, λ rises by its rate times the squared difference of two fractions, and thus by at most its rate.
  const highest = (options.targetSparsity?.rate ?? 0) * step * (1 + 1e-9);
  if (lambda < 0 || lambda > highest) return `its sparsity control multiplier, ${lambda}, is out of range`;
  if ((sparsity === null) !== (initial.length === 0 && fixedSparsity === null))
    return sparsity === null ? "its sparsity is missing" : "it has a sparsity, but the run has no mask";
  return seconds < 0 || seconds > MOST_SECONDS ? `its running time of ${seconds} seconds is impossible` : undefined;
}

/** Why a run with these maps of features cannot be at a position. */
function transferFault({ step, transfer }: Position, linear: LinearAttention | null): string | undefined {
  if (!linear) return transfer ? "it has a stage of linear attention, but the run has none" : undefined;
  if (!transfer) return "its stage of linear attention is missing";
  const { transferSteps: steps } = linear;
  if (transfer.step > steps) return `it has ${transfer.step} steps of transfer, but the run has only ${steps}`;
  return step && transfer.step < steps
    ? `it is at step ${step}, but has only ${transfer.step} of ${steps} steps of transfer`
    : undefined;
}

type Sizes = readonly (readonly [name: string, size: string])[];

function tensorsDiffer(found: Pick<Kept, "tensors">, wanted: Pick<Kept, "tensors">): string | undefined {
  const sizes = ({ tensors }: Pick<Kept, "tensors">) => lengths(tensors.map(({ name, data }) => [name, data] as const));
  return differing(sizes(found), sizes(wanted));
}

function shapes(matrices: readonly MaskedMatrix[]): Sizes {
  return matrices.map(({ name, rows, columns }) => [name, `${rows} × ${columns}`]);
}

function lengths(arrays: Iterable<readonly [string, Float32Array]>): Sizes {
  return Array.from(arrays, ([name, { length }]) => [name, `${length} numbers`]);
}

/** A description of the first difference between two lists. */
function differing(found: Sizes, wanted: Sizes): string | undefined {
  const names = Math.max(found.length, wanted.length);
  for (let i = 0; i < names; i++) {
    const [a, b] = [found[i]?.join(" of "), wanted[i]?.join(" of ")];
    if (a !== b) return `it has ${a ?? "nothing"} instead of ${b ?? "nothing"}`;
  }
  return undefined;
}
