// Formats names and numbers for views and messages.

import path from "node:path";
import * as vscode from "vscode";
import type { Architecture } from "../../data/examples.ts";
import { nameAmongAll, nameWithTask } from "../../file-name.ts";
import type { Interval, MaskMetadata, Metrics } from "../../mask/metadata.ts";
import { isShare, signOf, valueText } from "../../metric.ts";
import type { ModelConfig } from "../../model/config.ts";
import { between, fixed, grouped, signed } from "../../numbers.ts";
import { onDemand } from "../../on-demand.ts";

export { adaptationName } from "../../file-name.ts";
export { bytes as megabytes } from "../../numbers.ts";

/**
 * Names for files shown together: files with the same name also show the folders that differ, as in "sst2 (runs/a)". Those of
 * a study's cells have the study's name.
 */
export function adaptationNames(files: readonly string[]): string[] {
  return files.map((file) => {
    const name = nameAmongAll(file);
    const folders = path.dirname(file).split(path.sep);
    const others = files
      .filter((other) => other !== file && nameAmongAll(other) === name)
      .map((other) => path.dirname(other).split(path.sep));
    if (!others.length) return name;
    const shared = (from: (path: readonly string[], i: number) => string | undefined) => {
      let count = 0;
      while (count < folders.length && others.every((other) => from(other, count) === from(folders, count))) count++;
      return count;
    };
    const [first, last] = [shared((path, i) => path[i]), shared((path, i) => path.at(-1 - i))];
    const differs = folders.slice(first, folders.length - last).join("/");
    return differs ? `${name} (${differs})` : name;
  });
}

/** An adaptation and the task that it was trained for. */
interface OfTask {
  readonly adaptation: string;
  readonly task: string;
}

/** The names of adaptations shown together, each with its task: "sst2-3 · sst2". */
export function namesWithTasks(all: readonly OfTask[]): string[] {
  const names = adaptationNames(all.map(({ adaptation }) => adaptation));
  return all.map(({ adaptation, task }, i) => nameWithTask(names[i]!, adaptation, task));
}

/** Created on demand because creating a formatter takes milliseconds. */
const dates = onDemand(() => new Intl.DateTimeFormat(vscode.env.language, { dateStyle: "medium" }));
const times = onDemand(() => new Intl.DateTimeFormat(vscode.env.language, { dateStyle: "medium", timeStyle: "short" }));

/** "Nov 29, 2026" for a time in milliseconds since 1970. */
export const dateText = (time: number): string => dates().format(time);
/** "Nov 29, 2026, 2:10 AM" for a time in milliseconds since 1970. */
export const timeText = (time: number): string => times().format(time);

/** "bert-base-uncased" for google-bert/bert-base-uncased. */
export const modelName = ({ id }: Pick<ModelConfig, "id">) => id.split("/").at(-1)!;

export function architectureText(architecture: Architecture): string {
  if (architecture === "encoder-decoder") return vscode.l10n.t("encoder–decoder");
  return architecture === "decoder" ? vscode.l10n.t("decoder") : vscode.l10n.t("encoder");
}

/** A fraction as a percentage: "5.2 %". */
export const percent = (share: number, digits = 1) => `${fixed(100 * share, digits)} %`;

const to = (low: string, high: string): string => vscode.l10n.t("{0} to {1}", low, high);

/** A metric's value: "86.1 %", or "12.34" if it is no share. */
export const valueWithSign = (metric: string | null | undefined, value: number) =>
  `${valueText(metric, value)}${signOf(metric)}`;

/** A metric with its 95 % interval, or the reason why there is none: "accuracy 86.1 % (80.6 %–90.2 %)". */
export const metricText = (metric: string, { value, low, high, reason }: Interval) => {
  const of = (bound: number) => valueWithSign(metric, bound);
  return `${metric} ${of(value)} (${low === null || high === null ? (reason ?? "–") : between(of(low), of(high), to)})`;
};

/** A difference with its 95 % interval, or the reason why there is none: "accuracy +1.2 points (−0.3 to +2.7)". */
export const differenceText = (metric: string, { value, low, high, reason }: Interval) => {
  const isPoints = isShare(metric);
  const of = (share: number) => (isPoints ? signed(100 * share, 1) : signed(share, 2));
  const range = low === null || high === null ? (reason ?? "–") : vscode.l10n.t("{0} to {1}", of(low), of(high));
  return isPoints
    ? vscode.l10n.t("{0} {1} points ({2})", metric, of(value), range)
    : `${metric} ${of(value)} (${range})`;
};

/** ", 12 of 449 examples truncated, 3 words unscored"; empty if there are none. */
export function lossText({ examples, cut = 0, unscored = 0 }: Metrics): string {
  const parts = [
    cut ? vscode.l10n.t("{0} of {1} examples truncated", grouped(cut), grouped(examples)) : "",
    unscored === 1
      ? vscode.l10n.t("1 word unscored")
      : unscored
        ? vscode.l10n.t("{0} words unscored", grouped(unscored))
        : "",
  ];
  return parts.map((part) => part && `, ${part}`).join("");
}

/** The task's metric on the test examples; undefined if the adaptation was not evaluated on them. */
export const testMetric = ({ metrics, task }: Pick<MaskMetadata, "metrics" | "task">) =>
  metrics.test?.[task.metric] as Interval | undefined;
