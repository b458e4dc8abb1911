// Metrics of the adaptations side by side, and their differences on the same examples.

import { markdownTable } from "../draw/exports/markdown.ts";
import { copyText } from "../ui/announce.tsx";
import * as l10n from "../ui/l10n.ts";
import { grouped, isLowerBetter, isShare, metricName, metricRange, percent, signed, valueText } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { CopyHint, NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";
import { Button } from "../ui/toolkit.tsx";
import { CONFIDENCE } from "../ui/words.ts";
import { comparisonsOf, intervalOf, metricsOf } from "./numbers.ts";
import { Saving } from "./saving.tsx";
import type { Subject, View } from "./state.ts";
import { nameOf } from "./words.ts";

export function Overview({ subject }: { readonly subject: Subject }) {
  const { views } = subject;
  const names = metricsOf(views);
  const reasons = views.flatMap((view) =>
    names.flatMap((metric) => {
      const { reason } = intervalOf(view, metric) ?? {};
      return reason === undefined ? [] : [l10n.t("{0}, {1}: {2}.", nameOf(view), metricName(metric), reason)];
    }),
  );
  const areShares = names.every(isShare);
  const lower = names.filter(isLowerBetter).map(metricName);
  const header = [
    "",
    ...names.flatMap((name) => [`${metricName(name)}${isShare(name) && !areShares ? ", %" : ""}`, CONFIDENCE]),
  ];
  const rows = views.map((view) => [
    nameOf(view),
    ...names.flatMap((name) => {
      const interval = intervalOf(view, name);
      return interval ? [valueText(name, interval.value), metricRange(name, interval)] : ["–", "–"];
    }),
  ]);
  const title = areShares ? l10n.t("Metrics in %") : l10n.t("Metrics");
  const titles = header.map((title) => title.replaceAll("\n", " "));
  return (
    <>
      <Heading title={title} aside={overText(subject)} />
      <NumbersTable caption={title} header={header} rows={rows} sorts />
      <div class="row">
        <Button
          text={l10n.t("Copy Markdown")}
          onClick={() =>
            copyText(
              markdownTable(titles, rows, (column) => column > 0),
              l10n.t("Copied the metrics"),
            )
          }
        />
      </div>
      {lower.length ? <p class="note">{l10n.t("Lower is better: {0}.", lower.join(", "))}</p> : null}
      {[...reasons, ...lossesText(views)].map((text) => (
        <p key={text} class="note">
          {text}
        </p>
      ))}
      {subject.view.details.labels.length > 0 && <p class="note">{baselineText(subject)}</p>}
      <Differences subject={subject} />
      <CopyHint />
      <Saving subject={subject} />
    </>
  );
}

/** What the intervals are over. */
function overText({ view }: Subject): string {
  if (view.task.kind === "tagging")
    return l10n.t("95 % intervals: a bootstrap over whole sentences, whose words are not independent");
  if (view.task.kind === "document")
    return l10n.t("95 % intervals: a bootstrap over whole documents, whose sentences are not independent");
  if (view.task.kind === "language")
    return l10n.t("95 % intervals: a bootstrap over blocks of text, whose tokens are not independent");
  if (view.task.kind === "generation")
    return l10n.t("95 % intervals: Wilson's for exact matches, a bootstrap over examples for the others");
  return l10n.t("95 % intervals: Wilson's for accuracy, a bootstrap over examples for the others");
}

/** What an accuracy is compared with. */
function baselineText({ view: { details, task, pretrained } }: Subject): string {
  if (task.kind === "choice") return l10n.t("Guessing one of the four continuations would reach an accuracy of 25 %.");
  if (typeof pretrained?.perplexity === "object")
    return l10n.t(
      "The base model without an adaptation has a perplexity of {0} on the same examples.",
      valueText("perplexity", pretrained.perplexity.value),
    );
  if (!details.labels.length) return l10n.t("Nothing is labelled, so there is no most frequent label to compare with.");
  const all = details.labels.reduce((sum, { support }) => sum + support, 0);
  const most = details.labels.reduce((best, one) => (one.support > best.support ? one : best));
  return l10n.t(
    "Always predicting the most frequent label, “{0}”, would reach an accuracy of {1} %.",
    named(most.label),
    percent(all ? most.support / all : 0),
  );
}

function lossesText(views: readonly View[]): string[] {
  const losses = new Set(
    views.map(({ metrics: { cut = 0, unscored = 0, examples } }) => [cut, unscored, examples].join()),
  );
  if (views.length > 1 && losses.size === 1) {
    const { cut = 0, unscored = 0, examples } = views[0]!.metrics;
    return [
      ...(cut ? [l10n.t("{0} of {1} examples were truncated.", grouped(cut), grouped(examples))] : []),
      ...(unscored ? [l10n.t("Words without a prediction: {0}.", grouped(unscored))] : []),
    ];
  }
  return views.flatMap((view) => {
    const { cut = 0, unscored = 0, examples } = view.metrics;
    return [
      ...(cut
        ? [l10n.t("{0}: {1} of {2} examples were truncated.", nameOf(view), grouped(cut), grouped(examples))]
        : []),
      ...(unscored ? [l10n.t("{0}: words without a prediction: {1}.", nameOf(view), grouped(unscored))] : []),
    ];
  });
}

const pText = (p: number): string => (p < 0.0001 ? "< 0.0001" : p.toFixed(p < 0.1 ? 4 : 2));

function Differences({ subject }: { readonly subject: Subject }) {
  const comparisons = comparisonsOf(subject);
  if (!comparisons.length) return null;
  const { metric } = comparisons[0]!;
  const title = isShare(metric)
    ? l10n.t("Differences in {0}, in points", metricName(metric))
    : isLowerBetter(metric)
      ? l10n.t("Differences in {0} (lower is better)", metricName(metric))
      : l10n.t("Differences in {0}", metricName(metric));
  const shown = (difference: number) => (isShare(metric) ? signed(100 * difference, 1) : signed(difference, 2));
  const hasTest = comparisons.some(({ mcnemar }) => mcnemar);
  const count = subject.result.comparisons.filter(({ mcnemar }) => mcnemar).length;
  return (
    <>
      <Heading
        title={title}
        aside={l10n.t(
          "on the same examples; 95 % intervals of a paired bootstrap over examples, not over training seeds",
        )}
      />
      <NumbersTable
        caption={title}
        header={[
          ...["", l10n.t("difference"), CONFIDENCE],
          ...(hasTest ? [l10n.t("only first\ncorrect"), l10n.t("only second\ncorrect"), "p"] : []),
          ...(hasTest && count > 1 ? [l10n.t("p (Holm)")] : []),
        ]}
        rows={comparisons.map(({ names, difference: { value, low, high }, mcnemar }) => [
          ...[names, shown(value)],
          low === null || high === null ? "–" : l10n.t("{0} to {1}", shown(low), shown(high)),
          ...(hasTest
            ? mcnemar
              ? [grouped(mcnemar.onlyA), grouped(mcnemar.onlyB), pText(mcnemar.p)]
              : ["–", "–", "–"]
            : []),
          ...(hasTest && count > 1 ? [mcnemar ? pText(mcnemar.pHolm) : "–"] : []),
        ])}
        sorts
      />
      <Hint>
        {hasTest
          ? l10n.t(
              "p: McNemar's exact test for a difference in accuracy, from the numbers of examples that only one of the two classifies correctly.",
            )
          : l10n.t("McNemar's test is for the accuracy of examples with one label each, so it does not apply here.")}
      </Hint>
    </>
  );
}
