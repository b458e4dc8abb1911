// The course of a run, assembled from its events. Pure.

import type { Interval } from "../../src/mask/metadata.ts";
import type {
  EvaluationEvent,
  LabelCount,
  StartEvent,
  StepEvent,
  TrainEvent,
  TrainResult,
  TransferEvent,
} from "../../src/messages.ts";

export interface Course {
  /** The run's name; empty before it has started. */
  readonly name: string;
  /** Planned steps; 0 before the run has started. */
  readonly total: number;
  /** The steps of the stage that comes first in runs with linear attention, in order. */
  readonly transfers: readonly TransferEvent[];
  /** In order, one per step. */
  readonly steps: readonly StepEvent[];
  /** On the validation split, in order. */
  readonly evaluations: readonly EvaluationEvent[];
  readonly test: EvaluationEvent | undefined;
  readonly notes: readonly string[];
  /** Label counts of the data; empty before the run has started. */
  readonly labels: readonly LabelCount[];
  /** The numbers of examples and of truncated examples; undefined before the run has started. */
  readonly data: Pick<StartEvent, "examples" | "cut" | "encoderLayers" | "parameters" | "room"> | undefined;
  readonly result: TrainResult | undefined;
}

/**
 * A resumed run repeats the steps after its checkpoint; they replace the earlier ones. Events that arrive twice, from the log
 * and from the running process, count once.
 */
export function courseOf(events: readonly TrainEvent[]): Course {
  let name = "";
  let total = 0;
  const transfers: TransferEvent[] = [];
  let steps = new Map<number, StepEvent>();
  let evaluations = new Map<number, EvaluationEvent>();
  let test: EvaluationEvent | undefined;
  let result: TrainResult | undefined;
  const notes = new Set<string>();
  let labels: readonly LabelCount[] = [];
  let data: Course["data"];
  for (const event of events.filter(isWhole)) {
    if (event.type === "start") {
      name = event.run;
      total = event.steps;
      labels = event.labels ?? []; // missing from logs of earlier versions
      data = event;
      const made = ([step]: readonly [number, unknown]) => step <= event.step;
      steps = new Map([...steps].filter(made));
      evaluations = new Map([...evaluations].filter(made));
      test = undefined;
      result = undefined;
    } else if (event.type === "note") notes.add(event.text);
    else if (event.type === "transfer") {
      while (transfers.length && transfers.at(-1)!.step >= event.step) transfers.pop();
      transfers.push(event);
    } else if (event.type === "step") steps.set(event.step, event);
    else if (event.type === "evaluation" && event.split === "test") test = event;
    else if (event.type === "evaluation") evaluations.set(event.step, event);
    else if (event.type === "done") result = event.result;
  }
  const ordered = <E extends { readonly step: number }>(of: ReadonlyMap<number, E>) =>
    [...of.values()].sort((a, b) => a.step - b.step);
  return {
    ...{ name, total, transfers, steps: ordered(steps), evaluations: ordered(evaluations), test },
    ...{ notes: [...notes], labels, data, result },
  };
}

/** Whether an event is usable: a log may contain lines written by something else. */
function isWhole(event: TrainEvent | null): boolean {
  if (typeof event !== "object" || event === null) return false;
  if (event.type !== "step" && event.type !== "transfer") return true;
  return Number.isFinite(event.step) && Number.isFinite(event.loss);
}

/** The last step of the stage that comes first; undefined if the run has none, or is beyond it. */
export function transferringAt({ transfers, steps }: Course): TransferEvent | undefined {
  const last = transfers.at(-1);
  return last && last.step < last.steps && !steps.length ? last : undefined;
}

/** The best evaluation so far: the mask at its step is the one that is saved. */
export const bestOf = ({ evaluations }: Course): EvaluationEvent | undefined =>
  evaluations.findLast((evaluation) => evaluation.best);

/** A sparsity, and the step after which it was measured. */
export interface SparsityAt {
  readonly step: number;
  readonly sparsity: number;
}

/** The sparsity at the best step, whose mask is saved, and at the last step. */
export function sparsitiesOf(course: Course): { readonly best?: SparsityAt; readonly last?: SparsityAt } {
  const best = bestOf(course);
  const saved = course.result?.sparsity ?? best?.dynamics?.sparsity;
  const latest = course.steps.at(-1);
  const evaluated = course.evaluations.findLast(({ dynamics }) => dynamics !== null);
  const last =
    evaluated && evaluated.step >= (latest?.step ?? 0)
      ? { step: evaluated.step, sparsity: evaluated.dynamics!.sparsity }
      : latest && latest.sparsity !== null && { step: latest.step, sparsity: latest.sparsity };
  return {
    ...(best && saved != null && { best: { step: best.step, sparsity: saved } }),
    ...(last && { last }),
  };
}

/** The run's metric; if the log does not name it, the metric whose value equals `value` in every evaluation. */
export function metricOf({ evaluations, test }: Course): string | undefined {
  const all = test ? [...evaluations, test] : evaluations;
  if (all[0]?.metric !== undefined) return all[0].metric;
  return Object.keys(all[0]?.metrics ?? {}).find((name) =>
    all.every(({ metrics, value }) => {
      const found = metrics[name];
      return typeof found === "object" && found.value === value;
    }),
  );
}

/** The confidence interval of a metric in an evaluation; undefined if unknown. */
export function intervalOf({ metrics }: EvaluationEvent, metric: string | undefined): Interval | undefined {
  const value = metric === undefined ? undefined : metrics[metric];
  return typeof value === "object" ? value : undefined;
}

/** Flips of a layer's weights between two evaluations. */
interface LayerFlips {
  readonly layer: number | null;
  readonly points: readonly {
    readonly step: number;
    /** The step of the previous evaluation (0: the initial mask). */
    readonly since: number;
    readonly flips: number;
    /** Flips per step, as a fraction of the layer's weights; per step because evaluations need not be equally spaced. */
    readonly rate: number;
  }[];
}

/** Flips by layer, lowest first, pooler and classifier last. */
export function flipsByLayer({ evaluations }: Course): LayerFlips[] {
  const known = evaluations.filter(({ dynamics }) => dynamics !== null);
  const layers = (known[0]?.dynamics?.layers ?? []).map(({ layer }) => layer);
  return layers
    .sort((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map((layer) => ({
      layer,
      points: known.flatMap(({ step, dynamics }, i) => {
        const motion = dynamics!.layers.find((candidate) => candidate.layer === layer);
        const since = known[i - 1]?.step ?? 0;
        if (!motion || step <= since) return [];
        return [{ step, since, flips: motion.flips, rate: motion.flips / motion.weights / (step - since) }];
      }),
    }));
}

/** How each matrix has changed at an evaluation; `layer` is null for the matrices above the layers. */
export const matricesOf = (dynamics: EvaluationEvent["dynamics"]) =>
  (dynamics?.layers ?? []).flatMap(({ layer, matrices }) => matrices.map((motion) => ({ layer, ...motion })));

/** For each value, the mean of the last `width` values up to and including it. */
export function runningMean(values: readonly number[], width: number): number[] {
  let sum = 0;
  return values.map((value, i) => {
    sum += value - (i >= width ? values[i - width]! : 0);
    return sum / Math.min(width, i + 1);
  });
}

/** Reduces `points` to at most `most`, each the mean of the same number of consecutive points (the last may have fewer). */
export function thinned(
  points: readonly { readonly x: number; readonly y: number }[],
  most: number,
): { x: number; y: number }[] {
  const together = Math.ceil(points.length / most);
  const result: { x: number; y: number }[] = [];
  for (let from = 0; from < points.length; from += together) {
    const some = points.slice(from, from + together);
    const mean = (of: "x" | "y") => some.reduce((sum, point) => sum + point[of], 0) / some.length;
    result.push(together > 1 ? { x: mean("x"), y: mean("y") } : { ...some[0]! });
  }
  return result;
}
