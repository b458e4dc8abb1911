// Evaluates adaptations on a task's split, and compares them on the same examples.

import path from "node:path";
import { type Batch, type BatchOptions, encodeExamples, evaluationBatches, lengthBuckets } from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import type { Context, EncodedPart } from "../data/encode.ts";
import { type Example, isLabelled } from "../data/examples.ts";
import { readTask, type Task, type TaskKind } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { exists } from "../files.ts";
import { controlSeed } from "../mask/control.ts";
import type { Adaptation } from "../mask/file.ts";
import type { Metrics } from "../mask/metadata.ts";
import type { Metric } from "../metric.ts";
import type { Scorer } from "../program/trainable.ts";
import { type Base, deviceOf, type Places } from "./base.ts";
import { type Calibration, calibrationOf } from "./calibration.ts";
import { type Ensemble, ensemblesOf, type Member } from "./ensemble.ts";
import type { GeneratedLined, Lined } from "./example-lines.ts";
import { type ExampleNumbers, NO_EXAMPLES, writeExamples } from "./examples-file.ts";
import {
  generatorOf,
  type TaskGenerator,
  textMetrics,
  textMetricsWithLosses,
  textOutcome,
} from "./generation/text-scoring.ts";
import { attributeNotes } from "./inputs/attributes.ts";
import { adaptorIn } from "./inputs/frames.ts";
import type { Outcome } from "./metrics.ts";
import {
  holm,
  type McNemar,
  type Paired,
  paired,
  type Sampled,
  type SampledMetric,
  sampled,
  sampledTexts,
} from "./paired.ts";
import { type PerLabel, perLabel } from "./per-label.ts";
import { checkTask, readAdaptation } from "./read.ts";
import { Scorers } from "./scorers.ts";
import { metricsWithLosses, outcomeOf } from "./scoring.ts";
import type { TextOutcome } from "./text-metrics/outcome.ts";
import { scoredUnits, type Units, unitsOf } from "./units.ts";

export interface EvaluateOptions extends Places {
  /** Files with masks or tuned tensors. */
  readonly adaptations: readonly string[];
  /** Task files by adaptation, for adaptations that are evaluated on a task other than their own. */
  readonly tasks?: Readonly<Record<string, string>> | undefined;
  readonly split: "validation" | "test";
  readonly device: string;
  /** Adds the numbers of each label and the calibration. */
  readonly details?: boolean | undefined;
  /** Adds the ensembles of all adaptations that are evaluated on the same task file. */
  readonly ensembles?: boolean | undefined;
  /** The file to write a line to for each example and adaptation. */
  readonly examples?: ExamplesFile | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExamplesFile {
  readonly file: string;
  /** Of more labels than this, only the most probable ones are written with their probability. */
  readonly most: number;
}

/** What the predictions of an adaptation show besides its metrics. */
export interface Details extends PerLabel {
  /** null if there are no predictions. */
  readonly calibration: Calibration | null;
}

export interface Evaluation {
  readonly adaptation: string;
  readonly metrics: Metrics;
  /** In tasks without labels: those of the base model's losses on the same examples, without the adaptation. */
  readonly pretrained?: Metrics;
  /** The task that the adaptation was evaluated on. */
  readonly task: { readonly file: string; readonly name: string; readonly kind: TaskKind; readonly metric: Metric };
  /** Notes on the task's data and labels. */
  readonly notes: readonly string[];
  /** If the adaptation is a control, the seed that permuted its training labels; otherwise null. */
  readonly permuteLabels: number | null;
  readonly details?: Details;
}

/** Two adaptations on the same examples: A's metric minus B's. */
export interface Comparison extends Paired {
  readonly a: string;
  readonly b: string;
  /** `pHolm`: p after Holm's correction for the number of comparisons in this evaluation. */
  readonly mcnemar: (McNemar & { readonly pHolm: number }) | null;
}

/** Several adaptations of one task that decide together. */
export interface Ensembles {
  readonly task: string;
  readonly adaptations: readonly string[];
  readonly votes: readonly Ensemble[];
}

export interface Evaluations {
  readonly adaptations: readonly Evaluation[];
  /** Every pair of adaptations that were evaluated on the same task file, in order. */
  readonly comparisons: readonly Comparison[];
  /** Of each task file with two or more adaptations, if the options ask for them. */
  readonly ensembles?: readonly Ensembles[];
  /** For each adaptation, if a file of examples was written. */
  readonly examples?: readonly ExampleNumbers[];
}

/**
 * Evaluates adaptations one after another, and compares adaptations evaluated on the same examples with each other;
 * `told` receives each evaluation as soon as it is known. Stops early if the signal fires. Throws an InputError for
 * files that are not adaptations, a wrong base model, and a task whose labels do not match.
 */
export async function evaluate(
  options: EvaluateOptions,
  told: (evaluation: Evaluation) => void = () => undefined,
): Promise<Evaluations> {
  const adaptations: Evaluation[] = [];
  const outcomes: SampledMetric[] = [];
  const lined: (Lined | GeneratedLined | undefined)[] = [];
  const members = new Map<string, Voter[]>();
  for await (const { sample, task, units, examples, outcome, ...evaluation } of evaluated(options)) {
    const { file, name, kind, metric, unscored, labels, attributes } = task;
    const found = { ...evaluation, task: { file, name, kind, metric } };
    told(found);
    const details = units && options.details && detailsOf(scoredUnits(units, unscored), task);
    adaptations.push(details ? { ...found, details } : found);
    outcomes.push(sample);
    if (units && "targets" in sample && options.ensembles) {
      const member = { adaptation: evaluation.adaptation, unscored, units, outcome: sample };
      members.set(file, [...(members.get(file) ?? []), member]);
    }
    const { adaptation } = evaluation;
    if (outcome?.texts) lined.push({ adaptation, examples, outcome });
    else lined.push(units && { adaptation, labels, attributes, units, examples });
  }
  const comparisons = corrected(comparisonsOf(adaptations, outcomes));
  const found = { adaptations, comparisons, ...(options.ensembles && { ensembles: ensemblesIn(members) }) };
  if (!options.examples || options.signal?.aborted) return found;
  const labelled = lined.filter((one) => one !== undefined);
  const written = (await writeExamples(options.examples.file, labelled, options.examples.most)).values();
  return { ...found, examples: lined.map((one) => (one ? written.next().value! : NO_EXAMPLES)) };
}

/** A member of an ensemble, and what its task does with words without a prediction. */
interface Voter extends Member {
  readonly adaptation: string;
  readonly unscored: Task["unscored"];
}

function ensemblesIn(members: ReadonlyMap<string, readonly Voter[]>): Ensembles[] {
  return [...members].flatMap(([task, own]) =>
    own.length < 2
      ? []
      : [{ task, adaptations: own.map(({ adaptation }) => adaptation), votes: ensemblesOf(own, own[0]!.unscored) }],
  );
}

function detailsOf(units: Units, { kind, labels }: Pick<Task, "kind" | "labels">): Details {
  return { ...perLabel(units, labels), calibration: calibrationOf(units, kind === "choice") };
}

/** Two adaptations, compared before the correction for the number of comparisons. */
type Uncorrected = Paired & { readonly a: string; readonly b: string };

function comparisonsOf(adaptations: readonly Evaluation[], outcomes: readonly SampledMetric[]): Uncorrected[] {
  return adaptations.flatMap((first, a) =>
    adaptations.slice(a + 1).flatMap((second, i): Uncorrected[] => {
      if (first.task.file !== second.task.file) return [];
      const compared = paired(outcomes[a]!, outcomes[a + 1 + i]!);
      return [{ a: first.adaptation, b: second.adaptation, ...compared }];
    }),
  );
}

function corrected(comparisons: readonly Uncorrected[]): Comparison[] {
  const adjusted = holm(comparisons.flatMap(({ mcnemar }) => (mcnemar ? [mcnemar.p] : []))).values();
  return comparisons.map((one) => ({
    ...one,
    mcnemar: one.mcnemar && { ...one.mcnemar, pHolm: adjusted.next().value! },
  }));
}

/** An evaluation with what it was computed from. */
interface Evaluated extends Omit<Evaluation, "task" | "details"> {
  readonly task: Task;
  readonly sample: Sampled | SampledMetric;
  readonly examples: readonly Example[];
  /** The losses and the generated texts, in tasks without labels. */
  readonly outcome?: TextOutcome;
  /** All units, also those that the task leaves out; only if the options ask for more than metrics. */
  readonly units: Units | undefined;
}

/** Each evaluation, with the predictions for each example. */
export async function* evaluated(options: EvaluateOptions): AsyncGenerator<Evaluated, void, void> {
  const { adaptations: files, split, signal } = options;
  const adaptations = await Promise.all(files.map((file) => readAdaptation(file, options)));
  const tasks = new Map<string, Task>();
  const scorers = new Scorers(options, deviceOf(options.device));
  const pretrained = new Map<string, Metrics>();
  const wantsUnits = Boolean(options.details || options.examples || options.ensembles);
  try {
    for (const adaptation of adaptations) {
      const file = path.resolve(await taskFileOf(adaptation, options.tasks));
      const task = tasks.get(file) ?? (await readTask(file));
      tasks.set(file, task);
      const labels = checkTask(adaptation, task);
      const base = await scorers.base(adaptation);
      const generator = await generatorOf(
        { ...sizesOf(adaptation, base.config.positions), lengthAdaptor: adaptation.metadata.run.lengthAdaptor },
        base,
        task,
      );
      const { encoded, batches } = batchesOf(adaptation, base, task, split, generator);
      const outputs: Float32Array[] = [];
      const model = await scorers.under(adaptation);
      for (const batch of batches) {
        if (signal?.aborted) return;
        outputs.push(await (isLabelled(task.kind) ? model.logits(batch) : model.losses(batch)));
      }
      const numbers = isLabelled(task.kind)
        ? numbersOfLabels(outcomeOf(task, encoded, batches, outputs), encoded)
        : await numbersOfTexts(
            task,
            { rows: task.splits[split], encoded, batches },
            outputs,
            { generator, decoding: () => model.decoding() },
            signal,
          );
      if (!numbers) return;
      const { maxLength, batchSize } = sizesOf(adaptation, base.config.positions);
      const key = [base.folder, file, maxLength, batchSize].join("\n");
      if (!isLabelled(task.kind) && !task.frames && !pretrained.has(key)) {
        const found = await pretrainedOn(await scorers.pretrained(adaptation), task, { encoded, batches }, signal);
        if (!found) return;
        pretrained.set(key, found);
      }
      const own = pretrained.get(key);
      yield {
        ...{ adaptation: adaptation.file, ...numbers, ...(own && { pretrained: own }) },
        task,
        notes: [
          ...task.notes.map((note) => `${note}.`),
          ...labels,
          ...attributeNotes(adaptation, task, encoded, split),
        ],
        permuteLabels: controlSeed(adaptation.metadata),
        examples: task.splits[split],
        units: wantsUnits && isLabelled(task.kind) ? unitsOf(task.labels.length, encoded, batches, outputs) : undefined,
      };
    }
  } finally {
    await scorers.release();
  }
}

/** The metrics of an adaptation, and the task's metric for comparisons. */
type Numbers = Pick<Evaluated, "metrics" | "sample" | "outcome">;

function numbersOfLabels(outcome: Outcome, encoded: readonly EncodedPart[]): Numbers {
  return { metrics: metricsWithLosses(outcome, encoded), sample: sampled(outcome) };
}

/** undefined if the signal fires before all texts are generated. */
async function numbersOfTexts(
  ...[task, split, losses, generates, signal]: Parameters<typeof textOutcome>
): Promise<Numbers | undefined> {
  const outcome = await textOutcome(task, split, losses, generates, signal);
  return outcome && { outcome, metrics: textMetricsWithLosses(outcome, split.encoded), sample: sampledTexts(outcome) };
}

/** The metrics of a base model's losses; undefined if the signal fires first. */
async function pretrainedOn(
  model: Pick<Scorer, "losses">,
  task: Task,
  split: { readonly encoded: readonly EncodedPart[]; readonly batches: readonly Batch[] },
  signal: AbortSignal | undefined,
): Promise<Metrics | undefined> {
  const losses: Float32Array[] = [];
  for (const batch of split.batches) {
    if (signal?.aborted) return undefined;
    losses.push(await model.losses(batch));
  }
  return textMetrics(task, { ...split, rows: [] }, losses);
}

/** The examples of a split, encoded and in batches as in training. */
export function batchesOf(
  adaptation: Adaptation,
  { config, tokenizer }: Pick<Base, "config" | "tokenizer">,
  task: Task,
  split: SplitName,
  generator?: TaskGenerator,
): { readonly encoded: readonly EncodedPart[]; readonly batches: readonly Batch[] } {
  const { maxLength, context } = sizesOf(adaptation, config.positions);
  const { decoderStartId } = generator ?? {};
  const adaptor = adaptorIn(adaptation);
  const vocabulary = adaptation.metadata.task.attributes;
  const encoded = encodeExamples(task, split, tokenizer, {
    ...{ maxLength, architecture: config.stacks, decoderStartId, adaptor, vocabulary, context },
  });
  return { encoded, batches: evaluationBatches(encoded, batchOptionsOf(adaptation, config)) };
}

/** How an adaptation's examples are batched, as in training. */
export function batchOptionsOf(
  adaptation: Adaptation,
  { padId, positions, typeVocabSize: segments }: Base["config"],
): BatchOptions {
  const { maxLength, batchSize: size } = sizesOf(adaptation, positions);
  const { framesPerPosition } = adaptorIn(adaptation) ?? {};
  return { size, buckets: lengthBuckets(maxLength), padId, segments, framesPerPosition };
}

/** Batch size, maximum length and what is read at once, as in training. */
export function sizesOf(
  { metadata }: Adaptation,
  positions: number,
): { readonly maxLength: number; readonly batchSize: number; readonly context: Context } {
  const { maxLength = 128, batchSize = 32, context = "document" } = metadata.run;
  return { maxLength: Math.min(maxLength, positions), batchSize, context };
}

export async function taskFileOf(
  { metadata, file }: Adaptation,
  tasks: EvaluateOptions["tasks"] = {},
): Promise<string> {
  const given = tasks[file];
  if (given !== undefined) return given;
  const stated = metadata.run.task;
  if (stated !== undefined && (await exists(stated))) return stated;
  throw new InputError(
    stated === undefined ? "it does not name its task file" : `its task file ${stated} no longer exists`,
    { file },
    "restore the task file, or specify one with --task",
  );
}
