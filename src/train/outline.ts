// What a run came to, in short: enough for lists of runs, without its steps and scores.

import type { EvaluationEvent, TrainEvent } from "./events.ts";
import { standing } from "./run-folder.ts";

export interface Outline {
  readonly standing: ReturnType<typeof standing>;
  /** Whether its log says anything. */
  readonly begun: boolean;
  /** Steps that were made, and of how many; undefined before it starts. */
  readonly step: number;
  readonly steps: number | undefined;
  /** The best value of the metric on validation so far. */
  readonly best: number | undefined;
  /** The file that it left; undefined until it is done. */
  readonly adaptation: string | undefined;
}

export function outlineOf(events: readonly TrainEvent[]): Outline {
  const best = events.findLast(
    (event): event is EvaluationEvent => event.type === "evaluation" && event.split === "validation" && event.best,
  );
  return {
    standing: standing(events),
    begun: events.length > 0,
    step: events.findLast((event) => event.type === "step")?.step ?? 0,
    steps: events.findLast((event) => event.type === "start")?.steps,
    best: best?.value,
    adaptation: events.findLast((event) => event.type === "done")?.result.adaptation,
  };
}
