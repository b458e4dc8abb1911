// The curves of a run from its events, with a bounded number of points. Independent of vscode.

import type { Curve, RunCurves } from "../../messages.ts";
import type { EvaluationEvent, StepEvent, TrainEvent } from "../../train/events.ts";

/** The maximum number of points in a curve: longer runs are averaged over this many or fewer groups of steps. */
export const MOST_POINTS = 2000;

/** The events of one run that its curves are made of; events may be added while it trains. */
export class CurveBuilder {
  readonly #run: string;
  #steps: StepEvent[] = [];
  #evaluations: EvaluationEvent[] = [];

  constructor(run: string, events: readonly TrainEvent[] = []) {
    this.#run = run;
    for (const event of events) this.add(event);
  }

  /** A resumed run repeats the steps after its checkpoint: they replace the earlier ones. */
  add(event: TrainEvent): void {
    if (event.type === "start") {
      this.#steps = this.#steps.filter(({ step }) => step <= event.step);
      this.#evaluations = this.#evaluations.filter(({ step }) => step <= event.step);
    } else if (event.type === "step") append(this.#steps, event);
    else if (event.type === "evaluation" && event.split === "validation") append(this.#evaluations, event);
  }

  curves(most = MOST_POINTS): RunCurves {
    const steps = this.#steps;
    const masked = steps.filter(({ sparsity }) => sparsity !== null);
    const meanOf = (events: readonly StepEvent[], measured: (event: StepEvent) => number): Curve => {
      const at = events.map(({ step }) => step);
      const times = timesOf(events);
      const seconds = times && averaged(at, times, most).values;
      return { ...averaged(at, events.map(measured), most), seconds };
    };
    return {
      ...{ run: this.#run, reason: null, every: Math.max(1, Math.ceil(steps.length / most)) },
      loss: meanOf(steps, ({ loss }) => loss),
      metric: metricOf(this.#evaluations),
      sparsity: meanOf(masked, ({ sparsity }) => sparsity!),
      flips: flipsOf(this.#evaluations),
    };
  }
}

/** The curves of a run that has none, with the reason. */
export function noCurves(run: string, reason: string): RunCurves {
  return { ...new CurveBuilder(run).curves(), reason };
}

function append<E extends { readonly step: number }>(events: E[], event: E): void {
  while (events.length && events.at(-1)!.step >= event.step) events.pop();
  events.push(event);
}

/**
 * At most `most` points, each the mean of the same number of consecutive steps (the last may have fewer), placed at
 * their mean step, with their least and greatest values.
 */
export function averaged(steps: readonly number[], values: ArrayLike<number>, most: number): Omit<Curve, "seconds"> {
  const every = Math.max(1, Math.ceil(steps.length / most));
  if (every === 1) return { steps: Float32Array.from(steps), values: Float32Array.from(values) };
  const count = Math.ceil(steps.length / every);
  const curve = {
    ...{ steps: new Float32Array(count), values: new Float32Array(count) },
    ...{ low: new Float32Array(count), high: new Float32Array(count) },
  };
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * every, Math.min(steps.length, (i + 1) * every)];
    let [step, sum, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let j = from; j < to; j++) {
      step += steps[j]!;
      sum += values[j]!;
      low = Math.min(low, values[j]!);
      high = Math.max(high, values[j]!);
    }
    curve.steps[i] = step / (to - from);
    curve.values[i] = sum / (to - from);
    curve.low[i] = low;
    curve.high[i] = high;
  }
  return curve;
}

/** The time at each event; null if the log does not say. */
function timesOf(events: readonly { readonly seconds?: number }[]): number[] | null {
  const known = events.flatMap(({ seconds }) => seconds ?? []);
  return known.length === events.length ? known : null;
}

function secondsOf(events: readonly { readonly seconds?: number }[]): Float32Array | null {
  const times = timesOf(events);
  return times && Float32Array.from(times);
}

/** The metric at each evaluation, with its interval where there is one (otherwise both ends are the value). */
function metricOf(evaluations: readonly EvaluationEvent[]): Curve {
  const ranged = evaluations.map(({ metric, metrics, value }) => {
    const found = metric === undefined ? undefined : metrics[metric];
    const interval = typeof found === "object" ? found : undefined;
    return { low: interval?.low ?? value, high: interval?.high ?? value };
  });
  return {
    steps: Float32Array.from(evaluations, ({ step }) => step),
    values: Float32Array.from(evaluations, ({ value }) => value),
    low: Float32Array.from(ranged, ({ low }) => low),
    high: Float32Array.from(ranged, ({ high }) => high),
    seconds: secondsOf(evaluations),
  };
}

/** Flips per step since the previous evaluation, as a share of all masked weights. */
function flipsOf(evaluations: readonly EvaluationEvent[]): Curve {
  const known = evaluations.filter(({ dynamics }) => dynamics !== null);
  const rates = known.flatMap((event, i) => {
    const { step, dynamics } = event;
    const since = known[i - 1]?.step ?? 0;
    const { flips, weights } = dynamics!;
    return step > since && weights > 0 ? [{ event, rate: flips / weights / (step - since) }] : [];
  });
  return {
    steps: Float32Array.from(rates, ({ event }) => event.step),
    values: Float32Array.from(rates, ({ rate }) => rate),
    seconds: secondsOf(rates.map(({ event }) => event)),
  };
}
