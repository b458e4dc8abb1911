// The results of the Try Text page as text: CSV and JSON Lines with unrounded numbers, and a Markdown table as shown.

import { nameWithTask } from "../../src/file-name.ts";
import {
  type Evidence,
  type GeneratedAnswer,
  generatedJson,
  type LoadedMask,
  type Prediction,
  predictionJson,
} from "../../src/messages/try.ts";
import { escapedJson } from "../../src/visible.ts";
import { markdownTable } from "../draw/exports/markdown.ts";
import type { Row } from "../draw/exports/save.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped, percent } from "../ui/numbers.ts";
import { tokensText } from "./evidence-text.ts";
import { finishText } from "./generation-words.ts";

/** A prediction, with the evidence that has been computed for it. */
export interface Result {
  readonly answer: Prediction;
  readonly mask: LoadedMask | undefined;
  readonly evidence: Evidence | undefined;
}

/** A generated text. */
export interface GeneratedResult {
  readonly answer: GeneratedAnswer;
  readonly mask: LoadedMask | undefined;
}

/** One row per text and mask, with the kind "generated"; the value is the log probability. */
export const generatedRows = (results: readonly GeneratedResult[]): Row[] =>
  results.map(({ answer: { text, adaptation, generated, finish, tokens, logProbability: value } }) => {
    return { text, adaptation, kind: "generated", value, generated, finish, tokens };
  });

/**
 * One row per text, mask and label, and one per token of each evidence: the `kind` is "probability" or "evidence", and for an
 * evidence that was checked "deletion".
 */
export function csvRows(results: readonly Result[]): Row[] {
  return results.flatMap(({ answer, evidence }) => {
    const { text, adaptation, attributes, label: predicted, probabilities } = answer;
    const common = { text, ...(attributes && { attributes: JSON.stringify(attributes) }), adaptation, predicted };
    const rows: Row[] = Object.entries(probabilities).map(([label, value]) => ({
      ...{ ...common, kind: "probability", label, position: null, token: null, value },
    }));
    if (!evidence) return rows;
    const { label, tokens, logOdds, logOddsWithoutWords, deletion } = evidence;
    const explained = { ...common, kind: "evidence", label };
    rows.push(
      { ...common, kind: "logOdds", label, value: logOdds },
      { ...common, kind: "logOddsWithoutWords", label, value: logOddsWithoutWords },
      ...tokens.map(({ token, value }, i) => ({ ...explained, position: i + 1, token, value })),
    );
    if (!deletion) return rows;
    const { difference, p } = deletion;
    const { low, high } = difference;
    return [...rows, { ...common, kind: "deletionDifference", label, value: difference.value, low, high, p }];
  });
}

/** One line per text and mask, in the format of `masklens predict`. */
export const jsonLines = (results: readonly Result[], generated: readonly GeneratedAnswer[]): string =>
  [...results.map(({ answer, evidence }) => predictionJson({ ...answer, evidence })), ...generated.map(generatedJson)]
    .map((line) => `${escapedJson(JSON.stringify(line))}\n`)
    .join("");

/** The only column of numbers. */
const PROBABILITY = 3;

/** One row per text and mask. */
export function markdownOf(results: readonly Result[]): string {
  const isExplained = results.some(({ evidence }) => evidence);
  const header = [
    ...[l10n.t("text"), l10n.t("mask"), l10n.t("label"), l10n.t("probability (%)")],
    ...(isExplained ? [l10n.t("evidence"), l10n.t("deletion check")] : []),
  ];
  const rows = results.map(({ answer: { text, adaptation, label, probabilities }, mask, evidence }) => [
    ...[text, nameOf(adaptation, mask), label, percent(probabilities[label]!)],
    ...(isExplained
      ? [
          evidence ? l10n.t("for {0}: {1}", evidence.label, tokensText(evidence)) : "–",
          evidence ? checkText(evidence) : "–",
        ]
      : []),
  ]);
  return markdownTable(header, rows, (column) => column === PROBABILITY);
}

/** The tokens of a table of generated texts. */
const TOKENS = 3;

/** One row per generated text. */
export function generatedMarkdown(results: readonly GeneratedResult[]): string {
  const header = [l10n.t("text"), l10n.t("mask"), l10n.t("generated text"), l10n.t("tokens"), l10n.t("end")];
  const rows = results.map(({ answer, mask }) => [
    ...[answer.text, nameOf(answer.adaptation, mask), answer.generated],
    ...[grouped(answer.tokens), finishText(answer)],
  ]);
  return markdownTable(header, rows, (column) => column === TOKENS);
}

const nameOf = (adaptation: string, mask: LoadedMask | undefined): string =>
  mask ? nameWithTask(mask.name, adaptation, mask.task) : adaptation;

function checkText({ deletion }: Evidence): string {
  if (!deletion) return "–";
  const { difference, p } = deletion;
  return l10n.t("{0} points below random order, p = {1}", percent(difference.value), fixed(p, 3));
}
