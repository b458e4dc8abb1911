// Evaluates adaptations in the compute process, with progress; their examples go to a file.

import * as vscode from "vscode";
import type { Details, Evaluations } from "../../adaptation/evaluate.ts";
import { NO_LABELS } from "../../adaptation/per-label.ts";
import { controlSuffix } from "../../mask/control.ts";
import type { Interval } from "../../mask/metadata.ts";
import type { EvaluatedSplit, EvaluatedView } from "../../messages/evaluation.ts";
import { readHead } from "../masks/found.ts";
import { movedTasks } from "../masks/moved-tasks.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { cancellable, log } from "../ui/log.ts";
import { adaptationNames, differenceText, lossText, metricText, namesWithTasks } from "../ui/words.ts";

/** Of more labels than this, the page gets the probabilities of the most probable ones only. */
const MOST_LABELS = 20;

export interface Evaluated {
  readonly evaluations: Evaluations;
  readonly views: readonly EvaluatedView[];
  /** The device in the settings. */
  readonly device: string;
  /** The result in a sentence. */
  readonly told: string;
}

/** undefined if the user chose no task. `file`: where the examples are written. */
export async function evaluated(
  serving: ComputeProcess,
  adaptations: readonly string[],
  split: EvaluatedSplit,
  file: string,
): Promise<Evaluated | undefined> {
  const tasks = await movedTasks(adaptations);
  if (!tasks) return undefined;
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const heads = await Promise.all(adaptations.map(readHead));
  const all = heads.map(({ file, metadata }) => ({ adaptation: file, task: metadata?.task.name ?? "" }));
  const isOneTask = new Set(all.map(({ task }) => task)).size === 1;
  const shown = isOneTask ? adaptationNames(adaptations) : namesWithTasks(all);
  const names = new Map(adaptations.map((adaptation, i) => [adaptation, shown[i]!]));
  const title =
    split === "test"
      ? vscode.l10n.t("Evaluating on the test split")
      : vscode.l10n.t("Evaluating on the validation split");
  const evaluations = await cancellable(title, (signal, progress) => {
    const onEvent = ({ adaptation }: { readonly adaptation: string }) =>
      progress.report({ increment: 100 / adaptations.length, message: names.get(adaptation)! });
    const more = { details: true, examples: { file, most: MOST_LABELS } };
    return serving.client.ask("evaluate", { adaptations, tasks, split, device, ...more }, { onEvent, signal });
  });
  const nameOf = (adaptation: string) => names.get(adaptation)!;
  const views = evaluations.adaptations.map(({ details, ...one }, i): EvaluatedView => {
    const { lines: _, ...examples } = evaluations.examples![i]!;
    return { ...one, name: nameOf(one.adaptation), details: details ?? NO_DETAILS, examples };
  });
  return { evaluations, views, device, told: toldOf(evaluations, nameOf, split) };
}

/** Of a task without labels. */
const NO_DETAILS: Details = { ...NO_LABELS, calibration: null };

/** The metric named in each task and the difference of two adaptations; the other numbers go to the log. */
function toldOf(
  { adaptations, comparisons }: Evaluations,
  nameOf: (adaptation: string) => string,
  split: EvaluatedSplit,
): string {
  const found: string[] = [];
  for (const { adaptation, metrics, notes, permuteLabels, task } of adaptations) {
    for (const note of notes) log.info(`${adaptation}: ${note}`);
    const entries = Object.entries(metrics).filter((one): one is [string, Interval] => typeof one[1] === "object");
    const losses = lossText(metrics);
    log.info(`${adaptation} on ${task.file}: ${entries.map((one) => metricText(...one)).join(", ")}${losses}`);
    const chosen = entries.find(([metric]) => metric === task.metric) ?? entries[0]!;
    found.push(`${nameOf(adaptation)}${controlSuffix(permuteLabels)} ${metricText(...chosen)}${losses}`);
  }
  const differences = comparisons.map(({ a, b, metric, difference, mcnemar }) => {
    const test = mcnemar ? `, McNemar p ${mcnemar.p.toPrecision(2)}` : "";
    return `${nameOf(a)} − ${nameOf(b)}: ${differenceText(metric, difference)}${test}`;
  });
  for (const difference of differences) log.info(difference);
  const examples =
    split === "test"
      ? vscode.l10n.t("On the test examples: {0}.", found.join("; "))
      : vscode.l10n.t("On the validation examples: {0}.", found.join("; "));
  return [
    examples,
    ...(differences.length === 1 ? [vscode.l10n.t("Difference on the same examples: {0}.", differences[0]!)] : []),
  ].join(" ");
}
