// A summary of a run for lists of runs, without its steps and scores.

import type { EvaluationEvent, TrainEvent } from "./events.ts";
import { standing } from "./run-folder.ts";

export interface Outline {
  readonly standing: ReturnType<typeof standing>;
  /** Whether its log has any events. */
  readonly begun: boolean;
  /** Completed and total steps; undefined before it starts. */
  readonly step: number;
  readonly steps: number | undefined;
  /** The best validation metric so far. */
  readonly best: number | undefined;
  /** The adaptation's file; undefined until the run is done. */
  readonly adaptation: string | undefined;
  /** The mean over a finished run, including evaluations. */
  readonly secondsPerStep: number | undefined;
}

export function outlineOf(events: readonly TrainEvent[]): Outline {
  const best = events.findLast(
    (event): event is EvaluationEvent => event.type === "evaluation" && event.split === "validation" && event.best,
  );
  const result = events.findLast((event) => event.type === "done")?.result;
  return {
    standing: standing(events),
    begun: events.length > 0,
    step: events.findLast((event) => event.type === "step")?.step ?? 0,
    steps: events.findLast((event) => event.type === "start")?.steps,
    best: best?.value,
    adaptation: result?.adaptation,
    secondsPerStep: result && result.steps > 0 ? result.seconds / result.steps : undefined,
  };
}
