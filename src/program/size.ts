// The memory that training takes, from the headers of the weights and the shape of the largest batch.

import { aliveAtPeak, bytesIn } from "../graph/alive.ts";
import { mayOverwrite } from "../graph/order.ts";
import type { ModelConfig } from "../model/config.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import { bytesOf } from "../tensor.ts";
import { type BatchShape, isScored, keyOf, type Plan, varied } from "./graphs/plan.ts";
import { evaluationGraph, gradientGraph, type StepGraph, stepGraph } from "./graphs/step.ts";
import { type ProgramOptions, planOf, stateFor, tableFor } from "./planned.ts";
import { transferGraph } from "./transfer/graph.ts";
import { encoderRests } from "./vectors.ts";

/** In bytes. On a GPU, these parts but `random` and `activations` are in this process's memory as well. */
export interface TrainingSize {
  readonly weights: number;
  /** With their running means. */
  readonly scores: number;
  readonly moments: number;
  /** Summed gradients, and the other copy of tensors that a step cannot write over themselves. */
  readonly gradients: number;
  /** A copy of what is trained directly. */
  readonly kept: number;
  /** Random numbers for dropout and sampled masks. */
  readonly random: number;
  /** What is between a step's inputs and outputs at its peak; 0 if no batch is known. */
  readonly activations: number;
}

/** `largest`: the shape of the largest batch; `accumulate`: the number of batches of a step. Reads no weights. */
export function trainingSize(
  config: ModelConfig,
  pretrained: Pick<PretrainedWeights, "tensors">,
  options: ProgramOptions,
  { largest, accumulate }: { readonly largest?: BatchShape | undefined; readonly accumulate: number },
): TrainingSize {
  const state = stateFor(config, pretrained, options);
  const plan = planOf(config, state, options);
  const direct = state.names().filter((name) => ["trained", "pruned"].includes(state.treatment(name)));
  const kept = direct.reduce((sum, name) => sum + bytesOf({ dtype: "float32", shape: state.shape(name) }), 0);
  const parts = { ...state.bytes, gradients: 0, kept, random: 0, activations: 0 };
  if (!largest) return parts;
  const table = tableFor(plan, largest);
  const rests = encoderRests(plan, state.names());
  const step = stepOf(plan, largest, { isAccumulated: accumulate > 1, rests, table });
  return {
    ...parts,
    gradients: gradientBytes(step, accumulate > 1),
    random: new Set(step.windows.map(({ table }) => table)).size * bytesOf({ dtype: "float32", shape: [table] }),
    activations: Math.max(bytesIn(aliveAtPeak(step.graph)), transferBytes(plan, largest)),
  };
}

/** The graph that takes the most memory; while nothing below the classifier is trained, that of an evaluation. */
function stepOf(
  plan: Plan,
  shape: BatchShape,
  { isAccumulated, rests, table }: { readonly isAccumulated: boolean; readonly rests: boolean; readonly table: number },
): StepGraph {
  if (rests) return evaluationGraph(plan, shape);
  return isAccumulated ? gradientGraph(plan, shape, table) : stepGraph(plan, shape, table);
}

/** What a step of the stage before a run with linear attention has at its peak; 0 without such a stage. */
function transferBytes(plan: Plan, shape: BatchShape): number {
  if (!plan.config.additions?.linearAttention?.transferSteps) return 0;
  return bytesIn(aliveAtPeak(transferGraph(plan, { ...shape, scored: undefined }).graph));
}

/** What `GradientSums` holds, or the spare arrays of tensors that are trained directly. */
function gradientBytes({ graph, groups }: StepGraph, isAccumulated: boolean): number {
  return groups
    .filter(({ treatment }) => treatment !== "frozen")
    .filter(
      ({ treatment, names }) =>
        isAccumulated ||
        (!isScored(treatment) &&
          graph.outputs.some(({ name }) => name === `next.${keyOf(names)}`) &&
          !mayOverwrite(graph, `next.${keyOf(names)}`, keyOf(names))),
    )
    .reduce((sum, group) => sum + bytesOf(varied(group).type), 0);
}
