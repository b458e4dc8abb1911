// The terms of the evaluation page, and names that several of its parts show.

import type { EvaluatedView } from "../../src/messages/evaluation.ts";
import * as l10n from "../ui/l10n.ts";
import { ends, fixed, percent } from "../ui/numbers.ts";
import { named } from "../ui/text.ts";
import { confidenceWord, learn } from "../ui/words.ts";
import type { View } from "./state.ts";

export const CALIBRATED = l10n.t("calibrated\nmodel");
export const CONSTANT = l10n.t("same\nprobabilities\nfor all");

export function learnWords(): void {
  learn(
    confidenceWord(),
    [l10n.t("support"), l10n.t("how many examples, words or sentences have the label")],
    [l10n.t("precision"), l10n.t("of those predicted to have the label, the share that has it")],
    [l10n.t("recall"), l10n.t("of those that have the label, the share predicted to have it")],
    ["F1", l10n.t("the harmonic mean of precision and recall")],
    [l10n.t("macro average"), l10n.t("the mean over the labels that occur, each label counting the same")],
    [l10n.t("confidence"), l10n.t("the probability of the predicted label")],
    [
      l10n.t("loss"),
      l10n.t(
        "−ln of the probability of the example's label: 0 if it is 1, 0.69 if it is one half; in tagging and document tasks the mean over words or sentences",
      ),
    ],
    [
      l10n.t("expected calibration error"),
      l10n.t(
        "the mean distance between confidence and accuracy over 15 bins with equal numbers of predictions. It is biased upward: it is not 0 even for a calibrated model, so compare it with that model's",
      ),
    ],
    [
      CALIBRATED.replaceAll("\n", " "),
      l10n.t(
        "the error that a perfectly calibrated model would show with these confidences and this number of predictions: mean and 95 % range over random labels drawn from the probabilities",
      ),
    ],
    [l10n.t("log loss"), l10n.t("the mean of −ln of the probability of the label, in nats; lower is better")],
    [
      l10n.t("Brier score"),
      l10n.t(
        "the sum over labels of the squared distance between probability and 0 or 1, from 0 to 2; lower is better",
      ),
    ],
    [
      CONSTANT.replaceAll("\n", " "),
      l10n.t(
        "the value without looking at the text: with the label frequencies of the split as probabilities, or equal ones in choice tasks",
      ),
    ],
    ["p", l10n.t("McNemar's exact test: the probability of counts at least as uneven if both were equally accurate")],
    [l10n.t("p (Holm)"), l10n.t("p corrected for the number of comparisons on this page (Holm 1979)")],
  );
}

/** An adaptation's name, with whether it is a control. */
export const nameOf = ({ name, permuteLabels }: Pick<EvaluatedView, "name" | "permuteLabels">): string =>
  permuteLabels === null
    ? named(name)
    : l10n.t("{0} (control: labels permuted with seed {1})", named(name), permuteLabels);

export const labelOf = ({ details }: Pick<View, "details">, label: number): string =>
  label < 0 ? l10n.t("no prediction") : named(details.labels[label]!.label);

interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/** The ends of an interval, in percent or with three decimals; "–" if there is none. */
export const percents = ({ low, high }: Bounds): string =>
  low === null || high === null ? "–" : ends(percent(low), percent(high));
export const decimals = ({ low, high }: Bounds): string =>
  low === null || high === null ? "–" : ends(fixed(low, 3), fixed(high, 3));
