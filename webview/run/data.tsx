// The data of a run: examples, how many were truncated, and labels, in each split.

import type { LabelCount } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { count, percent } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";
import type { Course } from "./course.ts";

/** The maximum number of labels in this table; the table of labels further down the page lists every label. */
const NAMED = 6;
const SPLITS = ["train", "validation", "test"] as const;

interface DataProps {
  readonly course: Course;
  /** The requested maximum length in tokens; undefined: unknown. */
  readonly maxLength: unknown;
}

/** Renders nothing before the run has started. */
export function Data({ course: { data, labels }, maxLength }: DataProps) {
  if (!data) return null;
  const title = l10n.t("Data");
  const frequent = labels.toSorted((a, b) => b.train - a.train);
  const listed = frequent.slice(0, NAMED);
  const more = frequent.slice(NAMED);
  const totals = totalsOf(labels);
  const row = (name: string, counts: Counts, of: Counts) => [
    name,
    ...SPLITS.map((split) => (of[split] ? `${count(counts[split])} (${percent(counts[split] / of[split])} %)` : "–")),
  ];
  const truncated =
    typeof maxLength === "number"
      ? l10n.t("truncated to at most {0} tokens", maxLength)
      : l10n.t("truncated to the maximum length");
  return (
    <section>
      <Heading
        title={title}
        aside={
          labels.length > 0
            ? l10n.t("labels with their shares of the split; the largest share is the baseline for accuracy")
            : undefined
        }
      />
      <NumbersTable
        caption={title}
        header={["", l10n.t("training"), l10n.t("validation"), l10n.t("test")]}
        rows={[
          [l10n.t("examples"), ...SPLITS.map((split) => count(data.examples[split]))],
          row(truncated, data.cut, data.examples),
          ...listed.map((label) => row(l10n.t("label {0}", named(label.label)), label, totals)),
          ...(more.length ? [row(moreText(more.length), totalsOf(more), totals)] : []),
        ]}
      />
      {data.parameters && <Hint>{trainedText(data.parameters)}</Hint>}
    </section>
  );
}

const trainedText = ({ trained, all }: { readonly trained: number; readonly all: number }): string =>
  l10n.t(
    "{0} parameters are trained, {1} % of the model's {2}; a mask trains one score for each masked weight.",
    ...[count(trained), percent(trained / all, 2), count(all)],
  );

const moreText = (more: number): string =>
  more === 1 ? l10n.t("1 more label (see Tables)") : l10n.t("{0} more labels (see Tables)", more);

type Counts = Readonly<Record<(typeof SPLITS)[number], number>>;

function totalsOf(labels: readonly LabelCount[]): Counts {
  const total = (split: (typeof SPLITS)[number]) => labels.reduce((sum, label) => sum + label[split], 0);
  return { train: total("train"), validation: total("validation"), test: total("test") };
}
