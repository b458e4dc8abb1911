// The metrics of language and generation tasks on a split, from the losses of its tokens and the texts that are generated.

import type { Batch } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import type { Example, GenerationExample } from "../../data/examples.ts";
import type { Task } from "../../data/task.ts";
import type { Metrics } from "../../mask/metadata.ts";
import type { Metric, TextMetric } from "../../metric.ts";
import type { NextToken } from "../../program/generation/next-token.ts";
import type { Base } from "../base.ts";
import { lossesOf } from "../scoring.ts";
import { textMetricsOf } from "../text-metrics/metrics.ts";
import { type TextOutcome, textLosses } from "../text-metrics/outcome.ts";
import { type GenerationConfig, readGenerationConfig } from "./config.ts";
import { type Generator, generatedTexts } from "./generated.ts";

/** The metrics that compare generated texts with their targets. */
export const GENERATED: ReadonlySet<Metric> = new Set<Metric>(["bleu", "chrf", "exactMatch"]);

/** How texts of a generation task are generated, and from which token an encoder–decoder's decoder starts. */
export interface TaskGenerator extends Generator {
  readonly decoderStartId: number | undefined;
  readonly notes: readonly string[];
}

/** How the model generates texts of this task; undefined if the task has none. */
export async function generatorOf(
  { maxLength, batchSize }: { readonly maxLength: number; readonly batchSize: number },
  { folder, config, tokenizer }: Pick<Base, "folder" | "config" | "tokenizer">,
  { kind }: Pick<Task, "kind">,
): Promise<TaskGenerator | undefined> {
  if (kind !== "generation") return undefined;
  const { settings, decoderStartId, notes } = await ownGeneration({ folder, config, tokenizer });
  return {
    ...{ decoder: tokenizer, settings, decoderStartId, notes },
    ...{ maxLength: Math.min(maxLength, config.positions), batchSize },
  };
}

/** How the model's authors generate; a text ends at the tokenizer's end token if their files name none. */
export async function ownGeneration({
  folder,
  config,
  tokenizer,
}: Pick<Base, "folder" | "config" | "tokenizer">): Promise<GenerationConfig> {
  const own = await readGenerationConfig(folder, config.vocabSize);
  const { endIds } = own.settings;
  if (endIds.length || tokenizer.endId === undefined) return own;
  return { ...own, settings: { ...own.settings, endIds: [tokenizer.endId] } };
}

/** A split, encoded and in batches. */
export interface SplitRows {
  readonly rows: readonly Example[];
  readonly encoded: readonly EncodedPart[];
  readonly batches: readonly Batch[];
}

/** What generates a split's texts. */
export interface Generates {
  readonly generator: TaskGenerator | undefined;
  decoding(): Promise<NextToken>;
}

/** What the metrics are computed from; undefined if the signal fires before all texts are generated. */
export async function textOutcome(
  { kind, metric }: Pick<Task, "kind" | "metric">,
  { rows, encoded, batches }: SplitRows,
  losses: readonly Float32Array[],
  generates?: Generates,
  signal?: AbortSignal,
): Promise<TextOutcome | undefined> {
  const own = { kind: kind as TextOutcome["kind"], metric: metric as TextMetric };
  const outcome = { ...own, losses: textLosses(encoded, batches, losses) };
  const { generator, decoding } = generates ?? {};
  if (!generator || !decoding) return outcome;
  const examples = rows as readonly GenerationExample[];
  const texts = await generatedTexts(await decoding(), examples, encoded, generator, signal);
  return texts && { ...outcome, texts };
}

/** The metrics of an outcome, with the number of truncated examples. */
export function textMetricsWithLosses(outcome: TextOutcome, encoded: readonly EncodedPart[]): Metrics {
  const { examples, ...metrics } = textMetricsOf(outcome);
  return { examples, cut: lossesOf(encoded).cut, ...metrics };
}

/** The metrics of a split; see `textOutcome`. */
export async function textMetrics(
  task: Pick<Task, "kind" | "metric">,
  split: SplitRows,
  losses: readonly Float32Array[],
  generates?: Generates,
  signal?: AbortSignal,
): Promise<Metrics | undefined> {
  const outcome = await textOutcome(task, split, losses, generates, signal);
  return outcome && textMetricsWithLosses(outcome, split.encoded);
}
