// What a program's graphs and state are to be, before any weight is read.

import { CHOICES } from "../data/examples.ts";
import { WHOLE } from "../graph/graph.ts";
import { withAdditions } from "../model/additions/additions.ts";
import type { ModelConfig } from "../model/config.ts";
import { halfOf } from "../model/weights/half.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import type { BinarizerName } from "../recipe/binarizers.ts";
import type { DeviceMemory, Residence } from "../runtime/device-memory.ts";
import type { Half } from "../tensor.ts";
import type { BatchShape, Plan } from "./graphs/plan.ts";
import { heldWide, largestWindow } from "./graphs/step.ts";
import { layout } from "./layout.ts";
import { TABLE, tableLength } from "./random-tables.ts";
import type { RunnerOptions } from "./runner.ts";
import type { Distilled } from "./soft-targets.ts";
import { State, type StateOptions } from "./state.ts";
import type { FeedOptions } from "./step-feeds.ts";

export interface ProgramOptions extends StateOptions, FeedOptions, RunnerOptions {
  readonly binarizer: BinarizerName;
  /** "config": the model's own rates; a number: that rate everywhere. */
  readonly dropout: "config" | number;
  readonly dropoutSeed: number;
  readonly steered: boolean;
  /** The decay of the running mean of scores, by which the model is evaluated; default 0, the scores themselves. */
  readonly scoreAverage?: number | undefined;
  /** The weight of the mean of σ(scores) over all scores in the loss; default 0. */
  readonly scorePenalty?: number | undefined;
  /** Whether tensors that are trained directly have a learning rate of their own. */
  readonly apart?: boolean | undefined;
  readonly residence?: Residence | undefined;
  /** The shape of the largest batch of a step; undefined: one for whose windows the usual tables of random numbers are large enough. */
  readonly largest?: BatchShape | undefined;
  /** Trains on a teacher's logits as well. */
  readonly distilled?: Distilled | undefined;
}

/** The shape of a batch that is as good as any other to see what a step reads. */
const small = ({ stacks }: ModelConfig) => ({
  ...{ size: CHOICES, length: 2 },
  ...(stacks === "encoder-decoder" && { decoderLength: 2 }),
});

/**
 * A program's state, without values. On the CPU, matrices that are not trained directly stay in half precision if they are stored
 * so, except for those whose widened values a step would hold in memory as well. `memory` is as in `State`.
 */
export function stateFor(
  config: ModelConfig,
  pretrained: Pick<PretrainedWeights, "tensors">,
  options: ProgramOptions,
  memory?: DeviceMemory,
): State {
  const shapes = layout(config, options);
  const given = { ...options, averaged: !!options.scoreAverage };
  const wide = new State(shapes, given, memory);
  if (memory || options.device !== "cpu") return wide;
  const replaced = new Set(options.pruned); // with weights that a fixed mask has set to 0
  const halves = new Map(
    shapes.flatMap(({ name, shape }): [string, Half][] => {
      const half = halfOf(pretrained, name);
      const stays = half && ["masked", "frozen"].includes(wide.treatment(name)) && !replaced.has(name);
      return stays && !options.own(name, shape) ? [[name, half]] : [];
    }),
  );
  if (!halves.size) return wide;
  const narrow = new State(shapes, { ...given, halves });
  for (const name of heldWide(planOf(config, narrow, options), small(config), TABLE)) halves.delete(name);
  return new State(shapes, { ...given, halves });
}

/** Everything that the graphs depend on. */
export function planOf(config: ModelConfig, state: State, options: ProgramOptions): Plan {
  const {
    classifier,
    pooling,
    words,
    additions,
    labels,
    binarizer,
    steered,
    apart,
    distilled,
    dropout,
    device,
    scorePenalty,
    scoreAverage,
  } = options;
  return {
    config: withAdditions(config, additions),
    ...{ classifier, pooling, words, labels, binarizer, steered, apart, distilled },
    threshold: options.scopeOf ? "moving" : options.threshold,
    average: scoreAverage || undefined,
    penalty: scorePenalty && scorePenalty / state.scoreCount,
    treatment: (name) => state.treatment(name),
    shape: (name) => state.shape(name),
    type: (name) => state.type(name),
    gates: (name) => state.scoreShape(name)[0]!,
    adjoin: (names) => state.adjoin(names),
    rate: (configured) => (dropout === "config" ? configured : dropout),
    ...(device !== "cpu" && { block: WHOLE }),
  };
}

/** Numbers per random table for steps over batches of up to this shape. */
export const tableFor = (plan: Plan, largest: BatchShape | undefined): number =>
  largest ? tableLength(largestWindow(plan, largest)) : TABLE;
