// Sections on what masks prune: weights that one task alone keeps out, and those that finetuning moves.

import type { Agreed } from "../../mask/beside/agreed.ts";
import { liftOf, type Moved } from "../../mask/beside/moved.ts";
import { fixed, grouped } from "../../numbers.ts";
import type { ReportSection } from "./document.ts";
import { percent } from "./text.ts";

/** `names` of the masks, one of each task; `notes`: what else is to be said of them. */
export function agreedSection(
  names: readonly string[],
  { weights, observed, expected, alone }: Agreed,
  notes: readonly string[],
): ReportSection {
  const rows = observed.map((count, k) => {
    const by = expected[k]!;
    const which = k === 0 ? "no mask" : k === names.length ? `all ${k} masks` : k === 1 ? "one mask" : `${k} masks`;
    return [which, grouped(count), share(count, weights), share(by, weights), by > 0 ? fixed(count / by, 3) : "–"];
  });
  const pruned = weights - observed[0]!;
  return {
    id: "agreed",
    title: "Weights that one task alone prunes",
    claim: null,
    text: [
      `One mask of each task: ${names.join(", ")}. Below the last layer, the weights that start on in all of them (${grouped(weights)}), by the number of masks that pruned them, beside the numbers expected if the masks pruned independently, given their initial scores. Masks of one base model share structure whatever their tasks, so more than by chance is no sign of related tasks.`,
      `Pruned by this task alone, in % of the weights that any mask pruned: ${names.map((name, i) => `${name} ${share(alone[i]!, pruned)}`).join(", ")}.`,
      ...notes,
    ],
    table: {
      caption: "Weights by the number of masks that pruned them",
      header: ["pruned by", "weights", "%", "% by chance", "observed / expected"],
      rows,
    },
    figure: null,
  };
}

const share = (count: number, of: number): string => (of ? percent(count / of, 3) : "–");

/** A mask beside a finetuned copy, for one task. */
export interface MovedPair {
  /** "sst2: mask 001, finetuned 004" */
  readonly name: string;
  readonly moved: Moved;
}

export function movedSection(pairs: readonly MovedPair[]): ReportSection {
  return {
    id: "moved",
    title: "Does finetuning move what the mask prunes?",
    claim: null,
    text: [
      "Of the weights that start on, in each matrix: those that training pruned, and as many that moved most in the finetuned copy, |W′ − W|. Observed: weights that are both. By chance: the number expected if the two were independent, given initial scores and |W|. The 95 % intervals take weights as independent, and are too narrow where whole rows or columns are pruned together. Runs of different tasks over one model can be above 1, too; with the same run seed, both runs also share the classifier, the order of examples and dropout.",
    ],
    table: {
      caption: "Weights that one run pruned and the other moved most",
      header: ["adaptations", "pruned", "pruned, %", "both", "both by chance", "lift", "95 % confidence interval"],
      rows: pairs.map(({ name, moved }) => {
        const lift = liftOf(moved);
        const { weights, pruned, observed, expected } = moved;
        return [
          ...[name, grouped(pruned), share(pruned, weights), grouped(observed), grouped(Math.round(expected))],
          ...(lift ? [fixed(lift.value, 3), `${fixed(lift.low, 3)} to ${fixed(lift.high, 3)}`] : ["–", "–"]),
        ];
      }),
    },
    figure: null,
  };
}
