// Formats the ensembles of a task's adaptations as a table with one line per way of voting.

import type { Vote } from "../../adaptation/ensemble.ts";
import type { Ensembles } from "../../adaptation/evaluate.ts";
import { metricsTable } from "./metrics.ts";
import { points } from "./table.ts";

const WORDS: Record<Vote, string> = {
  logits: "sum of logits",
  probabilities: "sum of probabilities",
  majority: "majority, ties to the earliest",
};

/** `name` returns an adaptation's name in the metrics table above. */
export function ensemblesTable({ adaptations, votes }: Ensembles, name: (adaptation: string) => string): string {
  const lines = votes.map(({ by, metrics }) => [WORDS[by], metrics] as const);
  const differences = votes.map(({ by, difference }) => `${WORDS[by]} ${points(difference)}`);
  return `
${adaptations.map(name).join(" + ")} vote together
${metricsTable("ensemble", lines)}Minus the mean of the members on the same examples, in points, with a 95 % interval (paired bootstrap): ${differences.join("; ")}.
`;
}
