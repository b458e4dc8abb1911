// Steps that train only the maps of features of linear attention, so that it reads as attention by softmax does.

import type { Batch } from "../../data/batches.ts";
import type { Values } from "../../runtime/session.ts";
import { float32 } from "../../tensor.ts";
import { tokenFeeds } from "../feeds.ts";
import { shapeName } from "../graphs/plan.ts";
import type { Runner } from "../runner.ts";
import type { StepFeeds } from "../step-feeds.ts";
import { shapeOf } from "../steps.ts";
import type { StepPoint, TransferTrainable } from "../trainable.ts";
import { transferGraph, WEIGHTS } from "./graph.ts";

/** The number of tokens of a batch, without padding and filler rows, and of those that a decoder reads. */
export function tokensIn({ rows, choices, length, attention, decoder }: Batch): { own: number; decoder: number } {
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  return {
    own: sum(attention.subarray(0, rows * choices * length)),
    decoder: decoder ? sum(decoder.attention.subarray(0, rows * decoder.length)) : 0,
  };
}

/** The inputs of tokens' weights: `own` and `decoder` for a token, 0 for padding and in filler rows. */
export function weightFeeds(batch: Batch, { own, decoder: across }: { own: number; decoder: number }): Values {
  const { size, rows, choices, length, attention, decoder } = batch;
  const weighted = (values: Float32Array, real: number, weight: number) =>
    values.map((value, i) => (i < real ? value * weight : 0));
  return {
    [WEIGHTS.own]: float32([size * choices, length], weighted(attention, rows * choices * length, own)),
    ...(decoder && {
      [WEIGHTS.decoder]: float32([size, decoder.length], weighted(decoder.attention, rows * decoder.length, across)),
    }),
  };
}

export class Transfer implements TransferTrainable {
  readonly #runner: Runner;
  readonly #feeds: StepFeeds;

  constructor(runner: Runner, feeds: StepFeeds) {
    this.#runner = runner;
    this.#feeds = feeds;
  }

  async step(batch: Batch, at: StepPoint): Promise<number> {
    const { plan } = this.#runner;
    const shape = { ...shapeOf(batch, plan), scored: undefined };
    const compiled = await this.#runner.compiled(`transfer ${shapeName(shape)}`, () => transferGraph(plan, shape));
    const { own, decoder } = tokensIn(batch);
    const weights = weightFeeds(batch, { own: 1 / own, decoder: decoder ? 1 / decoder : 0 });
    return this.#runner.step(compiled, { ...tokenFeeds(batch), ...weights, ...this.#feeds.point(at) });
  }
}
