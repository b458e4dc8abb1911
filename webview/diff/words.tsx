// A comparison in words: the result, its null, warnings, and the numbers of a part.

import type { Apart, Likeness, Over, PairComparison } from "../../src/mask/compare.ts";
import { verdictOf } from "../../src/mask/verdict.ts";
import { effectText, rangeOf } from "../draw/effects.ts";
import { Fold } from "../ui/fold.tsx";
import { Reading } from "../ui/glossary.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { count, fixed } from "../ui/numbers.ts";
import { filled, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { Button } from "../ui/toolkit.tsx";
import { isComplete, maskOf, nameOf, told } from "./state.ts";

const OVER: Record<Over, string> = {
  "lower layers": l10n.t(
    "In all layers except the last, both masks pruned the same weights {0} (95 % confidence interval {1}) as often as expected given their initial scores: {2}.",
  ),
  "last layer": l10n.t(
    "In the last layer, both masks pruned the same weights {0} (95 % confidence interval {1}) as often as expected given their initial scores: {2}.",
  ),
  all: l10n.t(
    "In all matrices that both masks cover, both pruned the same weights {0} (95 % confidence interval {1}) as often as expected given their initial scores: {2}.",
  ),
};

export const APART_WORDS: Record<Apart, string> = {
  "last layer": l10n.t("last layer"),
  pooler: l10n.t("pooler"),
  classifier: l10n.t("classifier"),
};

interface Props {
  readonly pair: PairComparison;
}

/** The effect and what it is compared with. */
export function Sentence({ pair }: Props) {
  const { lift, z, over } = pair;
  if (lift === null || z === null)
    return (
      <p class="sentence">
        {isComplete()
          ? l10n.t("It is unknown whether the masks overlap more than chance.")
          : l10n.t("Recomputing the initial masks to find the overlap expected by chance.")}
      </p>
    );
  const times = <strong>{l10n.t("{0} times", fixed(lift.value, 3))}</strong>;
  return <p class="sentence">{filled(OVER[over], times, rangeOf(lift, 3), <strong>{verdictWords(pair)}</strong>)}</p>;
}

/** z, d with its chance level, what the words mean, which matrices are compared, and whether the tasks are related. */
export function More({ pair }: Props) {
  const { z, d, chance, a, b, onlyA, onlyB, shared } = pair;
  const distance = l10n.t("The paper's dissimilarity d is {0} ({1} by chance)", fixed(d, 4), fixed(chance, 4));
  return (
    <Fold name="more" summary={l10n.t("More about this comparison")}>
      <Hint>
        {z !== null && `${l10n.t("z {0}, from the covariance of their pruned weights.", fixed(z, 1))} `}
        {`${distance}: ${l10n.t("it reflects seeds and sparsity, not the task.")}`}
      </Hint>
      <Reading
        kinds={pair.kinds.map(({ kind }) => kind)}
        z={l10n.t("z of the pair: standard deviations from independent pruning, given the initial scores.")}
      />
      {onlyA.length + onlyB.length > 0 && (
        <Hint>
          {l10n.t(
            "Matrices compared: {0} in both masks; {1} only in {2}, {3} only in {4}.",
            ...[shared.length, onlyA.length, nameOf(a), onlyB.length, nameOf(b)],
          )}
        </Hint>
      )}
      <Related pair={pair} />
    </Fold>
  );
}

/** Says whether the overlap is larger or smaller than the null predicts, and by how much. */
function verdictWords(pair: PairComparison): string {
  const { null: judgedBy, place } = pair;
  const verdict = verdictOf(pair);
  if (!place)
    return verdict === "more"
      ? l10n.t("more than with independent pruning")
      : verdict === "less"
        ? l10n.t("less than with independent pruning")
        : l10n.t("no clear difference from independent pruning");
  const isControl = judgedBy === "permuted labels";
  const words = {
    more: isControl ? l10n.t("more than masks trained on permuted labels") : l10n.t("more than unrelated masks"),
    less: isControl ? l10n.t("less than masks trained on permuted labels") : l10n.t("less than unrelated masks"),
    neither: isControl
      ? l10n.t("no more than masks trained on permuted labels")
      : l10n.t("no more than unrelated masks"),
  }[verdict ?? "neither"];
  if (place.deviations === null) return words;
  const far = fixed(Math.abs(place.deviations), 1);
  return `${words}, ${place.deviations < 0 ? l10n.t("{0} deviations below their median", far) : l10n.t("{0} deviations above their median", far)}`;
}

/** Says which null the headline is compared with, or that it is still being computed. */
export const NullWords = ({ pair }: Props) => (
  <p class="hint null" aria-live="polite">
    {nullWords(pair)}
  </p>
);

export function nullWords({ lift, null: judgedBy, place }: PairComparison): string {
  if (lift === null) return "";
  if (place) {
    const pairs =
      judgedBy === "permuted labels" ? l10n.t("masks trained on permuted labels") : l10n.t("unrelated masks");
    return l10n.t(
      "The null is {0}: {1} reference pairs over this base model have a median lift of {2}; 95 % of such pairs have a lift between {3} and {4}.",
      ...[pairs, place.pairs, fixed(place.median, 3), fixed(place.low, 3), fixed(place.high, 3)],
    );
  }
  return told.state.stage === "judged"
    ? l10n.t(
        "The null is independence: pruning explained by the initial scores alone has a lift of 1. Unrelated masks over the same base model overlap slightly more.",
      )
    : l10n.t("The null is independence for now. Computing how much unrelated masks over this base model overlap…");
}

/** Whether the pair's tasks are marked as related, with a button to change this; nothing if the tasks are the same. */
function Related({ pair: { a, b } }: Props) {
  const related = useStore(told, (state) => state.related);
  const [first, second] = [a, b].map((file) => maskOf(file)?.task.name);
  if (!first || !second || first === second) return null;
  const isNamed = related.some((group) => group.includes(first) && group.includes(second));
  const said = isNamed
    ? l10n.t(
        "{0} and {1} are marked as related, so pairs of their masks are not used as references.",
        named(first),
        named(second),
      )
    : l10n.t(
        "{0} and {1} are treated as unrelated, so pairs of their masks can serve as references.",
        named(first),
        named(second),
      );
  return (
    <div class="row related">
      <Button
        text={isNamed ? l10n.t("These tasks are not related") : l10n.t("These tasks are related")}
        onClick={() => post({ type: "relate", tasks: [first, second], related: !isNamed })}
      />
      <span class="hint">{said}</span>
    </div>
  );
}

/** A mask's name, with a note if it is a control. */
export function titleOf(file: string): string {
  const isControl = (maskOf(file)?.permuteLabels ?? null) !== null;
  return isControl ? l10n.t("{0} (control, permuted labels)", nameOf(file)) : nameOf(file);
}

export const Warnings = ({ pair: { notes } }: Props) =>
  isComplete() &&
  notes.map((note, i) => (
    <p key={i} class="warning">
      {`${note[0]?.toUpperCase() ?? ""}${note.slice(1)}.`}
    </p>
  ));

export const detailOf = ({ lift, z, observed, expected, d, chance }: Likeness): string =>
  l10n.t(
    "lift {0}: {1} pruned by both, {2} expected given the initial scores; z {3}; d {4}, {5} by chance",
    ...[effectText(lift, 3), count(observed), count(expected), fixed(z, 1), fixed(d, 4), fixed(chance, 4)],
  );
