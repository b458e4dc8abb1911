// Buttons that save and copy the results of the Try Text page.

import type { LoadedMask, Prediction } from "../../src/messages/try.ts";
import { saveTable } from "../draw/exports/save.ts";
import { copyText } from "../ui/announce.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { useStore } from "../ui/store.ts";
import { Button } from "../ui/toolkit.tsx";
import { keyOf, known } from "./evidence-state.ts";
import { answersIn, generation } from "./generation-state.ts";
import {
  csvRows,
  type GeneratedResult,
  generatedMarkdown,
  generatedRows,
  jsonLines,
  markdownOf,
  type Result,
} from "./saving.ts";

interface SaveProps {
  readonly masks: readonly LoadedMask[];
  readonly answers: readonly Prediction[];
  /** All masks that are loaded. */
  readonly loaded: readonly LoadedMask[];
}

export function SaveResults({ masks, answers, loaded }: SaveProps) {
  const all = useStore(known, (state) => state);
  const texts = useStore(generation, answersIn);
  const count = answers.length + texts.length;
  if (!count) return null;
  const generated = texts.map((answer): GeneratedResult => {
    return { answer, mask: loaded.find(({ adaptation }) => adaptation === answer.adaptation) };
  });
  const results = answers.map((answer): Result => {
    const mask = masks.find(({ adaptation }) => adaptation === answer.adaptation);
    return { answer, mask, evidence: all[keyOf(answer)]?.evidence };
  });
  const copied = () => (count === 1 ? l10n.t("Copied 1 result") : l10n.t("Copied {0} results", grouped(count)));
  return (
    <div class="row" role="toolbar" aria-label={l10n.t("Save results")}>
      <Button
        text={l10n.t("Save CSV")}
        onClick={() =>
          saveTable("predictions", metadataOf(masks.length ? [...new Set([...masks, ...loaded])] : loaded, count), [
            ...csvRows(results),
            ...generatedRows(generated),
          ])
        }
      />
      <Button
        text={l10n.t("Save JSON Lines")}
        onClick={() =>
          post({ type: "save", name: "predictions.jsonl", data: new TextEncoder().encode(jsonLines(results, texts)) })
        }
      />
      <Button
        text={l10n.t("Copy Markdown")}
        onClick={() =>
          copyText(
            [results.length && markdownOf(results), generated.length && generatedMarkdown(generated)]
              .filter(Boolean)
              .join("\n"),
            copied(),
          )
        }
      />
    </div>
  );
}

/** What the numbers of the saved table are. */
const metadataOf = (masks: readonly LoadedMask[], results: number) => ({
  ...{ table: "Try Text", results },
  masks: masks.map(({ adaptation, task, base }) => ({ adaptation, task, base })),
  value: {
    probability: "of the label",
    generated: "the sum of the log probabilities of the generated tokens, in nats",
    evidence: "input × gradient on the word embeddings, in log-odds of the label",
    logOdds: "ln p / (1 − p)",
    logOddsWithoutWords: "the log-odds if all word embeddings are zero",
    deletionDifference:
      "mean probability along the deletion curve: random orders minus largest evidence first; interval over random orders, p one-sided",
  },
});
