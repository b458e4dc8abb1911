// What adaptations are worth on other tasks of the study that have the same labels.

import type { EvaluateOptions, Evaluation, Evaluations } from "../../adaptation/evaluate.ts";
import { signed } from "../../numbers.ts";
import type { ReportSection } from "./document.ts";
import { heat } from "./svg.ts";
import { percent } from "./text.ts";

/** Evaluates on test examples. */
export type Evaluate = (
  options: Pick<EvaluateOptions, "adaptations" | "tasks" | "details" | "ensembles">,
) => Promise<Evaluations>;

/** An adaptation that is evaluated on another task. */
export interface Source {
  /** Its group, such as "sst2, mask". */
  readonly name: string;
  readonly adaptation: string;
  readonly task: string;
  /** What its task asks for: the kind and the labels in their order. */
  readonly asks: string;
}

/** Accuracies of the sources on each target task, and each target's majority. */
export interface Transfer {
  readonly sources: readonly Source[];
  readonly targets: readonly {
    readonly task: string;
    readonly name: string;
    /** The share of the most frequent label among the test examples. */
    readonly majority: number;
    /** Of each source; null if its task asks for something else. */
    readonly accuracies: readonly (number | null)[];
  }[];
}

/** undefined unless two tasks ask for the same. */
export async function transferOf(sources: readonly Source[], evaluate: Evaluate): Promise<Transfer | undefined> {
  const targets: Transfer["targets"][number][] = [];
  const sharing = sources.filter(({ task, asks }) =>
    sources.some((other) => other.task !== task && other.asks === asks),
  );
  for (const task of new Set(sharing.map((source) => source.task))) {
    const { asks } = sharing.find((source) => source.task === task)!;
    const fitting = sharing.filter((source) => source.asks === asks);
    const found = new Map<Source, Evaluation>();
    // One at a time: finetuned copies are large.
    for (const source of fitting) {
      const one = { adaptations: [source.adaptation], tasks: { [source.adaptation]: task } };
      const { adaptations } = await evaluate({ ...one, details: source === fitting[0] });
      found.set(source, adaptations[0]!);
    }
    const first = found.get(fitting[0]!)!;
    const supports = first.details?.labels.map(({ support }) => support) ?? [];
    const accuracyOf = (source: Source) => {
      const accuracy = found.get(source)?.metrics.accuracy;
      return typeof accuracy === "object" ? accuracy.value : null;
    };
    targets.push({
      ...{ task, name: first.task.name },
      majority: Math.max(...supports) / supports.reduce((sum, support) => sum + support, 0),
      accuracies: sharing.map(accuracyOf),
    });
  }
  return targets.length ? { sources: sharing, targets } : undefined;
}

/** Accuracy on each task, and the points above the majority. `left`: names of sources whose labels no other task has. */
export function transferSection({ sources, targets }: Transfer, left: readonly string[]): ReportSection {
  const alt =
    "Accuracy of each adaptation on each task in percent; the colour shows how far it is above or below the majority, of what is possible";
  const shown = sources.map(({ name }) => name);
  return {
    id: "transfer",
    title: "Transfer to other tasks",
    claim: null,
    text: [
      "The first finished adaptation of each group is evaluated on the test examples of every task with the same kind and labels. Above zero points, the adaptation is more accurate than always predicting the most frequent label; on its own task, this is what it learned.",
      ...(left.length ? [`Left out, because no other task has the same kind and labels: ${left.join("; ")}.`] : []),
    ],
    table: {
      caption: "Test accuracy in percent, and points above the share of the task's most frequent label",
      header: ["adaptation of", ...targets.map(({ name }) => `on ${name}`)],
      rows: [
        ["most frequent label", ...targets.map(({ majority }) => percent(majority))],
        ...sources.map(({ name }, i) => [
          name,
          ...targets.map(({ majority, accuracies }) => {
            const accuracy = accuracies[i];
            if (accuracy === null || accuracy === undefined) return "–";
            return `${percent(accuracy)} (${signed(100 * (accuracy - majority), 1)})`;
          }),
        ]),
      ],
    },
    figure: {
      alt,
      svg: heat(
        shown,
        targets.map(({ name }) => name),
        shown.map((_, i) =>
          targets.map(({ majority, accuracies }) => {
            const accuracy = accuracies[i];
            if (accuracy === null || accuracy === undefined) return undefined;
            const room = accuracy >= majority ? 1 - majority : majority;
            return { text: percent(accuracy), share: room ? (accuracy - majority) / room : 0 };
          }),
        ),
        alt,
      ),
    },
  };
}
