// The metrics of language and generation tasks on a split, from the losses of its tokens and the texts that are generated.

import type { Batch } from "../../data/batches.ts";
import type { EncodedPart } from "../../data/encode.ts";
import type { Example, GenerationExample } from "../../data/examples.ts";
import { encodeSource, longestTarget } from "../../data/generative.ts";
import type { Task } from "../../data/task.ts";
import type { Metrics } from "../../mask/metadata.ts";
import type { Metric, TextMetric } from "../../metric.ts";
import type { AddingOptions } from "../../model/additions/additions.ts";
import { adaptorOf } from "../../model/additions/length-adaptor.ts";
import { onDemand } from "../../on-demand.ts";
import type { NextToken } from "../../program/generation/next-token.ts";
import type { Base } from "../base.ts";
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

/**
 * How the model generates texts of this task; undefined if the task has none. A decoder's prompt leaves room for the longest target of
 * the training examples, but at most for half of the maximum length: room for its own target would give the target's length away.
 */
export async function generatorOf(
  {
    batchSize,
    ...run
  }: { readonly maxLength: number; readonly batchSize: number } & Pick<AddingOptions, "lengthAdaptor">,
  { folder, config, tokenizer }: Pick<Base, "folder" | "config" | "tokenizer">,
  { kind, prompt, splits }: Pick<Task, "kind" | "prompt" | "splits">,
): Promise<TaskGenerator | undefined> {
  if (kind !== "generation") return undefined;
  const { settings, decoderStartId, notes } = await ownGeneration({ folder, config, tokenizer });
  const { stacks: architecture } = config;
  const maxLength = Math.min(run.maxLength, config.positions);
  const whole = { architecture, maxLength, decoderStartId, prompt, adaptor: adaptorOf(run.lengthAdaptor) };
  const model = onDemand(() => {
    if (architecture !== "decoder") return whole;
    const room = longestTarget(splits.train as readonly GenerationExample[], tokenizer, whole);
    return { ...whole, maxLength: maxLength - Math.min(room, maxLength >> 1) };
  });
  return {
    ...{ decoder: tokenizer, settings, decoderStartId, notes, maxLength, batchSize },
    read: (example) => encodeSource(example, tokenizer, model()),
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
  const texts = await generatedTexts(await decoding(), rows as readonly GenerationExample[], generator, signal);
  return texts && { ...outcome, texts };
}

/** The metrics of an outcome, with the number of truncated examples. */
export function textMetricsWithLosses(outcome: TextOutcome, encoded: readonly EncodedPart[]): Metrics {
  const { examples, ...metrics } = textMetricsOf(outcome);
  const cut = encoded.filter(({ cut, example }) => cut || outcome.texts?.cut[example]).length;
  return { examples, cut, ...metrics };
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
