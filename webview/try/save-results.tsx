// Buttons that save and copy the results of the Try Text page.

import type { LoadedMask, Prediction } from "../../src/messages.ts";
import { saveTable } from "../draw/exports/save.ts";
import { copyText } from "../ui/announce.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { useStore } from "../ui/store.ts";
import { Button } from "../ui/toolkit.tsx";
import { keyOf, known } from "./evidence-state.ts";
import { csvRows, jsonLines, markdownOf, type Result } from "./saving.ts";

interface SaveProps {
  readonly masks: readonly LoadedMask[];
  readonly answers: readonly Prediction[];
}

export function SaveResults({ masks, answers }: SaveProps) {
  const all = useStore(known, (state) => state);
  if (!answers.length) return null;
  const results = answers.map((answer): Result => {
    const mask = masks.find(({ adaptation }) => adaptation === answer.adaptation);
    return { answer, mask, evidence: all[keyOf(answer)]?.evidence };
  });
  const copied = () =>
    results.length === 1 ? l10n.t("Copied 1 prediction") : l10n.t("Copied {0} predictions", grouped(results.length));
  return (
    <div class="row" role="toolbar" aria-label={l10n.t("Save results")}>
      <Button
        text={l10n.t("Save CSV")}
        onClick={() => saveTable("predictions", metadataOf(masks, results), csvRows(results))}
      />
      <Button
        text={l10n.t("Save JSON Lines")}
        onClick={() =>
          post({ type: "save", name: "predictions.jsonl", data: new TextEncoder().encode(jsonLines(results)) })
        }
      />
      <Button text={l10n.t("Copy Markdown")} onClick={() => copyText(markdownOf(results), copied())} />
    </div>
  );
}

/** What the numbers of the saved table are. */
const metadataOf = (masks: readonly LoadedMask[], results: readonly Result[]) => ({
  ...{ table: "Try Text", predictions: results.length },
  masks: masks.map(({ adaptation, task, base }) => ({ adaptation, task, base })),
  value: {
    probability: "of the label",
    evidence: "input × gradient on the word embeddings, in log-odds of the label",
    logOdds: "ln p / (1 − p)",
    logOddsWithoutWords: "the log-odds if all word embeddings are zero",
    deletionDifference:
      "mean probability along the deletion curve: random orders minus largest evidence first; interval over random orders, p one-sided",
  },
});
