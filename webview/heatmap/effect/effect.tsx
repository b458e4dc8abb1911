// What each part of the mask is worth on the validation examples: what is changed and for how long, figures, and all numbers.

import { adaptationName } from "../../../src/file-name.ts";
import { DEAD, type Effects, type PartEffect } from "../../../src/messages/effect.ts";
import { MatrixDetail, useDetail } from "../../draw/detail.tsx";
import { rangeOf } from "../../draw/effects.ts";
import { ExportRow } from "../../draw/exports/exports.tsx";
import { type Row, rowOf } from "../../draw/exports/save.ts";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, grouped, percent } from "../../ui/numbers.ts";
import { Failure, Heading, Hint } from "../../ui/parts.tsx";
import { StateLine } from "../../ui/state-line.tsx";
import { useStore } from "../../ui/store.ts";
import { CopyHint, NumbersTable } from "../../ui/table.tsx";
import { named } from "../../ui/text.ts";
import { Button, Dropdown } from "../../ui/toolkit.tsx";
import { CONFIDENCE } from "../../ui/words.ts";
import { captionOf, metadataOf, provenanceOf } from "../export.tsx";
import { type Described, openHead, openMatrix, saved, told } from "../state.ts";
import { EffectFigures } from "./figures.tsx";
import { CHANGED, CHANGES, lossText, partName, pointsText, pText } from "./words.ts";

/** The choices of time, in seconds; the longest one is enough for every part. */
const TIMES: readonly (readonly [seconds: number, text: string])[] = [
  [0, l10n.t("Estimates only")],
  [60, l10n.t("Measure for 1 minute")],
  [300, l10n.t("Measure for 5 minutes")],
  [604_800, l10n.t("Measure every part")],
];

export function EffectTab({ subject }: { readonly subject: Described }) {
  const state = useStore(told, ({ effects }) => effects);
  const effects = state?.effects;
  return (
    <>
      <Controls running={state?.running ?? false} />
      {state?.running && <Progress effects={effects ?? null} />}
      {state?.failed && <Failure message={state.failed} />}
      {effects ? <Results subject={subject} effects={effects} /> : !state?.running && <Explained />}
    </>
  );
}

function Controls({ running }: { readonly running: boolean }) {
  const { change, seconds } = useStore(saved, (state) => state);
  return (
    <div class="row">
      <Dropdown
        chosen={change}
        onChange={(chosen) => saved.change({ change: CHANGES.find(([name]) => name === chosen)![0] })}
        options={CHANGES}
        label={l10n.t("Change of a part")}
      />
      <Dropdown
        label={l10n.t("Time")}
        options={TIMES.map(([time, text]) => [String(time), text])}
        chosen={String(seconds)}
        onChange={(chosen) => saved.change({ seconds: Number(chosen) })}
      />
      {running ? (
        <Button key="stop" text={l10n.t("Stop")} onClick={() => post({ type: "stopMeasuring" })} />
      ) : (
        <Button
          key="measure"
          primary
          text={l10n.t("Measure")}
          onClick={() => post({ type: "measure", change, seconds, head: null })}
        />
      )}
    </div>
  );
}

const Explained = () => (
  <>
    <Hint>
      {l10n.t(
        "z says where training changed the mask; this tab says whether it matters. One part of the mask is changed at a time, a head or a kind of matrix in a layer, and the loss and the metric are computed again on the same validation examples.",
      )}
    </Hint>
    <Hint>
      {l10n.t(
        "First, one backward pass estimates the change of the loss for all parts. Then parts are measured, those with the largest estimates first, as long as the chosen time suffices.",
      )}
    </Hint>
  </>
);

const measuredIn = (parts: readonly PartEffect[]) => parts.filter(({ measured }) => measured);

function Progress({ effects }: { readonly effects: Effects | null }) {
  const [done, total] = [measuredIn(effects?.parts ?? []).length, effects?.parts.length ?? 0];
  return (
    <StateLine
      parts={[effects ? l10n.t("{0} of {1} parts measured", done, total) : l10n.t("Estimating all parts…")]}
      state="running"
      label={l10n.t("Measured parts")}
      done={done}
      total={total}
      over={false}
    />
  );
}

function Results({ subject, effects }: { readonly subject: Described; readonly effects: Effects }) {
  const detail = useDetail();
  const shown = l10n.t("change of loss if {0}", CHANGED[effects.change]);
  return (
    <>
      <p>{sentenceOf(effects)}</p>
      {notesOf(effects).map((text) => (
        <Hint key={text}>{text}</Hint>
      ))}
      <EffectFigures mask={subject.description} effects={effects} detail={detail} />
      <MatrixDetail detail={detail} />
      <Parts subject={subject} effects={effects} />
      <ExportRow
        caption={captionOf(subject, shown, sentenceOf(effects), ...notesOf(effects))}
        tables={[{ id: "effects", title: l10n.t("Effects on the task"), rows: () => effects.parts.map(partRow) }]}
        metadata={() => ({ ...metadataOf(subject), ...factsOf(effects) })}
        provenance={() => [...provenanceOf(subject), sentenceOf(effects), ...notesOf(effects)]}
        name={adaptationName(effects.mask)}
      />
    </>
  );
}

/** What the changes are compared with, and how many parts were measured. */
function sentenceOf({ task, examples, loss, metric, change, other, parts }: Effects): string {
  const what =
    other === null
      ? l10n.t("Change of loss and {0} if {1}.", task.metric, CHANGED[change])
      : l10n.t("Change of loss and {0} if {1} ({2}).", task.metric, CHANGED[change], named(adaptationName(other)));
  const against = l10n.t(
    "Compared with the mask as it is, on the same {0} validation examples of {1}: loss {2}, {3} {4} %.",
    ...[grouped(examples), named(task.name), fixed(loss, 4), task.metric, percent(metric)],
  );
  const count = l10n.t(
    "{0} of {1} parts measured, those with the largest estimates first.",
    [...measuredIn(parts)].length,
    parts.length,
  );
  return `${what} ${against} ${count}`;
}

function notesOf(effects: Effects): string[] {
  const { change, parts, heads, kinds, cut, unscored, examples, notes } = effects;
  const dead = measuredIn(parts).filter(({ head, measured }) => head !== null && measured!.logits <= DEAD);
  const measuredHeads = measuredIn(parts).filter(({ head }) => head !== null).length;
  return [
    ...correlationNotes(heads, l10n.t("heads")),
    ...correlationNotes(kinds, l10n.t("kinds of a layer")),
    ...(change === "zeroed" && measuredHeads
      ? [
          dead.length
            ? l10n.t(
                "Dead heads, whose logits do not change by more than {0}: {1}.",
                DEAD,
                dead.map(partName).join(", "),
              )
            : l10n.t(
                "None of the {0} measured heads is dead: each changes a logit by more than {1}.",
                measuredHeads,
                DEAD,
              ),
        ]
      : []),
    ...(cut ? [l10n.t("{0} of {1} examples were truncated.", grouped(cut), grouped(examples))] : []),
    ...(unscored ? [l10n.t("Words without a prediction: {0}.", grouped(unscored))] : []),
    ...notes,
  ];
}

function correlationNotes({ parts, estimate, z }: Effects["heads"], what: string): string[] {
  const of = (value: NonNullable<typeof estimate>) => `${fixed(value.value, 2)} (${rangeOf(value)})`;
  return [
    ...(estimate
      ? [
          l10n.t(
            "Rank correlation of estimates and measured changes of loss over the {0} measured {1}, which have the largest estimates: {2}.",
            parts,
            what,
            of(estimate),
          ),
        ]
      : []),
    ...(z
      ? [
          l10n.t(
            "Rank correlation of z and measured changes of loss over the {0} measured {1}, which have the largest estimates: {2}.",
            parts,
            what,
            of(z),
          ),
        ]
      : []),
  ];
}

function Parts({ subject, effects }: { readonly subject: Described; readonly effects: Effects }) {
  const mask = subject.description;
  const { parts, task } = effects;
  const order = [
    ...measuredIn(parts).sort((a, b) => Math.abs(b.measured!.loss.value) - Math.abs(a.measured!.loss.value)),
    ...parts.filter(({ measured }) => !measured).sort((a, b) => Math.abs(b.estimate ?? 0) - Math.abs(a.estimate ?? 0)),
  ];
  const hasTest = parts.some(({ measured }) => measured?.mcnemar);
  const open = ({ layer, head, kind }: PartEffect) => {
    if (layer !== null && head !== null) return openHead(mask, { layer, head, kind: kind === "cross" ? kind : "all" });
    const matrix = mask.matrices.find((one) => one.layer === layer && one.kind === kind);
    if (matrix) openMatrix(matrix.name);
  };
  return (
    <>
      <CopyHint />
      <Heading
        title={l10n.t("By part")}
        aside={l10n.t(
          "intervals of a paired bootstrap over examples, not over training seeds; p: McNemar's test, corrected for the number of all parts that can change",
        )}
      />
      <NumbersTable
        sorts
        caption={l10n.t("By part")}
        onOpen={(row) => open(order[row]!)}
        header={[
          ...[l10n.t("part"), l10n.t("change\nof loss"), CONFIDENCE, l10n.t("{0},\npoints", task.metric), CONFIDENCE],
          ...(hasTest ? [l10n.t("p (Holm)")] : []),
          ...[l10n.t("largest change\nof a logit"), l10n.t("estimated\nchange of loss"), l10n.t("bits\nchanged"), "z"],
        ]}
        rows={order.map((part) => [partName(part), ...measuredCells(part, hasTest), ...otherCells(part)])}
      />
    </>
  );
}

function measuredCells({ measured }: PartEffect, hasTest: boolean): string[] {
  if (!measured) return Array(hasTest ? 5 : 4).fill("–");
  const { loss, metric, mcnemar } = measured;
  const between = ({ low, high }: typeof loss, of: (value: number) => string) =>
    low === null || high === null ? "–" : l10n.t("{0} to {1}", of(low), of(high));
  return [
    ...[lossText(loss.value), between(loss, lossText), pointsText(metric.value), between(metric, pointsText)],
    ...(hasTest ? [mcnemar ? pText(mcnemar.pHolm) : "–"] : []),
  ];
}

const otherCells = ({ measured, estimate, changed, z }: PartEffect): string[] => [
  ...[measured ? measured.logits.toPrecision(2) : "–", lossText(estimate), grouped(changed), fixed(z, 1)],
];

function factsOf({ change, other, task, split, examples, loss, metric, heads, kinds }: Effects) {
  return { effect: { change, other, task, split, examples, loss, metric, heads, kinds } };
}

function partRow({ measured, ...part }: PartEffect): Row {
  const { loss, metric, mcnemar, logits } = measured ?? {};
  return rowOf({
    ...part,
    ...{ loss: loss?.value, lossLow: loss?.low, lossHigh: loss?.high },
    ...{ metric: metric?.value, metricLow: metric?.low, metricHigh: metric?.high },
    ...{ p: mcnemar?.p, pHolm: mcnemar?.pHolm, largestLogit: logits },
  });
}
