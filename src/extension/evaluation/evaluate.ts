// Evaluate Mask…: evaluates adaptations on their tasks' test examples and reports their metrics and differences.

import * as vscode from "vscode";
import { controlSuffix } from "../../mask/control.ts";
import type { Interval } from "../../mask/metadata.ts";
import type { ChooseAdaptations } from "../masks/chosen.ts";
import { readHead } from "../masks/found.ts";
import { movedTasks } from "../masks/moved-tasks.ts";
import type { ComputeProcess } from "../models/compute.ts";
import type { Command } from "../ui/command.ts";
import { cancellable, log, requireTrust } from "../ui/log.ts";
import { showInformation } from "../ui/window.ts";
import { differenceText, lossText, metricText, namesWithTasks } from "../ui/words.ts";

export const evaluateCommand =
  (serving: ComputeProcess, choose: ChooseAdaptations): Command =>
  async (given, all) => {
    requireTrust();
    const files = await choose(given, all, "adaptation", {
      placeholder: vscode.l10n.t("Choose what to evaluate on the test examples"),
    });
    if (files.length) await evaluate(serving, files);
  };

/** Shows the metric named in each task; the other metrics go to the log. */
async function evaluate(serving: ComputeProcess, adaptations: readonly string[]): Promise<void> {
  const tasks = await movedTasks(adaptations);
  if (!tasks) return;
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const heads = await Promise.all(adaptations.map(readHead));
  const all = heads.map(({ file, metadata }) => ({ adaptation: file, task: metadata?.task.name ?? "" }));
  const shown = namesWithTasks(all);
  const names = new Map(adaptations.map((adaptation, i) => [adaptation, shown[i]!]));
  const evaluations = await cancellable(vscode.l10n.t("Evaluating on the test split"), (signal, progress) => {
    const onEvent = ({ adaptation }: { readonly adaptation: string }) =>
      progress.report({ increment: 100 / adaptations.length, message: names.get(adaptation)! });
    const params = { adaptations, tasks, split: "test" as const, device };
    return serving.client.ask("evaluate", params, { onEvent, signal });
  });
  const found: string[] = [];
  for (const { adaptation, metrics, notes, permuteLabels } of evaluations.adaptations) {
    for (const note of notes) log.info(`${adaptation}: ${note}`);
    const { metadata } = heads[adaptations.indexOf(adaptation)]!;
    const entries = Object.entries(metrics).filter((one): one is [string, Interval] => typeof one[1] === "object");
    const on = tasks[adaptation] ?? metadata?.run.task;
    const losses = lossText(metrics);
    log.info(`${adaptation} on ${on}: ${entries.map((one) => metricText(...one)).join(", ")}${losses}`);
    const chosen = entries.find(([metric]) => metric === metadata?.task.metric) ?? entries[0]!;
    found.push(`${names.get(adaptation)}${controlSuffix(permuteLabels)} ${metricText(...chosen)}${losses}`);
  }
  const differences = evaluations.comparisons.map(({ a, b, metric, difference, mcnemar }) => {
    const test = mcnemar ? `, McNemar p ${mcnemar.p.toPrecision(2)}` : "";
    return `${names.get(a)} − ${names.get(b)}: ${differenceText(metric, difference)}${test}`;
  });
  for (const difference of differences) log.info(difference);
  const more = vscode.l10n.t("Show Log");
  const told = [
    vscode.l10n.t("On the test examples: {0}.", found.join("; ")),
    ...(differences.length === 1 ? [vscode.l10n.t("Difference on the same examples: {0}.", differences[0]!)] : []),
  ].join(" ");
  if ((await showInformation(told, more)) === more) log.show();
}
