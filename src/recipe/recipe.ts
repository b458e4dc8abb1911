// From a run's options to what the compiled model is made of: which matrices are masked and from which initial scores,
// which parameters are trained, and which classifier stands on top.

import type { TaskKind } from "../data/examples.ts";
import { type InitialRecipe, initialScores } from "../mask/initial.ts";
import type { ModelConfig } from "../model/config.ts";
import { allMatrices, expectedTensors, type Matrix, selectMatrices } from "../model/names.ts";
import { type BinarizerName, binarizers } from "./binarizers.ts";
import { initialRange } from "./initial-range.ts";
import type { Method, RunOptions } from "./options.ts";
import { parametersOf } from "./presets.ts";

/** What a classifier reads: a row's first vector, each vector of it, or the first vector of each of a row's choices. */
export type ClassifierKind = "sequence" | "token" | "choice";

/** What a run leaves: a mask, or tensors that it changed. */
export type AdaptationFormat = "mask" | "tuned";

const CLASSIFIERS: Record<TaskKind, ClassifierKind> = {
  sentence: "sequence",
  pair: "sequence",
  tagging: "token",
  document: "token",
  choice: "choice",
};

/** The classifier on top of an encoder. */
export interface ClassifierShape {
  readonly classifier: ClassifierKind;
  /** Its rows: the labels, or 1 where each choice gets one number. */
  readonly labels: number;
}

export function classifierOf(kind: TaskKind, labels: number): ClassifierShape {
  const classifier = CLASSIFIERS[kind];
  return { classifier, labels: classifier === "choice" ? 1 : labels };
}

/** What the classifier's rows stand for, in order: the labels, or the one number that each choice gets. */
export function rowNamesOf({ kind, labels }: { readonly kind: TaskKind; readonly labels: readonly string[] }) {
  return kind === "choice" ? ["choice"] : labels;
}

/** What a run trains. */
export interface Recipe extends ClassifierShape {
  /** Matrices whose masks are trained. */
  readonly matrices: readonly Matrix[];
  /** Matrices under masks that stay as they were drawn. */
  readonly fixed: readonly Matrix[];
  /** Parameters trained directly, by tensor name. */
  readonly trained: readonly string[];
  /** null without masks. */
  readonly initial: InitialRecipe | null;
  /** A weight is kept where its score is over it. */
  readonly threshold: number;
  readonly format: AdaptationFormat;
}

/** Names of tensors. */
export interface Stored {
  has(name: string): boolean;
}

/** The paper's τ, or 0 where the binarizer itself is centred there. */
const THRESHOLDS: Record<BinarizerName, number> = { threshold: 0.01, "hard-tanh-sign": 0, bernoulli: 0 };

/** What the methods choose from. */
interface Choices {
  readonly options: RunOptions;
  /** Matrices of the wanted layers and kinds. */
  readonly selected: () => readonly Matrix[];
  /** T, and P where the base model has none: what is drawn at random when nothing trains it. */
  readonly fresh: ReadonlySet<string>;
  /** The parameters of those. */
  readonly classifier: readonly string[];
  /** The base model's own parameters that this task uses. */
  readonly encoder: readonly string[];
}

/** What a method masks and trains, and which file it leaves. */
interface MethodRecipe {
  readonly format: AdaptationFormat;
  masked?(choices: Choices): readonly Matrix[];
  fixed?(choices: Choices): readonly Matrix[];
  trained(choices: Choices): readonly string[];
}

const withoutFresh = ({ selected, fresh }: Choices) => selected().filter(({ name }) => !fresh.has(name));

const METHODS: Record<Method, MethodRecipe> = {
  mask: {
    format: "mask",
    masked: (choices) => (choices.options.classifier === "trained" ? withoutFresh(choices) : choices.selected()),
    trained: ({ options, classifier }) => (options.classifier === "trained" ? classifier : []),
  },
  /** The control: a mask that learns nothing, and a trained classifier, so that it is compared with the classifier alone. */
  "random-mask": { format: "tuned", fixed: withoutFresh, trained: ({ classifier }) => classifier },
  finetune: { format: "tuned", trained: ({ encoder, classifier }) => [...encoder, ...classifier] },
  pattern: {
    format: "tuned",
    trained: ({ options, encoder, classifier }) => [
      ...parametersOf(options.pattern ?? "classifier-only", encoder),
      ...classifier,
    ],
  },
};

/** InputError where the options choose no matrix or no parameter. `stored` are the tensors that the run reads from the base model. */
export function recipeOf(
  options: RunOptions,
  config: ModelConfig,
  stored: Stored,
  task: { readonly kind: TaskKind; readonly labels: readonly string[] },
): Recipe {
  const shape = classifierOf(task.kind, task.labels.length);
  const heading = { tagging: shape.classifier === "token", labels: shape.labels };
  const top = allMatrices(config, heading).filter(({ layer }) => layer === null);
  const fresh = top.filter(({ name, kind }) => kind === "T" || !stored.has(`${name}.weight`)).map(({ name }) => name);
  const classifier = fresh.flatMap((name) => [`${name}.weight`, `${name}.bias`]);
  const unused = heading.tagging ? poolerOf(config) : [];
  const choices: Choices = {
    options,
    selected: () =>
      selectMatrices(config, { ...heading, kinds: options.kinds, ...(options.layers && { layers: options.layers }) }),
    fresh: new Set(fresh),
    classifier,
    encoder: [...expectedTensors(config).keys()].filter((name) => ![...classifier, ...unused].includes(name)),
  };
  const method = METHODS[options.method];
  const matrices = method.masked?.(choices) ?? [];
  const fixed = method.fixed?.(choices) ?? [];
  const threshold = THRESHOLDS[options.binarizer];
  return {
    ...shape,
    matrices,
    fixed,
    trained: method.trained(choices),
    initial: matrices.length || fixed.length ? initialOf(options, threshold) : null,
    threshold,
    format: method.format,
  };
}

/** The scores that a run's masks start from. A random mask is never trained, so its sparsity is met exactly. */
function initialOf(options: RunOptions, threshold: number): InitialRecipe {
  return {
    generator: "philox4x32-10",
    maskSeed: options.maskSeed,
    kind: options.method === "random-mask" ? "controlled-uniform" : options.initialMask,
    ...initialRange({ ...options, threshold, logits: binarizers[options.binarizer].random }),
    threshold,
    sparsity: options.sparsity,
  };
}

/** The initial scores of a matrix, from its pretrained weights where the recipe looks at them. */
export function initialScoresOf(recipe: InitialRecipe, matrix: Matrix, weights: Float32Array): Float32Array {
  const role = matrix.layer === null ? "classifier" : "encoder";
  return initialScores(recipe, `${matrix.name}.weight`, matrix.rows, matrix.columns, weights, role);
}

function poolerOf(config: ModelConfig): string[] {
  const pooler = allMatrices(config, { labels: 1 }).filter(({ kind }) => kind === "P");
  return pooler.flatMap(({ name }) => [`${name}.weight`, `${name}.bias`]);
}
