// Ensembles of four masks, and transfer between two sets of sentiment.

import { type EvaluateOptions, evaluate } from "../../../src/adaptation/evaluate.ts";
import { signed } from "../../../src/numbers.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { ensemblesSection, type GroupEnsembles } from "../../../src/study/report/sections.ts";
import { type Source, transferOf, transferSection } from "../../../src/study/report/transfer.ts";
import { adaptationsOf, type Measured, type Method } from "../accuracy.ts";
import { taskFile } from "../tasks.ts";
import { judged } from "./verdict.ts";

const MEMBERS = [1, 2, 3, 4];
const METHODS: readonly Method[] = ["finetuned", "masked"];
const SENTIMENT: readonly Measured[] = ["sst2", "sentiment"];

const evaluated = (more: Pick<EvaluateOptions, "adaptations" | "tasks" | "details" | "ensembles">) =>
  evaluate({ split: "test", device: "cpu", ...more });

export async function ensemblesAnalysis(): Promise<ReportSection> {
  const found: GroupEnsembles[] = [];
  for (const method of METHODS) {
    const adaptations = await adaptationsOf("sst2", method, MEMBERS);
    const { ensembles = [] } = await evaluated({ adaptations, ensembles: true });
    for (const one of ensembles) found.push({ ...one, group: `sst2, ${method}`, metric: "accuracy" });
  }
  const gains = found.find(({ group }) => group === "sst2, masked")!.votes.map(({ difference }) => difference);
  const held = gains.every(({ low }) => low !== null && low > 0);
  const points = gains.map(({ value }) => signed(100 * value, 1)).join(", ");
  return judged(
    { ...ensemblesSection(found), claim: "ensembles of masked models perform better than one, at little memory." },
    held,
    `four masked models of sst2 together are ${points} points above their mean (logits, probabilities, majority)${held ? ", and each interval is above 0" : "; not every interval is above 0"}.`,
  );
}

export async function transferAnalysis(): Promise<ReportSection> {
  const sources: Source[] = [];
  for (const task of SENTIMENT)
    for (const method of METHODS) {
      const [adaptation] = (await adaptationsOf(task, method, [1])) as [string];
      sources.push({ name: `${task}, ${method}`, adaptation, task: taskFile(task), asks: "negative or positive" });
    }
  const transfer = (await transferOf(sources, evaluated))!;
  const above = transfer.sources.flatMap(({ name, task }, i) =>
    transfer.targets.flatMap(({ task: target, name: on, majority, accuracies }) =>
      target === task ? [] : [`${name} on ${on} ${signed(100 * (accuracies[i]! - majority), 1)}`],
    ),
  );
  return judged(
    {
      ...transferSection(transfer, []),
      claim: "masked models transfer to a similar task about as well as finetuned ones.",
    },
    null,
    `points above the most frequent label: ${above.join("; ")}. One seed each; label 0 of sst2 is negative.`,
  );
}
