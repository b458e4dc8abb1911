// How well the vectors that a classifier reads separate the labels, under adaptations and under the pretrained model as it is.
// Formulas: method.md, "Classes in the space of representations".

import path from "node:path";
import type { Context } from "../../data/encode.ts";
import { isLabelled, type LabelledExample } from "../../data/examples.ts";
import { drawn, Random } from "../../data/random.ts";
import { readTask, type Task, withTraining } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import { controlSeed } from "../../mask/control.ts";
import type { Adaptation } from "../../mask/file.ts";
import { layout } from "../../program/layout.ts";
import { slowly } from "../../pulse.ts";
import { readOf } from "../../recipe/recipe.ts";
import { sizeOf } from "../../tensor.ts";
import { type Base, deviceOf, type Places } from "../base.ts";
import { batchesOf, sizesOf, taskFileOf } from "../evaluate.ts";
import { checkTask, readAdaptation, shapeOf } from "../read.ts";
import { Scorers } from "../scorers.ts";
import { lossesOf } from "../scoring.ts";
import { chosen, type Located, locatedVectors, textOf } from "./labelled.ts";
import { MOST_POINTS, type Projection, type ProjectionName } from "./projection.ts";
import { silhouette } from "./silhouette.ts";

export interface RepresentationOptions extends Places {
  /** Files with masks or tuned tensors, all for one task. */
  readonly adaptations: readonly string[];
  /** The task file, if it is not the adaptations' own. */
  readonly task?: string | undefined;
  /** What the probe, the silhouette and the projection are computed on. */
  readonly split: "validation" | "test";
  /** The most training examples, and of their vectors the most, to train the probe on. */
  readonly rows: number;
  /** For the examples and vectors that are drawn, and for UMAP. */
  readonly seed: number;
  readonly projection: ProjectionName;
  readonly device: string;
  readonly signal?: AbortSignal | undefined;
}

/** A vector of the projection. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** What the vector is of, at most 80 characters. */
  readonly text: string;
}

/** The vectors under one model. */
export interface ModelRepresentation {
  /** null: the pretrained model as it is. */
  readonly adaptation: string | null;
  /** If the adaptation is a control, the seed that permuted its training labels; otherwise null. */
  readonly permuteLabels: number | null;
  /** The name of the base model. */
  readonly base: string;
  /** Which last hidden states: of the first or last token, the mean of all tokens, or of the tokens with a label. */
  readonly reads: "first" | "last" | "mean" | "labelled";
  /** The most tokens of an example. */
  readonly maxLength: number;
  /** What is read at once in a document task. */
  readonly context: Context;
  /** Numbers of vectors. */
  readonly vectors: { readonly train: number; readonly split: number };
  /** The accuracy of a linear probe, and of always predicting the most frequent training label; both from 0 to 1. */
  readonly probe: { readonly accuracy: number; readonly majority: number };
  /** From −1 to 1, over `points`; null with fewer than two labels. */
  readonly silhouette: number | null;
  /** The share of the variance along each axis of a PCA; null for UMAP. */
  readonly explained: readonly number[] | null;
  /** At most `MOST_POINTS`, drawn with the seed. */
  readonly points: readonly Point[];
}

export interface Representation {
  readonly task: { readonly file: string; readonly name: string; readonly labels: readonly string[] };
  readonly split: RepresentationOptions["split"];
  readonly projection: ProjectionName;
  readonly seed: number;
  /** Numbers of examples, of those truncated, and of words without a vector, under the first adaptation's tokenizer. */
  readonly counts: { readonly train: SplitCounts; readonly split: SplitCounts };
  /** The pretrained models first, then the adaptations in their order. */
  readonly models: readonly ModelRepresentation[];
  readonly notes: readonly string[];
}

type SplitCounts = ReturnType<typeof lossesOf>;

/** A neighbourhood, and a silhouette, needs a few. */
const FEWEST_POINTS = 4;

interface Subject {
  readonly adaptation: Adaptation;
  readonly base: Base;
  readonly isPretrained: boolean;
}

/**
 * Compares models by the vectors that their classifiers read; `told` receives the name of each model when its vectors are known.
 * Throws an InputError for adaptations of different tasks, for choice tasks, for a split with fewer than four vectors, and
 * whatever `evaluate` refuses. If the signal fires, throws its reason.
 */
export async function represent(
  options: RepresentationOptions,
  told: (name: string) => void = () => undefined,
): Promise<Representation> {
  const { split, rows, seed, projection } = options;
  const adaptations = await Promise.all(options.adaptations.map((file) => readAdaptation(file, options)));
  const task = await taskOf(adaptations, options.task);
  const notes = new Set(adaptations.flatMap((adaptation) => checkTask(adaptation, task)));
  const some = withTraining(task, rows, new Random(seed, "represent training"));
  const scorers = new Scorers(options, deviceOf(options.device));
  try {
    const models: ModelRepresentation[] = [];
    const subjects = await subjectsOf(adaptations, scorers);
    const encodings = new Map<string, ReturnType<typeof batchesOf>>();
    /** Encoded once for all models that read the same tokens. */
    const batchesFor = ({ adaptation, base }: Subject, name: "train" | typeof split) => {
      const { task: of, run } = adaptation.metadata;
      const sizes = sizesOf(adaptation, base.config.positions);
      const key = JSON.stringify([base.folder, sizes, of.attributes, run.lengthAdaptor, name]);
      const known = encodings.get(key) ?? batchesOf(adaptation, base, some, name);
      encodings.set(key, known);
      return known;
    };
    for (const subject of subjects) {
      const { adaptation, base, isPretrained } = subject;
      const model = await scorers.under(adaptation);
      const vectorsIn = async (name: "train" | typeof split): Promise<Located> => {
        const { encoded, batches } = batchesFor(subject, name);
        const found: Float32Array[] = [];
        for (const batch of batches) {
          options.signal?.throwIfAborted();
          found.push(await model.vectors(batch));
        }
        return locatedVectors(encoded, batches, found);
      };
      const train = await vectorsIn("train");
      const own = await vectorsIn(split);
      told(isPretrained ? base.config.id : adaptation.file);
      if (!train.vectors.length || own.vectors.length < FEWEST_POINTS)
        throw new InputError(
          `there are ${train.vectors.length} training vectors and ${own.vectors.length} ${split} vectors, too few to compare`,
          { file: task.file },
          `use a task with at least 1 training and ${FEWEST_POINTS} ${split} examples`,
        );
      const indices = (count: number, most: number, stream: string) =>
        drawn([...Array(count).keys()], most, new Random(seed, stream));
      const { probed } = await import("./probe.ts");
      const trained = chosen(train, indices(train.labels.length, rows, "represent training vectors"));
      const { accuracy, majority } = await slowly(async () => probed(trained, own)); // with many rows, minutes
      const shown = indices(own.labels.length, MOST_POINTS, "represent points");
      const pointed = chosen(own, shown);
      const random = new Random(seed, "represent umap");
      const { coordinates, explained } = await projected(projection, pointed.vectors, random, options.signal);
      const reads = readOf(shapeOf(adaptation), base.config);
      const { maxLength, context } = sizesOf(adaptation, base.config.positions);
      models.push({
        adaptation: isPretrained ? null : adaptation.file,
        permuteLabels: isPretrained ? null : controlSeed(adaptation.metadata),
        ...{ base: base.config.id, reads: reads === "all" ? "labelled" : reads },
        ...{ maxLength, context },
        vectors: { train: trained.labels.length, split: own.labels.length },
        ...{ probe: { accuracy, majority }, silhouette: silhouette(pointed), explained },
        points: shown.map((i, point) => {
          const [x, y] = coordinates[point]!;
          const { example, unit } = own.places[i]!;
          return {
            x,
            y,
            label: task.labels[own.labels[i]!]!,
            text: textOf(task.splits[split][example] as LabelledExample, unit),
          };
        }),
      });
    }
    const countsOf = (name: "train" | typeof split) => lossesOf(batchesFor(subjects[0]!, name).encoded);
    return {
      task: { file: task.file, name: task.name, labels: task.labels },
      ...{ split, projection, seed, counts: { train: countsOf("train"), split: countsOf(split) }, models },
      notes: [...task.notes.map((note) => `${note}.`), ...notes],
    };
  } finally {
    await scorers.release();
  }
}

/** `random` is used only by UMAP. Libraries are loaded when they are used, because few requests need them. */
async function projected(
  name: ProjectionName,
  vectors: readonly Float32Array[],
  random: Random,
  signal: AbortSignal | undefined,
): Promise<Projection> {
  if (name === "umap") return (await import("./umap.ts")).neighbourhoods(vectors, random, signal);
  const { principal } = await import("./principal.ts");
  return slowly(async () => principal(vectors));
}

/** The one task of the adaptations. */
async function taskOf(adaptations: readonly Adaptation[], given: string | undefined): Promise<Task> {
  const files = given === undefined ? await Promise.all(adaptations.map((one) => taskFileOf(one))) : [given];
  const other = files.findIndex((file) => path.resolve(file) !== path.resolve(files[0]!));
  if (other >= 0)
    throw new InputError(
      `it was trained on another task (${files[other]}) than ${adaptations[0]!.file}`,
      { file: adaptations[other]!.file },
      "represent the adaptations of one task at a time, or specify one with --task",
    );
  const task = await readTask(files[0]!);
  if (task.kind !== "choice" && isLabelled(task.kind)) return task;
  throw new InputError(
    task.kind === "choice"
      ? "a label of a choice task is the place of a continuation, so no vector belongs to a label"
      : `a ${task.kind} task has no labels, so no vector belongs to one`,
    { file: task.file },
    "use a sentence, pair, tagging or document task",
  );
}

/** Each pretrained model once for each kind of vector and maximum length that adaptations read of it, then the adaptations. */
async function subjectsOf(adaptations: readonly Adaptation[], scorers: Scorers): Promise<Subject[]> {
  const own: Subject[] = [];
  const pretrained = new Map<string, Subject>();
  for (const adaptation of adaptations) {
    const base = await scorers.base(adaptation);
    own.push({ adaptation, base, isPretrained: false });
    const { maxLength, context } = sizesOf(adaptation, base.config.positions);
    if (adaptation.metadata.run.lengthAdaptor) continue; // a base model reads no frames
    const key = JSON.stringify([base.folder, readOf(shapeOf(adaptation), base.config), maxLength, context]);
    if (!pretrained.has(key))
      pretrained.set(key, { adaptation: untouched(adaptation, base), base, isPretrained: true });
  }
  return [...pretrained.values(), ...own];
}

/**
 * An adaptation that changes nothing of the base model, and adds nothing to it. Its classifier is not read, so it is zero where there is
 * none.
 */
function untouched({ file, metadata: own }: Adaptation, { config, pretrained }: Base): Adaptation {
  const { attributes: _, ...task } = own.task;
  const metadata = { ...own, task, run: { ...own.run, adapters: null, linearAttention: null } };
  const shape = shapeOf({ file, metadata } as Adaptation);
  const isThere = (name: string, extents: readonly number[]) =>
    JSON.stringify(pretrained.tensors.get(name)?.shape) === JSON.stringify(extents);
  const tensors = layout(config, shape).flatMap(({ name, shape }) =>
    isThere(name, shape) ? [] : [{ name, shape, data: new Float32Array(sizeOf(shape)) }],
  );
  return { format: "tuned", file, metadata: { ...metadata, initial: null }, tensors };
}
