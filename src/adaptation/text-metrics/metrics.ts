// Metrics of language and generation tasks, each with its 95 % confidence interval.

import type { Interval, Metrics } from "../../mask/metadata.ts";
import type { TextMetric } from "../../metric.ts";
import { percentileInterval, resample, SAMPLES, wilson } from "../intervals.ts";
import { BLEU_STATISTICS, bleuOf, bleuStatistics } from "./bleu.ts";
import { CHRF_STATISTICS, chrfOf, chrfStatistics } from "./chrf.ts";
import { withoutBlanksAround } from "./n-grams.ts";
import type { TextOutcome } from "./outcome.ts";

/** A metric of a corpus as a function of numbers that add up over its examples. */
interface CorpusMetric {
  /** How many numbers an example has. */
  readonly width: number;
  /** The numbers of an example; undefined if the outcome has nothing to compute them from. */
  of(outcome: TextOutcome): ((example: number) => readonly number[]) | undefined;
  value(sums: ArrayLike<number>): number;
  /** Why the value is undefined; undefined if it is defined. */
  undefinedBecause?(sums: ArrayLike<number>): string | undefined;
}

const losses: Pick<CorpusMetric, "width" | "undefinedBecause" | "of"> = {
  width: 4,
  of:
    ({ losses: { nats, scored, tokens, bytes } }) =>
    (i) => [nats[i]!, scored[i]!, tokens[i]!, bytes[i]!],
  undefinedBecause: ({ 1: scored }) => (scored ? undefined : "no token is scored"),
};

/** A mean loss that is not finite, or whose exponential is not, cannot be written as JSON. */
const finite = (value: number) => Math.min(value, Number.MAX_VALUE);

const METRICS: Record<TextMetric, CorpusMetric> = {
  perplexity: { ...losses, value: ({ 0: nats, 1: scored }) => (scored ? finite(Math.exp(nats! / scored)) : 0) },
  bitsPerByte: {
    ...losses,
    of: (outcome) => (outcome.kind === "language" ? losses.of(outcome) : undefined),
    value: ({ 0: nats, 1: scored, 2: tokens, 3: bytes }) =>
      scored && bytes ? finite(((nats! / scored) * (tokens! / bytes)) / Math.LN2) : 0,
    undefinedBecause: ({ 1: scored, 3: bytes }) =>
      scored ? (bytes ? undefined : "the texts are empty") : "no token is scored",
  },
  bleu: { width: BLEU_STATISTICS, of: compared(bleuStatistics), value: bleuOf },
  chrf: { width: CHRF_STATISTICS, of: compared(chrfStatistics), value: chrfOf },
  exactMatch: {
    width: 2,
    of: compared((generated, references) => [
      Number(references.map(withoutBlanksAround).includes(withoutBlanksAround(generated))),
      1,
    ]),
    value: ({ 0: equal, 1: all }) => (all ? equal! / all : 0),
  },
};

function compared(
  statistics: (generated: string, references: readonly string[]) => readonly number[],
): CorpusMetric["of"] {
  return ({ texts }) => texts && ((i) => statistics(texts.generated[i]!, texts.references[i]!));
}

/**
 * The metrics that the outcome has numbers for.
 *
 * - perplexity: exp of the mean loss of the scored tokens.
 * - bitsPerByte: the mean loss in bits, times tokens per byte (UTF-8) of the texts. End tokens count as tokens, not as bytes.
 * - bleu, chrf: over the corpus, as in sacrebleu, against all references of an example.
 * - exactMatch: fraction of texts that equal one of their references, apart from white space around them.
 *
 * Intervals (95 %): Wilson's for exactMatch; otherwise the 2.5 and 97.5 percentiles of 1,000 bootstrap samples with a fixed
 * seed, drawn from examples or, in language tasks, from blocks. If a metric is undefined, or all samples give the same
 * value, there is no interval, and `reason` says why.
 */
export function textMetricsOf(outcome: TextOutcome): Metrics {
  const examples = outcome.losses.nats.length;
  const found = (Object.keys(METRICS) as TextMetric[]).flatMap((name): [TextMetric, Interval][] => {
    const summed = Summed.of(outcome, name);
    return summed ? [[name, summed.interval()]] : [];
  });
  return { examples, ...Object.fromEntries(found) };
}

/** The metric's value, and its values over bootstrap samples; splits of equal length get the same samples. */
export function textSamplesOf(outcome: TextOutcome, metric: TextMetric): { value: number; samples: Float64Array } {
  const summed = required(outcome, metric);
  return { value: summed.value, samples: summed.samples() };
}

/** The metric's value alone, without bootstrap samples. */
export function valueOfTextMetric(outcome: TextOutcome, metric: TextMetric): number {
  return required(outcome, metric).value;
}

function required(outcome: TextOutcome, metric: TextMetric): Summed {
  const summed = Summed.of(outcome, metric);
  if (summed) return summed;
  throw new RangeError(`the outcome has nothing to compute ${metric} from`);
}

/** The numbers of each example, [E · width], from which one metric is computed. */
class Summed {
  readonly #name: TextMetric;
  readonly #examples: number;
  readonly #numbers: Float64Array;
  readonly value: number;

  private constructor(name: TextMetric, examples: number, numbers: Float64Array) {
    this.#name = name;
    this.#examples = examples;
    this.#numbers = numbers;
    this.value = METRICS[name].value(this.#sums());
  }

  static of(outcome: TextOutcome, name: TextMetric): Summed | undefined {
    const { width, of } = METRICS[name];
    const statistics = of(outcome);
    if (!statistics) return undefined;
    const examples = outcome.losses.nats.length;
    const numbers = new Float64Array(examples * width);
    for (let i = 0; i < examples; i++) numbers.set(statistics(i), i * width);
    return new Summed(name, examples, numbers);
  }

  interval(): Interval {
    const { value } = this;
    const none = { value, low: null, high: null };
    const missing = this.#examples ? METRICS[this.#name].undefinedBecause?.(this.#sums()) : "there are no examples";
    if (missing !== undefined) return { ...none, reason: `undefined, reported as 0: ${missing}` };
    if (this.#name === "exactMatch") return { value, ...wilson(value, this.#examples) };
    const bounds = percentileInterval(this.samples());
    return bounds ? { value, ...bounds } : { ...none, reason: "no interval: every bootstrap sample gives this value" };
  }

  samples(): Float64Array {
    const values = new Float64Array(SAMPLES);
    if (!this.#examples) return values;
    resample(this.#examples, (sample, times) => {
      values[sample] = METRICS[this.#name].value(this.#sums(times));
    });
    return values;
  }

  /** The sums over the examples, each as often as `times` says; once if not given. */
  #sums(times?: Uint32Array): Float64Array {
    const { width } = METRICS[this.#name];
    const sums = new Float64Array(width);
    for (let i = 0; i < this.#examples; i++) {
      const weight = times ? times[i]! : 1;
      if (!weight) continue;
      for (let j = 0; j < width; j++) sums[j]! += weight * this.#numbers[i * width + j]!;
    }
    return sums;
  }
}
