// The check of a text's evidence: its deletion curve against random orders, with a sentence that says what it shows.

import { useState } from "preact/hooks";
import type { Deletion, Evidence, Prediction } from "../../src/messages/try.ts";
import { Chart, type ChartData } from "../draw/chart.tsx";
import * as l10n from "../ui/l10n.ts";
import { ends, fixed, grouped, percent } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { named } from "../ui/text.ts";
import { Button } from "../ui/toolkit.tsx";
import { type Known, stopCheck, want } from "./evidence-state.ts";
import type { Wanted } from "./saved.ts";

/** Evidence beats random order if p is at most this. */
const LEVEL = 0.05;

interface DeletionProps {
  readonly id: string;
  readonly answer: Prediction;
  readonly wanted: Wanted;
  readonly evidence: Evidence;
  readonly progress: Known["progress"];
  readonly isBusy: boolean;
}

/** A button that starts the check, its progress, or its result. */
export function DeletionCheck({ id, answer, wanted, evidence, progress, isBusy }: DeletionProps) {
  const { deletion, label } = evidence;
  if (isBusy && wanted.deletion)
    return (
      <div class="row">
        <span role="status">
          {progress
            ? l10n.t("Checking: {0} of {1} texts with deleted tokens", grouped(progress.done), grouped(progress.total))
            : l10n.t("Checking…")}
        </span>
        <Button text={l10n.t("Stop")} onClick={() => stopCheck(answer)} />
      </div>
    );
  if (deletion) return <Curves id={id} deletion={deletion} label={label} />;
  return (
    <div class="row">
      <Button text={l10n.t("Check by Deletion")} onClick={() => want(answer, { ...wanted, deletion: true })} />
    </div>
  );
}

interface CurvesProps {
  readonly id: string;
  readonly deletion: Deletion;
  readonly label: string;
}

function Curves({ id, deletion, label }: CurvesProps) {
  const [at, read] = useState<number | undefined>(undefined);
  return (
    <>
      <Chart data={chartOf(id, deletion, label)} at={at} onRead={read} />
      <p>{verdict(deletion, label)}</p>
      <Hint>{howText(deletion)}</Hint>
    </>
  );
}

function chartOf(
  id: string,
  { deleted, largestFirst, smallestFirst, random, orders }: Deletion,
  label: string,
): ChartData {
  const points = (curve: readonly number[]) => deleted.map((x, i) => ({ x, y: curve[i]! }));
  return {
    id: `${id}-deletion`,
    title: l10n.t("Deletion"),
    aside: l10n.t("probability of “{0}”, %, by deleted tokens", named(label)),
    xTitle: "",
    xEnd: deleted.at(-1)!,
    fromZero: true,
    scale: 100,
    legend: l10n.t("Orders of deletion"),
    series: [
      {
        name: l10n.t("random order, mean and range of {0}", orders),
        colour: "var(--vscode-descriptionForeground)",
        style: "banded",
        points: deleted.map((x, i) => ({ x, y: random.mean[i]!, low: random.low[i]!, high: random.high[i]! })),
      },
      { name: l10n.t("smallest evidence first"), colour: "var(--vscode-charts-purple)", points: points(smallestFirst) },
      {
        name: l10n.t("largest evidence first"),
        colour: "var(--vscode-charts-blue)",
        style: "marked",
        points: points(largestFirst),
      },
    ],
    readOut: (x) => {
      const i = deleted.indexOf(x);
      return l10n.t(
        "{0} deleted: {1} % largest first, {2} % smallest first, {3} % at random ({4})",
        ...[x, percent(largestFirst[i]!), percent(smallestFirst[i]!), percent(random.mean[i]!)],
        ends(percent(random.low[i]!), percent(random.high[i]!)),
      );
    },
  };
}

function verdict({ deleted, areas, difference, p, orders }: Deletion, label: string): string {
  if (deleted.at(-1)! < 2) return l10n.t("With fewer than two tokens, the order of deletion cannot matter.");
  const asGood = Math.round(p * (orders + 1)) - 1;
  const curve = [named(label), percent(areas.largestFirst), orders] as const;
  const other = [
    ...[percent(areas.random.value), percent(difference.value)],
    ends(percent(difference.low), percent(difference.high)),
  ];
  if (p <= LEVEL && !asGood)
    return l10n.t(
      "The evidence beats random order: with the largest evidence deleted first, the mean probability of “{0}” along the curve is {1} %, lower than in all {2} random orders (p = {3}). Their mean is {4} %, a difference of {5} points (95 % interval {6}).",
      ...[...curve, fixed(p, 3), ...other],
    );
  return l10n.t(
    "The evidence is no better than random order: with the largest evidence deleted first, the mean probability of “{0}” along the curve is {1} %, and {3} of {2} random orders are as low (p = {4}). Their mean is {5} %, a difference of {6} points (95 % interval {7}).",
    ...[...curve, asGood, fixed(p, 3), ...other],
  );
}

function howText({ deleted, replacement, orders }: Deletion): string {
  const all = deleted.at(-1)!;
  const points = deleted.length - 1;
  const how = l10n.t(
    "Deleted tokens are replaced by {0}; special tokens stay. The interval is that of the random orders' mean. With {1} orders, p is at least {2}; it is not corrected for the number of texts that you check.",
    ...[named(replacement), orders, fixed(1 / (orders + 1), 3)],
  );
  const some =
    points < all && l10n.t("The {0} tokens are deleted in {1} steps of several tokens.", grouped(all), points);
  return some ? `${how} ${some}` : how;
}
