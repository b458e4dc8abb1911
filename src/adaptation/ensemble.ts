// Ensembles: several adaptations of one task that decide together.

import type { Interval, Metrics } from "../mask/metadata.ts";
import { metricsOf, NOTHING, type Outcome } from "./metrics.ts";
import { differenceOf, type Sampled, sampled } from "./paired.ts";
import { scoredUnits, type Units } from "./units.ts";

/**
 * How members decide: by the sum of their logits, by the sum of their probabilities, or by the majority of their predictions. In a
 * tie of votes, the earliest member that voted for one of the tied classes decides; in any other tie, the first class.
 */
export const VOTES = ["logits", "probabilities", "majority"] as const;
export type Vote = (typeof VOTES)[number];

export interface Ensemble {
  readonly by: Vote;
  readonly metrics: Metrics;
  /** The task's metric minus the mean of the members', on the same examples, with its paired 95 % interval. */
  readonly difference: Interval;
}

/** An adaptation's predictions over all units of a split, also those that the task leaves out. */
export interface Member {
  readonly units: Units;
  readonly outcome: Sampled;
}

/** The ensembles of all members of a task. Throws a RangeError if their units differ. */
export function ensemblesOf(members: readonly Member[], unscored: "wrong" | "leave-out"): Ensemble[] {
  const [first] = members;
  if (!first) return [];
  return VOTES.map((by) => {
    const predictions = voted(
      by,
      members.map(({ units }) => units),
    );
    const outcome = outcomeOf(first.outcome, scoredUnits({ ...first.units, predictions }, unscored));
    const difference = differenceOf(
      [sampled(outcome)],
      members.map((member) => member.outcome),
    );
    return { by, metrics: metricsOf(outcome), difference };
  });
}

/** The class of each unit that the members with a prediction choose together; `NOTHING` where none has one. */
export function voted(by: Vote, members: readonly Units[]): Int32Array {
  const [first, ...others] = members as [Units, ...Units[]];
  const { classes, targets } = first;
  if (others.some((units) => units.classes !== classes || units.targets.length !== targets.length))
    throw new RangeError("members of an ensemble predict different units");
  return targets.map((_, unit) => {
    const voting = members.filter(({ predictions }) => predictions[unit] !== NOTHING);
    if (!voting.length) return NOTHING;
    if (by === "majority") return majority(voting.map(({ predictions }) => predictions[unit]!));
    // A logit and the logarithm of its probability differ by the same number for each class of a member.
    const of = (logarithm: number) => (by === "logits" ? logarithm : Math.exp(logarithm));
    let [best, highest] = [0, Number.NEGATIVE_INFINITY];
    for (let label = 0; label < classes; label++) {
      const sum = voting.reduce((total, units) => total + of(units.logProbabilities[unit * classes + label]!), 0);
      if (sum > highest) [best, highest] = [label, sum];
    }
    return best;
  });
}

function majority(votes: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return votes.find((vote) => counts.get(vote) === most)!;
}

/** The outcome of these units, of the same task as another outcome. */
function outcomeOf({ kind, metric, labels }: Outcome, { starts, targets, predictions }: Units): Outcome {
  const examples = [...starts.keys()].slice(0, -1);
  const within = (values: Int32Array, example: number) => [...values.subarray(starts[example], starts[example + 1])];
  return {
    ...{ kind, metric, labels },
    targets: examples.map((example) => within(targets, example)),
    predictions: examples.map((example) => within(predictions, example)),
  };
}
