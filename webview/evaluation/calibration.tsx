// Whether the adaptations' confidence is justified: one number each, and the bins of the chosen one.

import { useMemo } from "preact/hooks";
import type { Bin } from "../../src/messages/evaluation.ts";
import { Detail, useDetail } from "../draw/detail.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped, percent, range } from "../ui/numbers.ts";
import { Figure, Heading, Hint } from "../ui/parts.tsx";
import { CopyHint, NumbersTable } from "../ui/table.tsx";
import { CONFIDENCE } from "../ui/words.ts";
import { AdaptationChooser } from "./chooser.tsx";
import { Reliability } from "./reliability.tsx";
import { Saving } from "./saving.tsx";
import type { Subject, View } from "./state.ts";
import { CALIBRATED, CONSTANT, decimals, nameOf, percents } from "./words.ts";

export function Calibration({ subject }: { readonly subject: Subject }) {
  const { view, views } = subject;
  const { calibration } = view.details;
  return (
    <>
      <Heading title={l10n.t("Calibration")} aside={l10n.t("lower is better; log loss in nats")} />
      <Summary views={views} />
      <Hint>{errorText}</Hint>
      <AdaptationChooser subject={subject} />
      {calibration ? <Bins view={view} bins={calibration.bins} /> : <Hint>{noneText}</Hint>}
      <CopyHint />
      <Saving subject={subject} table="reliability" caption={l10n.t("Reliability of {0}", nameOf(view))} />
    </>
  );
}

const noneText = l10n.t("There are no predictions, so there is no calibration.");
const errorText = l10n.t(
  "The expected calibration error is biased upward, as is its interval (a bootstrap over examples): compare it with the error that a perfectly calibrated model would show. An error within that range is no sign of miscalibration.",
);

function Summary({ views }: { readonly views: readonly View[] }) {
  return (
    <NumbersTable
      caption={l10n.t("Calibration")}
      header={[
        ...["", l10n.t("expected\ncalibration\nerror, %"), CONFIDENCE, CALIBRATED],
        ...[l10n.t("log loss"), CONFIDENCE, CONSTANT, l10n.t("Brier score"), CONFIDENCE, CONSTANT],
      ]}
      rows={views.map((view) => {
        const { calibration } = view.details;
        if (!calibration) return [nameOf(view), ...Array<string>(9).fill("–")];
        const { expectedCalibrationError: error, negativeLogLikelihood: loss, brier } = calibration;
        return [
          ...[nameOf(view), percent(error.value), range(error)],
          l10n.t("{0} ({1})", percent(error.calibrated.value), percents(error.calibrated)),
          ...[fixed(loss.value, 3), decimals(loss), fixed(loss.constant, 3)],
          ...[fixed(brier.value, 3), decimals(brier), fixed(brier.constant, 3)],
        ];
      })}
      sorts
    />
  );
}

/** What a bin says, for the read-out. */
const textOf = ({ count, confidence, accuracy, from, to }: Bin): string =>
  l10n.t(
    "{0} predictions with confidence {1} to {2} %: mean confidence {3} %, accuracy {4} % ({5})",
    ...[grouped(count), percent(from), percent(to), percent(confidence)],
    ...[percent(accuracy.value), range(accuracy)],
  );

function Bins({ view, bins }: { readonly view: View; readonly bins: readonly Bin[] }) {
  const detail = useDetail(view.adaptation);
  const points = useMemo(() => bins.map((bin) => ({ bin, text: textOf(bin) })), [bins]);
  const isJoint = view.task.kind === "tagging" || view.task.kind === "document";
  return (
    <>
      <Figure
        title={l10n.t("Reliability of {0}", nameOf(view))}
        aside={l10n.t(
          "{0} bins with equal numbers of predictions; a calibrated model lies on the dashed line",
          bins.length,
        )}
      >
        <Reliability label={l10n.t("Reliability diagram")} points={points} detail={detail} />
        <Detail
          live
          detail={detail}
          hint={l10n.t("Hover over a point, or use the arrow keys. Bars: 95 % intervals of the accuracy.")}
        />
      </Figure>
      <NumbersTable
        caption={l10n.t("Bins of equal numbers of predictions, in %")}
        header={[
          ...[l10n.t("confidence\nfrom"), l10n.t("to"), l10n.t("mean\nconfidence"), l10n.t("accuracy"), CONFIDENCE],
          l10n.t("predictions"),
        ]}
        rows={bins.map(({ from, to, confidence, accuracy, count }) => [
          ...[percent(from), percent(to), percent(confidence), percent(accuracy.value), range(accuracy)],
          grouped(count),
        ])}
      />
      <Hint>
        {isJoint
          ? l10n.t(
              "Intervals of the accuracy: a bootstrap over examples with the same bins. Words and sentences without a prediction are left out.",
            )
          : l10n.t("Intervals of the accuracy: Wilson's.")}
      </Hint>
    </>
  );
}
