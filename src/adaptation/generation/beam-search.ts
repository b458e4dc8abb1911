// Beam search as in generate(num_beams=…) of transformers 5.18: what is kept, what counts as finished, and when it
// stops. Scores are float32, as there.

import type { Process } from "./processors.ts";
import { type FinishOf, type Hypothesis, largest, logSoftmax, type Rows, type Search } from "./search.ts";
import type { GenerationSettings } from "./settings.ts";

/** A hypothesis that is being continued. */
interface Running {
  readonly ids: readonly number[];
  /** The model's log probability of the tokens. */
  readonly logProbability: number;
  /** The same after the settings, such as a repetition penalty, have changed it. */
  readonly sum: number;
}

interface Finished extends Hypothesis {
  readonly score: number;
}

/** No hypothesis with a lower sum is kept: its tokens were excluded. */
const LOWEST_SUM = -1e9;

export class BeamSearch implements Search {
  readonly #prompt: readonly number[];
  readonly #settings: GenerationSettings;
  readonly #process: Process;
  readonly #finishOf: FinishOf;
  /** The most tokens that may be generated. */
  readonly #most: number;
  #running: readonly Running[];
  /** At most as many as there are beams, the best first. */
  #finished: readonly Finished[] = [];

  constructor(
    prompt: readonly number[],
    settings: GenerationSettings,
    process: Process,
    finishOf: FinishOf,
    most: number,
  ) {
    this.#prompt = prompt;
    this.#settings = settings;
    this.#process = process;
    this.#finishOf = finishOf;
    this.#most = most;
    this.#running = [{ ids: [], logProbability: 0, sum: 0 }];
  }

  next(logits: Float32Array): Rows | undefined {
    const { beams, endIds } = this.#settings;
    const vocabulary = logits.length / this.#running.length;
    const rows = this.#running.map((_, i) => logSoftmax(logits.subarray(i * vocabulary, (i + 1) * vocabulary)));
    const sums = new Float32Array(logits.length);
    for (const [i, { ids, sum }] of this.#running.entries()) {
      const scores = rows[i]!.slice();
      this.#process(scores, [...this.#prompt, ...ids]);
      for (let id = 0; id < vocabulary; id++) sums[i * vocabulary + id] = scores[id]! + sum;
    }
    // More candidates than beams, so that enough remain even if each beam's most likely tokens are all end tokens.
    const candidates = largest(sums, Math.max(2, 1 + endIds.length) * beams).map((index) => {
      const parent = Math.floor(index / vocabulary);
      const token = index % vocabulary;
      const { ids, logProbability } = this.#running[parent]!;
      const longer = [...ids, token];
      const candidate = { ids: longer, logProbability: logProbability + rows[parent]![token]!, sum: sums[index]! };
      return { ...candidate, parent, token, finish: this.#finishOf(longer) };
    });
    this.#keepFinished(candidates.slice(0, beams).filter(({ finish, sum }) => finish && sum > LOWEST_SUM));
    const running = candidates.filter(({ finish }) => !finish).slice(0, beams);
    this.#running = running;
    if (!running.length || !this.#canImprove()) return undefined;
    return { tokens: running.map(({ token }) => token), parents: running.map(({ parent }) => parent) };
  }

  hypotheses(): readonly Hypothesis[] {
    return this.#finished.length ? this.#finished : this.#running;
  }

  #keepFinished(candidates: readonly (Running & Hypothesis)[]): void {
    const { beams, lengthPenalty } = this.#settings;
    const added = candidates.map(({ ids, logProbability, sum, finish }) => {
      return { ids, logProbability, score: Math.fround(sum / ids.length ** lengthPenalty), finish };
    });
    this.#finished = [...this.#finished, ...added].sort((a, b) => b.score - a.score).slice(0, beams);
  }

  /** Whether a hypothesis that is still running could rank among the finished ones, as `earlyStopping` judges it. */
  #canImprove(): boolean {
    const { beams, earlyStopping, lengthPenalty } = this.#settings;
    if (this.#finished.length < beams) return true;
    if (earlyStopping === true) return false;
    const [{ ids, sum }] = this.#running as readonly [Running];
    const length = earlyStopping === "never" && lengthPenalty > 0 ? this.#most : ids.length;
    return Math.fround(sum / length ** lengthPenalty) > this.#finished.at(-1)!.score;
  }
}
