// A summary of a run for lists of runs, without its steps and scores.

import path from "node:path";
import { ADAPTATION_ENDING } from "../file-name.ts";
import type { Interval } from "../mask/metadata.ts";
import type { EvaluationEvent, TrainEvent } from "./events.ts";
import { standing } from "./run-folder.ts";

export interface Outline {
  readonly standing: ReturnType<typeof standing>;
  /** Whether the run's log has any events. */
  readonly begun: boolean;
  /** Completed and total steps; undefined before it starts. */
  readonly step: number;
  readonly steps: number | undefined;
  /** When the run first started, in milliseconds since 1970; undefined in logs of earlier versions. */
  readonly time: number | undefined;
  /** The best validation metric so far, the test metric, and their name (undefined in logs of earlier versions). */
  readonly best: number | undefined;
  readonly test: number | undefined;
  readonly metric: string | undefined;
  /** Both with their confidence intervals; undefined in logs of earlier versions. */
  readonly bestInterval: Interval | undefined;
  readonly testInterval: Interval | undefined;
  /** At the best step so far; null without masks, undefined before the first evaluation. */
  readonly sparsity: number | null | undefined;
  /** Parameters trained, scores of masks included, as a share of the model's; undefined in logs of earlier versions. */
  readonly trained: number | undefined;
  /** The adaptation's file; undefined until the run is done. */
  readonly adaptation: string | undefined;
  /** The time spent on training and evaluation by a finished run. */
  readonly seconds: number | undefined;
  /** The mean time per step of a finished run, including evaluations. */
  readonly secondsPerStep: number | undefined;
}

export function outlineOf(events: readonly TrainEvent[]): Outline {
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === "evaluation");
  const best = evaluations.findLast(({ split, best }) => split === "validation" && best);
  const test = evaluations.findLast(({ split }) => split === "test");
  const result = events.findLast((event) => event.type === "done")?.result;
  return {
    standing: standing(events),
    begun: events.length > 0,
    step: events.findLast((event) => event.type === "step")?.step ?? 0,
    steps: events.findLast((event) => event.type === "start")?.steps,
    time: events.find((event) => event.type === "start")?.time,
    best: best?.value,
    test: test?.value,
    metric: best?.metric,
    bestInterval: intervalOf(best),
    testInterval: intervalOf(test),
    sparsity: result ? result.sparsity : best && (best.dynamics?.sparsity ?? null),
    trained: trainedIn(events),
    adaptation: result?.adaptation,
    seconds: result?.seconds,
    secondsPerStep: result && result.steps > 0 ? result.seconds / result.steps : undefined,
  };
}

function trainedIn(events: readonly TrainEvent[]): number | undefined {
  const counts = events.findLast((event) => event.type === "start")?.parameters;
  return counts && counts.trained / counts.all;
}

/** The interval of the metric that chooses the best step. */
function intervalOf(evaluation: EvaluationEvent | undefined): Interval | undefined {
  const value = evaluation?.metric === undefined ? undefined : evaluation.metrics[evaluation.metric];
  return typeof value === "object" ? value : undefined;
}

/** The path of a finished run's adaptation in the run's folder, which may have been moved or renamed since. */
export function adaptationIn(folder: string, logged: string): string | undefined {
  const name = logged.split(/[/\\]/).at(-1)!; // the path may come from any operating system
  return ADAPTATION_ENDING.test(name) ? path.join(folder, name) : undefined;
}
