// The evidence of a text's tokens for a label, below the prediction of a mask: computed when it is opened.

import type { Evidence, Prediction } from "../../src/messages/try.ts";
import { brightness, css, textOn, Z_END, zColour } from "../draw/colours.ts";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { percent, signed } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";
import { useTheme } from "../ui/theme.ts";
import { Button, Dropdown } from "../ui/toolkit.tsx";
import { DeletionCheck } from "./deletion.tsx";
import { hide, type Known, keyOf, known, want } from "./evidence-state.ts";
import { digitsFor, largestOf, magnitudeOf, shareText, sumText } from "./evidence-text.ts";
import { saved, type Wanted } from "./saved.ts";

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
          <div class="row">
            <Labels answer={answer} wanted={wanted} />
          </div>
          {one && <Explained {...{ id, answer, wanted, one }} />}
        </div>
      )}
    </div>
  );
}

function Labels({ answer, wanted }: { readonly answer: Prediction; readonly wanted: Wanted }) {
  const labels = Object.keys(answer.probabilities);
  return (
    <Dropdown
      label={l10n.t("Label to explain")}
      options={labels.map((label) => [label, l10n.t("Evidence for “{0}”", named(label))] as const)}
      chosen={wanted.label ?? answer.label}
      onChange={(label) => want(answer, { ...wanted, label: label === answer.label ? null : label })}
    />
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
  const largest = largestOf(tokens);
  const digits = digitsFor(tokens);
  useTheme();
  return (
    <ol class="pieces" aria-label={l10n.t("Evidence for “{0}”", named(label))}>
      {tokens.map((one, i) => {
        const colour = zColour((Z_END * one.value) / (largest || 1), brightness());
        return (
          <li
            key={i}
            class={one.special ? "piece special" : "piece"}
            style={{ background: css(colour), color: textOn(colour) }}
            title={shareText(one, tokens)}
          >
            <span>{one.token}</span> <span class="value">{signed(one.value, digits)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Table({ evidence: { tokens } }: { readonly evidence: Evidence }) {
  const all = magnitudeOf(tokens);
  const digits = digitsFor(tokens) + 2;
  return (
    <NumbersTable
      caption={l10n.t("Evidence")}
      header={[l10n.t("token"), l10n.t("position"), l10n.t("evidence"), l10n.t("% of magnitude")]}
      rows={tokens.map(({ token, value }, i) => [
        ...[named(token), String(i + 1), signed(value, digits)],
        all ? percent(Math.abs(value) / all) : "–",
      ])}
      sorts
    />
  );
}
