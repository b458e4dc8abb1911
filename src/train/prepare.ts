// Prepares a run from its options: opens the model and the task, and checks everything that can be checked before
// training.

import { type Base, factsOf, openBase } from "../adaptation/base.ts";
import { GENERATED, generatorOf, type TaskGenerator, textMetrics } from "../adaptation/generation/text-scoring.ts";
import { unseenNote } from "../adaptation/inputs/attributes.ts";
import { INTERVALS_OVER } from "../adaptation/intervals.ts";
import { lossesOf, metricsWithLosses, outcomeOf } from "../adaptation/scoring.ts";
import { injectionOf } from "../anatomy/additions.ts";
import { type AttributeValues, valuesIn } from "../data/attributes/values.ts";
import {
  type Batch,
  checkArchitecture,
  encodeExamples,
  evaluationBatches,
  largestBatch,
  lengthBuckets,
  trainingBatches,
} from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import type { EncodedPart } from "../data/encode.ts";
import { isLabelled } from "../data/examples.ts";
import { Random } from "../data/random.ts";
import { type Example, readTask, type Task } from "../data/task.ts";
import type { Adaptation, Mask } from "../mask/file.ts";
import type { BaseModel } from "../mask/metadata.ts";
import { adaptorOf } from "../model/additions/length-adaptor.ts";
import { allMatrices } from "../model/names.ts";
import { heldBytes } from "../model/weights/half.ts";
import { startOfAdditions } from "../program/added.ts";
import { balancedWeights } from "../program/feeds.ts";
import type { BatchShape } from "../program/graphs/plan.ts";
import { type ClassifierStart, startOfClassifier } from "../program/stored-classifier.ts";
import { permuteLabels } from "../recipe/control.ts";
import { wordIdsOf } from "../recipe/label-words.ts";
import type { RunOptions } from "../recipe/options.ts";
import { classifierOf, type Recipe, recipeOf, rowNamesOf } from "../recipe/recipe.ts";
import { recipeNotes } from "../recipe/recipe-notes.ts";
import type { Device } from "../runtime/device.ts";
import { requireMemory, SMALLER_MODEL } from "../runtime/machine-memory.ts";
import { fitNotes, labelCounts, ofEach, trainedCounts } from "./fit.ts";
import { attributeNotes, attributesFor } from "./given/attributes.ts";
import { givenMask } from "./given/mask.ts";
import { teacherNote, teacherOf } from "./given/teacher.ts";
import type { TrainingData } from "./training.ts";

/** What a run's options mean for a base model and a task. */
export interface Planned {
  readonly recipe: Recipe;
  readonly classifier: ClassifierStart;
  readonly facts: BaseModel;
  /** The values of the attributes that the run's adapters read; empty if they read none. */
  readonly vocabulary: readonly AttributeValues[];
  /** The adaptation that the run learns from as well; undefined without distillation. */
  readonly teacher: Adaptation | undefined;
  /** The mask under which the run finetunes, if it comes from a file. */
  readonly given: Mask | undefined;
}

/** A run that is ready to start; its input has been checked. */
export interface Prepared extends Planned {
  readonly options: RunOptions;
  /** The device that the options stand for. */
  readonly device: Device;
  readonly base: Base;
  readonly task: Task;
  readonly data: Data;
  readonly notes: readonly string[];
}

export async function prepare(options: RunOptions, device: Device): Promise<Prepared> {
  const base = await openBase(options.model);
  try {
    requireMemory(heldBytes(base.pretrained), "reading the base model's weights", SMALLER_MODEL);
    const task = await readTask(options.task);
    const planned = await planOf(options, base, task);
    const data = dataOf(options, base, task, { ...planned, generator: await generatorOf(options, base, task) });
    const onDevice =
      device === "cpu"
        ? []
        : [
            `This run computes on ${device}; on a GPU, a run that is resumed may differ in the last digits from one that is not.`,
          ];
    const { classifier, recipe } = planned;
    if (options.precision !== "float32" && !device.startsWith("cuda:"))
      onDevice.push(`Precision ${options.precision} exists only on CUDA: this run computes on ${device} in float32.`);
    if (planned.teacher) onDevice.push(teacherNote(planned.teacher, options));
    const notes = [...onDevice, ...base.notes, ...classifier.notes, ...recipeNotes(options, recipe), ...data.notes];
    return { options, device, base, task, ...planned, data, notes };
  } catch (error) {
    await base.pretrained.close();
    throw error;
  }
}

/** Throws an InputError if the options do not fit the base model or the task. Does not tokenize the examples. */
export async function planOf(options: RunOptions, base: Base, task: Task): Promise<Planned> {
  checkArchitecture(task, base.config.stacks);
  const vocabulary = attributesFor(options, task, limited<Example>(task.splits.train, options));
  const attributeValues = valuesIn(vocabulary);
  const shape = classifierOf(task.kind, task.labels.length, { ...options, attributeValues });
  const start = await startOfClassifier(base.pretrained, base.config, {
    ...shape,
    wordIds: options.labelWords && wordIdsOf(options.labelWords, task, base.tokenizer),
    rowNames: rowNamesOf(task),
    stored: options.storedClassifier,
    seed: options.seed,
  });
  const added = startOfAdditions(base.config, shape.additions, options.seed);
  const classifier = { ...start, tensors: new Map([...start.tensors, ...added]) };
  const given = await givenMask(options, task);
  const names = given && new Set(given.matrices.map(({ name }) => name));
  const recipe = recipeOf(options, base.config, classifier.stored, { ...task, attributeValues }, names);
  const used = recipe.matrices.length ? recipe.matrices : allMatrices(base.config, { labels: 1 });
  // Only tensors that are read from the base model have to match it later.
  const facts = await factsOf(
    base,
    used.filter(({ name }) => classifier.stored.has(`${name}.weight`)),
  );
  return { recipe, classifier, facts, vocabulary, teacher: await teacherOf(options, task, vocabulary), given };
}

/** Hashes of everything outside a run's folder that its result depends on, by what they are hashes of. */
export function inputsOf(
  { facts, teacher, given }: Pick<Planned, "facts" | "teacher" | "given">,
  task: Task,
): Record<string, string> {
  return {
    ...(given && { "the fixed mask": given.metadata.checksum }),
    ...(teacher && { "the teacher": teacher.metadata.checksum }),
    "the base model": facts.fingerprint,
    "the task file": task.sha256,
    ...Object.fromEntries(Object.entries(task.dataSha256).map(([split, hash]) => [`the ${split} data`, hash])),
  };
}

/** The data for training and evaluation. */
export interface Data extends TrainingData {
  /** Weights of the labels in the loss; undefined: all 1. */
  readonly classWeights: readonly number[] | undefined;
  /** The shape of the largest training batch. */
  readonly largest: BatchShape;
  readonly notes: readonly string[];
}

/** A task's examples as batches for a model, truncated to the model's number of positions. */
export function dataOf(
  options: RunOptions,
  { config, tokenizer }: Base,
  task: Task,
  { vocabulary, generator }: Pick<Planned, "vocabulary"> & { readonly generator: TaskGenerator | undefined },
): Data {
  const maxLength = Math.min(options.maxLength, config.positions);
  const adaptor = adaptorOf(options.lengthAdaptor);
  const batching = {
    ...{ size: options.batchSize, buckets: lengthBuckets(maxLength), framesPerPosition: adaptor?.framesPerPosition },
    ...{ padId: config.padId, segments: config.typeVocabSize },
  };
  const trainedOn: Task = { ...task, splits: { ...task.splits, train: trainingRows(options, task) } };
  const rows: Record<SplitName, readonly EncodedPart[]> = ofEach((split) =>
    encodeExamples(trainedOn, split, tokenizer, {
      ...{ maxLength, architecture: config.stacks, decoderStartId: generator?.decoderStartId, vocabulary, adaptor },
      context: options.context,
    }),
  );
  const made = new Map<SplitName, Batch[]>();
  const batches = (split: SplitName): readonly Batch[] => {
    if (!made.has(split)) made.set(split, evaluationBatches(rows[split], batching));
    return made.get(split)!;
  };
  const labels = labelCounts(task.labels, rows);
  const { dropAttributes = 0 } = vocabulary.length ? injectionOf(options.adapters!) : {};
  return {
    epoch: (random) => trainingBatches(rows.train, { ...batching, random, dropAttributes }),
    batches,
    rows: rows.train.length,
    examples: ofEach((split) => lossesOf(rows[split]).examples),
    ...(task.kind === "language" && {
      blocks: { tokens: maxLength, texts: ofEach((split) => trainedOn.splits[split].length) },
    }),
    cut: ofEach((split) => lossesOf(rows[split]).cut),
    labels,
    size: options.batchSize,
    padId: config.padId,
    largest: largestBatch(rows.train, batching),
    metric: task.metric,
    isLabelled: isLabelled(task.kind),
    metrics(split, outputs, decoding, signal) {
      if (isLabelled(task.kind))
        return metricsWithLosses(outcomeOf(task, rows[split], batches(split), outputs), rows[split]);
      // Texts are slow to generate, so the validation split gets them only if they select the best step.
      const generates = split === "test" || GENERATED.has(task.metric);
      const examples = { encoded: rows[split], batches: batches(split), rows: task.splits[split] };
      return textMetrics(task, examples, outputs, generates ? { generator, decoding } : undefined, signal);
    },
    classWeights: task.classWeights ? balancedWeights(trainedCounts(task.labels, rows.train)) : undefined,
    notes: [
      ...task.notes.map((note) => `${note}.`),
      ...controlNotes(options, task),
      ...(generator?.notes ?? []),
      ...attributeNotes(options, task, vocabulary),
      ...(["validation", "test"] as const).flatMap((split) => unseenNote(rows[split], split)),
      ...fitNotes(task, rows, { config, asked: options.maxLength }),
      ...(INTERVALS_OVER[task.kind] ? [INTERVALS_OVER[task.kind]!] : []),
    ],
  };
}

function controlNotes({ permuteLabels: seed }: RunOptions, { kind }: Task): string[] {
  if (seed === null) return [];
  const what = kind === "generation" ? "targets" : "labels";
  return [
    `Control: the ${what} of the training examples were permuted with seed ${seed}, so there is no task to learn. Validation and test ${what} are unchanged.`,
  ];
}

/** The training examples, limited by the option `limit`, with permuted labels if the run is a control. */
function trainingRows(options: RunOptions, { kind, splits }: Task): readonly Example[] {
  const rows = limited(splits.train, options);
  const { permuteLabels: seed } = options;
  return seed === null ? rows : permuteLabels(kind, rows, seed);
}

/** The requested number of training examples, sampled with the run's seed, in the file's order. */
function limited<R>(rows: readonly R[], { limit, seed }: RunOptions): readonly R[] {
  if (!limit || limit.train >= rows.length) return rows;
  const order = [...rows.keys()];
  new Random(seed, "limit").shuffle(order);
  return order
    .slice(0, limit.train)
    .sort((a, b) => a - b)
    .map((row) => rows[row]!);
}
