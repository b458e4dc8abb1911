// Formats names and numbers for views and messages.

import path from "node:path";
import * as vscode from "vscode";
import type { Interval, MaskMetadata, Metrics } from "../../mask/metadata.ts";
import type { ModelConfig } from "../../model/config.ts";
import { grouped } from "../../numbers.ts";

export { bytes as megabytes } from "../../numbers.ts";

/** "sst2" for masks/sst2/sst2.mask.safetensors. */
export const adaptationName = (file: string) => path.basename(file).replace(/\.(mask|tuned)\.safetensors$/, "");

/** Names for files shown together: files of the same name also get the folders that differ, as in "sst2 (runs/a)". */
export function adaptationNames(files: readonly string[]): string[] {
  return files.map((file) => {
    const name = adaptationName(file);
    const folders = path.dirname(file).split(path.sep);
    const others = files
      .filter((other) => other !== file && adaptationName(other) === name)
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

/** "bert-base-uncased" for google-bert/bert-base-uncased. */
export const modelName = ({ id }: Pick<ModelConfig, "id">) => id.split("/").at(-1)!;

/** A fraction as a percentage: "5.2 %". */
export const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** A metric with its 95 % interval, or the reason why there is none: "accuracy 86.1 % (80.6 %–90.2 %)". */
export const metricText = (metric: string, { value, low, high, reason }: Interval) =>
  `${metric} ${percent(value)} (${low === null || high === null ? (reason ?? "–") : `${percent(low)}–${percent(high)}`})`;

/** A difference with its 95 % interval, or the reason why there is none: "accuracy +1.2 points (−0.3 to +2.7)". */
export const differenceText = (metric: string, { value, low, high, reason }: Interval) => {
  const of = (share: number) => `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;
  const range = low === null || high === null ? (reason ?? "–") : vscode.l10n.t("{0} to {1}", of(low), of(high));
  return vscode.l10n.t("{0} {1} points ({2})", metric, of(value), range);
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
