// The initial classifier of a run: the base model's stored rows for the same labels, or new ones from the seed.

import { folded } from "../data/labels/names.ts";
import { Random } from "../data/random.ts";
import { InputError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { isClassifier, namesOf } from "../model/names.ts";
import { headTensors, poolerTensors } from "../model/tensors.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import type { StoredClassifier } from "../recipe/options.ts";
import { type ClassifierKind, type ClassifierShape, headingOf, type Stored } from "../recipe/recipe.ts";
import { type Shape, sizeOf } from "../tensor.ts";
import { layout } from "./layout.ts";

/** The tensors that a run does not read unchanged from the base model. */
export interface ClassifierStart {
  /** Tensors by name: T, and also P if the model has none or if its P belongs to a classifier that is not used. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** The names of the tensors that the run may read from the base model. */
  readonly stored: Stored;
  readonly notes: readonly string[];
}

/** The classifier that the task needs. */
export interface ClassifierWanted extends ClassifierShape {
  /** The names of the classifier's rows, in order. */
  readonly rowNames: readonly string[];
  readonly stored: StoredClassifier;
  /** The id of each label's word, if the classifier is the head of the masked language model. */
  readonly wordIds?: readonly number[] | null | undefined;
  /** The seed of new tensors. */
  readonly seed: number;
}

/** Standard deviation of new weights, as in the initialization of BERT, RoBERTa and DistilBERT. */
const INITIALIZER_RANGE = 0.02;

/** Normal values, from a separate random stream for each name. */
export function normalTensor(seed: number, name: string, shape: Shape, deviation: number): Float32Array {
  const random = new Random(seed, name);
  return new Float32Array(sizeOf(shape)).map(() => deviation * random.normal());
}

/** A new tensor: normal weights and zero biases. */
export function newTensor(seed: number, name: string, shape: Shape, deviation = INITIALIZER_RANGE): Float32Array {
  return name.endsWith(".bias") ? new Float32Array(sizeOf(shape)) : normalTensor(seed, name, shape, deviation);
}

/**
 * The task's initial classifier: the stored rows of T for the task's labels if they can be used, with the stored P if P
 * belongs to the classifier (RoBERTa, DistilBERT); otherwise, new tensors. Throws an InputError if "by-order" is
 * requested and the stored classifier has a different number of rows.
 */
export async function startOfClassifier(
  pretrained: PretrainedWeights,
  config: ModelConfig,
  wanted: ClassifierWanted,
): Promise<ClassifierStart> {
  if (wanted.classifier === "language") return startOfLanguage(pretrained, config);
  if (wanted.wordIds) return startOfWords(pretrained, config, wanted.wordIds);
  const { T, P, norm } = modulesOf(config, wanted);
  const shapes = new Map(layout(config, wanted).map(({ name, shape }) => [name, shape]));
  const { order, note } = orderOf(pretrained, config, T, wanted);
  const tensors = new Map<string, Float32Array>();
  const notes = [note];
  const parametersOf = (module: string) => [`${module}.weight`, `${module}.bias`].filter((name) => shapes.has(name));
  const draw = (module: string) => {
    for (const name of parametersOf(module)) tensors.set(name, newTensor(wanted.seed, name, shapes.get(name)!));
  };
  if (order) for (const name of parametersOf(T)) tensors.set(name, await rowsOf(pretrained, name, order));
  else draw(T);
  if (P !== undefined) {
    const isStored = pretrained.tensors.has(`${P}.weight`);
    if (!isStored || (!order && isClassifier(P))) draw(P);
    if (!isStored && norm)
      for (const name of parametersOf(norm))
        tensors.set(name, new Float32Array(sizeOf(shapes.get(name)!)).fill(name.endsWith(".weight") ? 1 : 0));
    if (!isStored && !isClassifier(P))
      notes.push(`The model has no pooler (${P}), so a new one was initialized from the seed.`);
  }
  return { tensors, stored: { has: (name) => pretrained.tensors.has(name) && !tensors.has(name) }, notes };
}

/** A language model's head is the base model's; biases of logits that it does not have are 0, as in transformers. */
function startOfLanguage({ tensors }: PretrainedWeights, config: ModelConfig): ClassifierStart {
  const { logitsBias } = namesOf(config);
  const isMissing = logitsBias !== undefined && !tensors.has(logitsBias);
  return {
    tensors: new Map(isMissing ? [[logitsBias, new Float32Array(config.vocabSize)]] : []),
    stored: { has: (name) => tensors.has(name) },
    notes: [],
  };
}

/**
 * T from the word embeddings' rows and the biases of the labels' words. Throws an InputError if the model has no head of a
 * masked language model, or one of another size.
 */
async function startOfWords(
  pretrained: PretrainedWeights,
  config: ModelConfig,
  wordIds: readonly number[],
): Promise<ClassifierStart> {
  const { words, sequence, embeddings } = namesOf(config);
  if (!words)
    throw new InputError(
      "the model is not a masked language model, so labels have no words",
      { at: "labelWords" },
      "omit the label words",
    );
  const bias = { name: words.bias, shape: [config.vocabSize] };
  const head = [...poolerTensors(config, { words: true, labels: wordIds.length }), bias];
  const missing = head.find(({ name, shape }) => pretrained.tensors.get(name)?.shape.join() !== shape.join());
  if (missing)
    throw new InputError(
      `the model has no head of a masked language model: it has no tensor ${missing.name} of shape ${missing.shape.join(" × ")}`,
      { at: "labelWords" },
      "omit the label words, or use weights that were saved with this head",
    );
  const tensors = new Map([
    [`${sequence.T}.weight`, await rowsOf(pretrained, `${embeddings.words}.weight`, wordIds)],
    [`${sequence.T}.bias`, await rowsOf(pretrained, words.bias, wordIds)],
  ]);
  return {
    tensors,
    stored: { has: (name) => pretrained.tensors.has(name) && !tensors.has(name) },
    notes: ["The classifier is the head of the masked language model, with the rows of the labels' words."],
  };
}

function modulesOf(
  config: ModelConfig,
  { classifier }: ClassifierShape,
): { T: string; P?: string | undefined; norm?: string | undefined } {
  const { sequence, token, tokensReadP } = namesOf(config);
  if (classifier !== "token") return sequence;
  return tokensReadP ? { ...sequence, T: token } : { T: token };
}

/** The index of the stored row for each row of the task's classifier, if the stored rows can be used, and a note. */
function orderOf(
  pretrained: PretrainedWeights,
  config: ModelConfig,
  T: string,
  wanted: ClassifierWanted,
): { order?: number[]; note: string } {
  const { classifier, rowNames, stored: how } = wanted;
  const [rows = 0, hiddenSize] = pretrained.tensors.get(`${T}.weight`)?.shape ?? [];
  const isBiased = headTensors(config, headingOf(wanted)).some(({ name }) => name === `${T}.bias`);
  const isThere =
    hiddenSize === config.hiddenSize &&
    pretrained.tensors.get(`${T}.bias`)?.shape.join() === (isBiased ? String(rows) : undefined);
  const names = isThere && config.labels?.length === rows ? config.labels : undefined;
  const count = `${rowNames.length} label${rowNames.length === 1 ? "" : "s"}`;
  const drawn = `a new one for ${count} was initialized from the seed`;
  if (how === "by-order") {
    if (!isThere || rows !== rowNames.length)
      throw new InputError(
        `the model has ${isThere ? `a classifier for ${rows} label${rows === 1 ? "" : "s"}` : "no classifier"}, but the task has ${count}`,
        { at: "storedClassifier" },
        'omit it, or use "never", which initializes a new classifier',
      );
    const pairs = rowNames.map((name, i) => `${name} = ${names?.[i] ?? `row ${i}`}`).join(", ");
    return {
      order: rowNames.map((_, i) => i),
      note: `The model's classifier was kept, with its rows in order: ${pairs}.`,
    };
  }
  const other = otherKind(config, classifier);
  if (isThere && other)
    return {
      note: `The model's own classifier is for a different kind of task (${other}), so ${drawn}.`,
    };
  if (!isThere) return { note: `The model has no classifier, so ${drawn}.` };
  if (how === "never") return { note: `The model's own classifier is not used (storedClassifier "never"); ${drawn}.` };
  if (classifier === "choice" && rows === 1)
    return { order: [0], note: "The classifier starts from the model's own multiple-choice classifier." };
  const unnamed = !names || names.every((name, i) => name === `LABEL_${i}`);
  if (unnamed) {
    const keep = rows === rowNames.length ? ', which the option storedClassifier "by-order" would keep,' : "";
    return { note: `The model's own classifier${keep} does not name its ${rows} labels, so ${drawn}.` };
  }
  const order = rowNames.map((name) => indexOf(names, name));
  if (order.some((row) => row === undefined))
    return { note: `The model's own classifier is for other labels (${listed(names)}), so ${drawn}.` };
  return {
    order: order as number[],
    note: `The classifier starts from the model's own, whose rows were matched by label name (${listed(rowNames)}).`,
  };
}

/** For each kind of classifier, the classes in transformers that have it. */
const ARCHITECTURES: Record<ClassifierKind, RegExp> = {
  sequence: /ForSequenceClassification$/,
  token: /ForTokenClassification$/,
  choice: /ForMultipleChoice$/,
  language: /(LMHeadModel|ForCausalLM|ForConditionalGeneration)$/,
};

/** The transformers class that the model was saved from, if its classifier is for a different kind of task. */
function otherKind({ architecture = "" }: ModelConfig, wanted: ClassifierKind): string | undefined {
  const kinds = Object.keys(ARCHITECTURES) as ClassifierKind[];
  const stored = kinds.find((kind) => ARCHITECTURES[kind].test(architecture));
  return stored !== undefined && stored !== wanted ? architecture : undefined;
}

/** The index of a name, ignoring case if that is unambiguous. */
function indexOf(names: readonly string[], name: string): number | undefined {
  const exact = names.indexOf(name);
  if (exact >= 0) return exact;
  const alike = [...names.keys()].filter((i) => folded(names[i]!) === folded(name));
  return alike.length === 1 ? alike[0] : undefined;
}

const NAMED = 10;
function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The rows of a stored tensor [rows, …] in the given order. */
async function rowsOf(pretrained: PretrainedWeights, name: string, order: readonly number[]): Promise<Float32Array> {
  const all = await pretrained.readFloat32(name);
  const length = all.length / pretrained.tensors.get(name)!.shape[0]!;
  const rows = new Float32Array(order.length * length);
  for (const [i, row] of order.entries()) rows.set(all.subarray(row * length, (row + 1) * length), i * length);
  return rows;
}
