// Derives from a run's options which matrices are masked and with which initial scores, which parameters are trained,
// and which classifier the model has.

import { isPooled, type TaskKind } from "../data/examples.ts";
import { InputError } from "../errors.ts";
import { initialScores } from "../mask/initial.ts";
import type { InitialRecipe } from "../mask/metadata.ts";
import { type AddingOptions, addedTensors, additionsOf } from "../model/additions/additions.ts";
import type { Additions } from "../model/additions/kinds.ts";
import { checkLinear } from "../model/additions/linear-attention.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Read } from "../model/encoder.ts";
import { allMatrices, type Heading, kindsOf, type Matrix, namesOf, selectMatrices } from "../model/names.ts";
import { headTensors, modelTensors } from "../model/tensors.ts";
import { auxiliaryOf } from "./auxiliary.ts";
import { type BinarizerName, binarizers } from "./binarizers.ts";
import { constantRange, initialRange } from "./initial-range.ts";
import type { Method, RunOptions } from "./options.ts";
import { parametersOf } from "./presets.ts";
import { maskedKinds } from "./units.ts";

/**
 * What a classifier reads: an example's first vector, all of its vectors, or the first vector of each of its choices.
 */
export type ClassifierKind = "sequence" | "token" | "choice" | "language";

/** What a run writes: a mask, or the tensors that it changed. */
export type AdaptationFormat = "mask" | "tuned";

const CLASSIFIERS: Record<TaskKind, ClassifierKind> = {
  sentence: "sequence",
  pair: "sequence",
  tagging: "token",
  document: "token",
  choice: "choice",
  language: "language",
  generation: "language",
};

/** Which vector a classifier of sequences reads, if not the model's own. */
export type Pooling = Exclude<RunOptions["pooling"], "own">;

/** The classifier on top of an encoder, and what else an adaptation adds to its base model. */
export interface ClassifierShape {
  readonly classifier: ClassifierKind;
  /** Absent: what the model's own classifier reads, usually the vector of an encoder's first token, of a decoder's last. */
  readonly pooling?: Pooling | undefined;
  /** Whether the classifier is the head of the masked language model, with the rows of one word a label. */
  readonly words?: boolean | undefined;
  /** What is added to the model below it; absent: nothing. */
  readonly additions?: Additions | undefined;
  /** Its number of rows: the number of labels, or 1 if each choice gets a single logit. */
  readonly labels: number;
}

export function classifierOf(
  kind: TaskKind,
  labels: number,
  {
    pooling = "own",
    labelWords,
    ...adding
  }: AddingOptions & { readonly pooling?: RunOptions["pooling"]; readonly labelWords?: readonly string[] | null } = {},
): ClassifierShape {
  const classifier = CLASSIFIERS[kind];
  const additions = additionsOf(adding);
  return {
    ...{ classifier, labels: classifier === "choice" ? 1 : labels },
    ...(pooling !== "own" && { pooling }),
    ...(labelWords && { words: true }),
    ...(additions && { additions }),
  };
}

/** What determines the matrices above the layers. */
export function headingOf({ classifier, words, labels }: ClassifierShape): Heading {
  return { tagging: classifier === "token", words, language: classifier === "language", labels };
}

/** What the classifier reads of the encoder's output, by default what the model's own classifier reads. */
export function readOf(
  { classifier, pooling, words }: Omit<ClassifierShape, "labels">,
  { stacks, pools }: Pick<ModelConfig, "stacks" | "pools">,
): Read {
  if (classifier === "token" || classifier === "language") return "all";
  return pooling ?? (words ? undefined : pools) ?? (stacks === "encoder" ? "first" : "last");
}

/** The names of the classifier's rows, in order: the labels, or "choice" if each choice gets a single logit. */
export function rowNamesOf({ kind, labels }: { readonly kind: TaskKind; readonly labels: readonly string[] }) {
  return kind === "choice" ? ["choice"] : labels;
}

/** What a run trains. */
export interface Recipe extends ClassifierShape {
  /** Matrices whose masks are trained. */
  readonly matrices: readonly Matrix[];
  /** Matrices with masks that are not trained. */
  readonly fixed: readonly Matrix[];
  /** The recipe for the masks of `fixed`; null if there are none, or if they come from a file. */
  readonly fixedBy: InitialRecipe | null;
  /** Parameters trained directly, by tensor name. */
  readonly trained: readonly string[];
  /** Those of `trained` that the option `auxiliary` names. */
  readonly auxiliary: readonly string[];
  /** What an adaptation's file records, because its masks depend on it; null if there are no masks, or the file has all tensors. */
  readonly initial: InitialRecipe | null;
  /** The number of a layer's attention heads if units of the masks are heads and neurons; undefined if they are weights. */
  readonly heads?: number | undefined;
  /** A weight is kept if its score exceeds this threshold. */
  readonly threshold: number;
  readonly format: AdaptationFormat;
}

/** The names of the base model's tensors. */
export interface Stored {
  has(name: string): boolean;
}

/** The paper's τ, or 0 for binarizers that are centered at 0. */
const THRESHOLDS: Record<BinarizerName, number> = { threshold: 0.01, "hard-tanh-sign": 0, bernoulli: 0 };

/** The matrices and parameters from which a method chooses, and the run's options. */
interface Choices {
  readonly options: RunOptions;
  /** Matrices of the selected layers and kinds. */
  readonly selected: () => readonly Matrix[];
  /** The modules that are initialized at random: T, and also P if the base model has no pooler. */
  readonly fresh: ReadonlySet<string>;
  /** The parameters of the modules in `fresh`. */
  readonly classifier: readonly string[];
  /** The base model's own parameters that this task uses. */
  readonly encoder: readonly string[];
  /** All matrices that can be masked. */
  readonly all: readonly Matrix[];
  /** The weights that are masked by a fixed mask from a file. */
  readonly given: ReadonlySet<string> | undefined;
}

/** What a method masks and trains, and which file it writes. */
interface MethodRecipe {
  readonly format: AdaptationFormat;
  masked?(choices: Choices): readonly Matrix[];
  fixed?(choices: Choices): readonly Matrix[];
  trained(choices: Choices): readonly string[];
}

const withoutFresh = ({ selected, fresh }: Choices) => selected().filter(({ name }) => !fresh.has(name));

const maskedBy = (choices: Choices) =>
  choices.options.classifier === "trained" ? withoutFresh(choices) : choices.selected();

const trainedClassifier = ({ options, classifier }: Choices) => (options.classifier === "trained" ? classifier : []);

/** The auxiliary parameters beside these; presets and expressions choose among the classifier's parameters, too. */
function auxiliaryIn(choices: Choices, masked: readonly Matrix[], trained: readonly string[]): string[] {
  const { options, encoder, classifier } = choices;
  if (!options.auxiliary) return [];
  const names = new Set(masked.map(({ name }) => `${name}.weight`));
  return auxiliaryOf(options.auxiliary, [...encoder, ...classifier], names, trained);
}

/** The matrices that a fixed mask from a file masks, or those that the options choose. */
function underFixedMask(choices: Choices): readonly Matrix[] {
  const { options, all, given } = choices;
  if (!options.fixedMask) return [];
  return given ? all.filter(({ name }) => given.has(`${name}.weight`)) : withoutFresh(choices);
}

const METHODS: Record<Method, MethodRecipe> = {
  mask: {
    format: "mask",
    masked: maskedBy,
    trained: trainedClassifier,
  },
  /** The control: an untrained mask and a trained classifier, to be compared with classifier-only. */
  "random-mask": { format: "tuned", fixed: withoutFresh, trained: ({ classifier }) => classifier },
  finetune: {
    format: "tuned",
    fixed: underFixedMask,
    trained: ({ encoder, classifier }) => [...encoder, ...classifier],
  },
  pattern: {
    format: "tuned",
    trained: ({ options, encoder, classifier }) => [
      ...parametersOf(options.pattern ?? "classifier-only", encoder),
      ...classifier,
    ],
  },
};

/** What tasks do whose classifiers read every token. */
const POOLED_NEVER: Partial<Record<TaskKind, string>> = {
  tagging: "labels each word",
  document: "labels each sentence",
  language: "predicts tokens",
  generation: "predicts tokens",
};

/**
 * Throws an InputError if the options select no matrix or no parameter. `stored` has the tensors that the run reads
 * from the base model; `given` are the names of the weights that a fixed mask from a file masks.
 */
export function recipeOf(
  options: RunOptions,
  config: ModelConfig,
  stored: Stored,
  task: Pick<AddingOptions, "attributeValues"> & { readonly kind: TaskKind; readonly labels: readonly string[] },
  given?: ReadonlySet<string>,
): Recipe {
  const { attributeValues } = task;
  const shape = classifierOf(task.kind, task.labels.length, { ...options, attributeValues });
  if (shape.pooling && !isPooled(task.kind))
    throw new InputError(
      `a ${task.kind} task ${POOLED_NEVER[task.kind]}, so no single vector is classified`,
      { at: "pooling" },
      "omit the pooling",
    );
  if (options.context === "sentence" && task.kind !== "document")
    throw new InputError(
      `a ${task.kind} task has no documents whose sentences could be read without the others`,
      { at: "context" },
      "omit the context, or use a document task",
    );
  if (shape.additions?.linearAttention) checkLinear(config);
  const heading = headingOf(shape);
  const all = allMatrices(config, heading);
  const top = all.filter(({ layer }) => layer === null);
  const fresh = top.filter(({ name, kind }) => kind === "T" || !stored.has(`${name}.weight`)).map(({ name }) => name);
  const { logitsBias } = namesOf(config); // never trained
  const head = headTensors(config, heading).flatMap(({ name }) => (name === logitsBias ? [] : name));
  const classifier = head.filter((name) => fresh.some((module) => name.startsWith(`${module}.`)));
  const choices: Choices = {
    options,
    selected: () =>
      selectMatrices(config, {
        ...heading,
        kinds: maskedKinds(options, config, kindsOf(config)),
        ...(options.layers && { layers: options.layers }),
      }),
    fresh: new Set(fresh),
    classifier,
    encoder: [...modelTensors(config).map(({ name }) => name), ...head].filter((name) => !classifier.includes(name)),
    ...{ all, given },
  };
  const method = METHODS[options.method];
  const matrices = method.masked?.(choices) ?? [];
  const fixed = method.fixed?.(choices) ?? [];
  const added = addedTensors(config, shape.additions).map(({ name }) => name);
  const trained = [...method.trained(choices), ...added];
  const auxiliary = auxiliaryIn(choices, [...matrices, ...fixed], trained);
  if (!matrices.length && !trained.length && !auxiliary.length)
    throw new InputError(
      `a ${task.kind} task has no classifier, so nothing would be trained`,
      { at: options.method === "pattern" ? "pattern" : "method" },
      "use method mask or finetune, or method pattern with parameters of the model",
    );
  const threshold = THRESHOLDS[options.binarizer];
  const fixedBy = fixed.length && !given ? fixedByOf(options, threshold) : null;
  return {
    ...shape,
    matrices,
    ...{ fixed, fixedBy },
    ...{ trained: [...trained, ...auxiliary], auxiliary },
    initial: matrices.length ? initialOf(options, threshold) : options.fixedMask ? null : fixedBy,
    heads: options.units === "weights" ? undefined : config.heads,
    threshold,
    format: method.format,
  };
}

/** The recipe for masks that are never trained, which have exactly the requested sparsity. */
function fixedByOf(options: RunOptions, threshold: number): InitialRecipe {
  const { fixedMask, sparsity } = options;
  const initialMask = fixedMask?.by === "magnitude" ? "magnitude" : "controlled-uniform";
  return initialOf({ ...options, initialMask, sparsity: fixedMask?.sparsity ?? sparsity, scaleFixed: true }, threshold);
}

/** The recipe for the initial scores of a run's masks. */
function initialOf(options: RunOptions, threshold: number): InitialRecipe {
  const kind = options.initialMask;
  const wanted = { ...options, threshold, logits: binarizers[options.binarizer].random };
  return {
    generator: "philox4x32-10",
    maskSeed: options.maskSeed,
    kind,
    ...(kind === "constant"
      ? constantRange(threshold)
      : initialRange({ ...wanted, scaleFixed: options.scaleFixed || options.topK !== null })),
    threshold,
    sparsity: options.sparsity,
  };
}

/** The initial scores of a matrix, from its pretrained weights if the recipe uses them. */
export function initialScoresOf(recipe: InitialRecipe, matrix: Matrix, weights: Float32Array): Float32Array {
  const role = matrix.layer === null ? "classifier" : "encoder";
  return initialScores(recipe, `${matrix.name}.weight`, matrix.rows, matrix.columns, weights, role);
}
