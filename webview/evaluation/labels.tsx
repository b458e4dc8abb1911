// The labels of a task as one adaptation predicts them: which are confused, and precision, recall and F1 of each.

import { useMemo } from "preact/hooks";
import { brightness, type Rgb, rateColour } from "../draw/colours.ts";
import { Detail, useDetail } from "../draw/detail.tsx";
import { type Cell, Grid } from "../draw/grid.tsx";
import * as l10n from "../ui/l10n.ts";
import { grouped, percent, range } from "../ui/numbers.ts";
import { Figure, Heading, Hint } from "../ui/parts.tsx";
import { CopyHint, NumbersTable } from "../ui/table.tsx";
import { useTheme } from "../ui/theme.ts";
import { CONFIDENCE } from "../ui/words.ts";
import { AdaptationChooser } from "./chooser.tsx";
import { Saving } from "./saving.tsx";
import { chosen, MISSING, NO_FILTER, type Subject, type View } from "./state.ts";
import { labelOf, nameOf } from "./words.ts";

/** The maximum number of labels in the matrix; the most frequent ones are shown. */
const MOST_SHOWN = 30;
/** With more labels than this, cells have no room for shares. */
const MOST_WITH_SHARES = 8;
/** The maximum number of lines in the table of confusions. */
const MOST_CONFUSIONS = 20;

export function Labels({ subject }: { readonly subject: Subject }) {
  const { view } = subject;
  return (
    <>
      <AdaptationChooser subject={subject} />
      {view.task.kind === "choice" && (
        <Hint>
          {l10n.t(
            "The labels of a choice task are positions. The model scores each continuation without its position, so differences between positions come from the data.",
          )}
        </Hint>
      )}
      <Confusion view={view} />
      <Heading title={l10n.t("Each label, in %")} aside={intervalsText(view)} />
      <LabelTable view={view} />
      <CopyHint />
      <Saving subject={subject} table="labels" caption={l10n.t("What {0} confuses", nameOf(view))} />
    </>
  );
}

const intervalsText = ({ task }: View): string =>
  task.kind === "tagging" || task.kind === "document"
    ? l10n.t("95 % intervals: a bootstrap over examples")
    : l10n.t("95 % intervals: Wilson's for precision and recall, a bootstrap over examples for F1 and the averages");

function LabelTable({ view: { details } }: { readonly view: View }) {
  const { macro, labels } = details;
  const numbers = ({ precision, recall, f1 }: Pick<(typeof labels)[number], "precision" | "recall" | "f1">) =>
    [precision, recall, f1].flatMap((one) =>
      one.reason?.startsWith("undefined") ? ["–", "–"] : [percent(one.value), range(one)],
    );
  const total = labels.reduce((sum, { support }) => sum + support, 0);
  const predicted = labels.reduce((sum, one) => sum + one.predicted, 0);
  return (
    <NumbersTable
      caption={l10n.t("Each label, in %")}
      header={[
        ...["", l10n.t("support"), l10n.t("predicted")],
        ...[l10n.t("precision"), CONFIDENCE, l10n.t("recall"), CONFIDENCE, "F1", CONFIDENCE],
      ]}
      rows={[
        ...labels.map((label, k) => [
          ...[labelOf({ details }, k), grouped(label.support), grouped(label.predicted)],
          ...numbers(label),
        ]),
        [l10n.t("macro average"), grouped(total), grouped(predicted), ...numbers(macro)],
      ]}
      sorts
    />
  );
}

/** Shows the examples with this label and this prediction. */
export function showConfused(label: number, predicted: number): void {
  chosen.change({ ...NO_FILTER, tab: "examples", label, predicted, example: -1 });
}

function Confusion({ view }: { readonly view: View }) {
  const detail = useDetail(view.adaptation);
  const theme = useTheme();
  const { confusion, labels } = view.details;
  const shown = useMemo(() => {
    const order = [...labels.keys()].sort((a, b) => labels[b]!.support - labels[a]!.support || a - b);
    return order.slice(0, MOST_SHOWN).sort((a, b) => a - b);
  }, [labels]);
  const { rows, columns } = useMemo(() => gridOf(view, shown), [view, shown, theme]);
  if (!confusion)
    return (
      <Hint>
        {l10n.t("The confusion matrix is not shown for more than 1,000 labels; the table below has each label.")}
      </Hint>
    );
  return (
    <Figure
      title={l10n.t("Confusion matrix of {0}", nameOf(view))}
      aside={
        shown.length < labels.length
          ? l10n.t(
              "the {0} most frequent of {1} labels; rows: labels, columns: predictions",
              shown.length,
              grouped(labels.length),
            )
          : l10n.t("rows: labels, columns: predictions; numbers, and shares of the row in %")
      }
    >
      <Grid
        label={l10n.t("Confusion matrix")}
        look="pairs"
        columns={columns}
        rows={rows}
        detail={detail}
        clickOpens
        onOpen={(opens) => {
          const [label, predicted] = opens.split(" ").map(Number);
          showConfused(label!, predicted!);
        }}
      />
      <Detail
        detail={detail}
        hint={l10n.t("Hover or focus a cell for its numbers. Click or Enter shows its examples.")}
      />
      {labels.length > MOST_WITH_SHARES && <Confusions view={view} />}
    </Figure>
  );
}

function gridOf(view: View, shown: readonly number[]) {
  const { confusion, labels } = view.details;
  if (!confusion) return { columns: [], rows: [] };
  const { counts, unpredicted } = confusion;
  const hasMissing = unpredicted.some((count) => count > 0);
  const columns = [...shown.map((k) => labelOf(view, k)), ...(hasMissing ? [labelOf(view, MISSING)] : [])];
  const mode = brightness();
  const cellOf = (label: number, predicted: number, count: number): Cell => {
    const share = labels[label]!.support ? count / labels[label]!.support : 0;
    const withShare = shown.length <= MOST_WITH_SHARES;
    return {
      text: withShare ? `${grouped(count)} · ${percent(share, 0)} %` : grouped(count),
      colour: shareColour(share, mode),
      detail: l10n.t(
        "Label {0}, predicted {1}: {2}, {3} % of the {4} with this label",
        ...[labelOf(view, label), labelOf(view, predicted), grouped(count), percent(share)],
        grouped(labels[label]!.support),
      ),
      opens: `${label} ${predicted}`,
    };
  };
  const rows = shown.map((label) => ({
    title: labelOf(view, label),
    cells: [
      ...shown.map((predicted) => cellOf(label, predicted, counts[label]![predicted]!)),
      ...(hasMissing ? [cellOf(label, MISSING, unpredicted[label]!)] : []),
    ],
  }));
  return { columns, rows };
}

/** From the dark end of the scale to the bright one in dark themes, the other way round in light ones. */
const shareColour = (share: number, mode: "dark" | "light"): Rgb =>
  rateColour(mode === "dark" ? share : 1 - share, 0, 1);

const confusionsOf = (counts: readonly (readonly number[])[]) =>
  counts
    .flatMap((row, label) =>
      row.flatMap((count, predicted) => (count && label !== predicted ? [{ label, predicted, count }] : [])),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSIONS);

/** The pairs of labels that are confused most often. */
function Confusions({ view }: { readonly view: View }) {
  const { counts } = view.details.confusion!;
  // The grid above is drawn again for every cell that is pointed at.
  const pairs = useMemo(() => confusionsOf(counts), [counts]);
  return (
    <NumbersTable
      caption={l10n.t("Most frequent confusions")}
      header={[l10n.t("label"), l10n.t("predicted"), l10n.t("count"), l10n.t("% of the label")]}
      rows={pairs.map(({ label, predicted, count }) => [
        ...[labelOf(view, label), labelOf(view, predicted), grouped(count)],
        percent(count / view.details.labels[label]!.support),
      ])}
      onOpen={(row) => showConfused(pairs[row]!.label, pairs[row]!.predicted)}
    />
  );
}
