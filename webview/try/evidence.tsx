// The evidence of a text's tokens for a label, below the prediction of a mask: computed when it is opened.

import type { Evidence, Prediction, TokenEvidence } from "../../src/messages.ts";
import { brightness, css, textOn, Z_END, zColour } from "../draw/colours.ts";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { percent, signed } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";
import { Button, Dropdown } from "../ui/toolkit.tsx";
import { DeletionCheck } from "./deletion.tsx";
import { hide, type Known, keyOf, known, want } from "./evidence-state.ts";
import { saved, type Wanted } from "./saved.ts";

/** Digits of evidence and log-odds. */
const DIGITS = 2;

/** `id`: unique on the page. */
export function EvidenceOf({ id, answer }: { readonly id: string; readonly answer: Prediction }) {
  const key = keyOf(answer);
  const wanted = useStore(saved, (state) => state.wanted[key]);
  const one = useStore(known, (state) => state[key]);
  return (
    <div class="evidence">
      <button
        class="link"
        type="button"
        aria-expanded={wanted !== undefined}
        aria-controls={wanted && id}
        onClick={() => (wanted ? hide(answer) : want(answer, { label: null, deletion: false }))}
      >
        {wanted ? l10n.t("Hide evidence") : l10n.t("Show evidence")}
      </button>
      {wanted && (
        <div id={id} aria-busy={one?.request !== undefined}>
          <Labels answer={answer} wanted={wanted} />
          {one && <Explained {...{ id, answer, wanted, one }} />}
        </div>
      )}
    </div>
  );
}

function Labels({ answer, wanted }: { readonly answer: Prediction; readonly wanted: Wanted }) {
  const labels = Object.keys(answer.probabilities);
  return (
    <div class="row">
      <Dropdown
        label={l10n.t("Label to explain")}
        options={labels.map((label) => [label, l10n.t("Evidence for “{0}”", named(label))] as const)}
        chosen={wanted.label ?? answer.label}
        onChange={(label) => want(answer, { ...wanted, label: label === answer.label ? null : label })}
      />
    </div>
  );
}

interface ExplainedProps {
  readonly id: string;
  readonly answer: Prediction;
  readonly wanted: Wanted;
  readonly one: Known;
}

function Explained({ id, answer, wanted, one: { request, evidence, progress, failed } }: ExplainedProps) {
  return (
    <>
      {evidence ? (
        <>
          <Tokens evidence={evidence} />
          <p>{sumText(evidence)}</p>
          <Hint>
            {l10n.t(
              "Input × gradient on the word embeddings, in log-odds: orange and + speak for the label, purple and − against it. Special tokens, with a dashed border, count in the sum.",
            )}
          </Hint>
          <Fold name="evidence table" summary={l10n.t("Evidence as a table")}>
            <Table evidence={evidence} />
          </Fold>
          <DeletionCheck {...{ id, answer, wanted, evidence, progress }} isBusy={request !== undefined} />
        </>
      ) : (
        request !== undefined && <Hint>{l10n.t("Computing the evidence…")}</Hint>
      )}
      <div role="alert">{failed && <div class="error">{failed}</div>}</div>
      {failed && <Button text={l10n.t("Try Again")} onClick={() => want(answer, wanted)} />}
    </>
  );
}

/** Tokens in reading order, each with its evidence below it, coloured on a scale that ends at the largest evidence. */
function Tokens({ evidence: { tokens, label } }: { readonly evidence: Evidence }) {
  const largest = Math.max(...tokens.map(({ value }) => Math.abs(value))) || 1;
  return (
    <ol class="pieces" aria-label={l10n.t("Evidence for “{0}”", named(label))}>
      {tokens.map((one, i) => {
        const colour = zColour((Z_END * one.value) / largest, brightness());
        return (
          <li
            key={i}
            class={one.special ? "piece special" : "piece"}
            style={{ background: css(colour), color: textOn(colour) }}
            title={shareText(one, tokens)}
          >
            <span>{one.token}</span> <span class="value">{signed(one.value, DIGITS)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Table({ evidence: { tokens } }: { readonly evidence: Evidence }) {
  const all = magnitude(tokens);
  return (
    <NumbersTable
      caption={l10n.t("Evidence")}
      header={[l10n.t("token"), l10n.t("position"), l10n.t("evidence"), l10n.t("% of magnitude")]}
      rows={tokens.map(({ token, value }, i) => [
        ...[named(token), String(i + 1), signed(value, 4)],
        all ? percent(Math.abs(value) / all) : "–",
      ])}
      sorts
    />
  );
}

const magnitude = (tokens: readonly TokenEvidence[]) => tokens.reduce((sum, { value }) => sum + Math.abs(value), 0);

function shareText({ token, value, special }: TokenEvidence, tokens: readonly TokenEvidence[]): string {
  const share = percent(Math.abs(value) / (magnitude(tokens) || 1));
  const values = [named(token), signed(value, 4), share];
  return special
    ? l10n.t("{0} (special token): {1} log-odds, {2} % of the magnitude of all evidence", ...values)
    : l10n.t("{0}: {1} log-odds, {2} % of the magnitude of all evidence", ...values);
}

/** The sum of the evidence, with what it would be in a linear model. */
function sumText({ tokens, logOdds, logOddsWithoutWords, label }: Evidence): string {
  const sum = tokens.reduce((total, { value }) => total + value, 0);
  return l10n.t(
    "The evidence of all tokens sums to {0}. The log-odds of “{1}” are {2}, and {3} if all word embeddings are zero: {4} apart, which the sum would equal if the model were linear.",
    ...[signed(sum, DIGITS), named(label), signed(logOdds, DIGITS)],
    ...[signed(logOddsWithoutWords, DIGITS), signed(logOdds - logOddsWithoutWords, DIGITS)],
  );
}
