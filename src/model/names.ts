// The names of a model's tensors, and which of its matrices can be masked. The names are defined by each family
// (families/family.ts); in weight files, the family's prefix ("bert.", "roberta.", "distilbert.") or "model." may
// precede them.

import { parseLayers, placeOf } from "../anatomy/layers.ts";
import { InputError } from "../errors.ts";
import { CROSS_KINDS, LAYER_KINDS, type LayerKind, type MatrixKind, TOP_KINDS, type TopKind } from "../kinds.ts";
import { quoted } from "../visible.ts";
import type { ModelConfig } from "./config.ts";
import { familyOf } from "./families/families.ts";
import type { Family, FamilyNames, LayerPlace } from "./families/family.ts";

/** A linear layer whose weight [rows, columns] can be masked; `name` is the name of its module, without ".weight". */
export interface Matrix {
  readonly name: string;
  readonly layer: number | null;
  readonly kind: MatrixKind;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The part of a task that determines the matrices above the layers; `labels` is the number of rows of the classifier (1
 * for multiple choice).
 */
export interface Heading {
  /**
   * Whether the classifier labels tokens instead of sequences. In most families it then reads the hidden states
   * directly, without P.
   */
  readonly tagging?: boolean;
  /** Whether the classifier is the head of a masked language model, with the rows of one word a label. */
  readonly words?: boolean | undefined;
  /** Whether the model predicts the next token, so that it has no classifier. */
  readonly language?: boolean | undefined;
  readonly labels: number;
}

/** Which matrices a run masks; see `selectMatrices`. */
export interface Selection {
  readonly layers?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
}

/** The names of a model, whose functions take the index of a layer in the whole model. */
export type ModelNames = FamilyNames<[layer: number]>;

export function namesOf(config: ModelConfig): ModelNames {
  const { matrices, attentionNorm, crossNorm, outputNorm, headNorms, ...names } = familyOf(config).names;
  const numbered =
    <Name>(name: (layer: number, place: LayerPlace) => Name) =>
    (layer: number) => {
      const [stack, index] = placeOf(layer, config);
      return name(index, { stack, isGated: config.isGated });
    };
  const byKind = Object.entries(matrices).map(([kind, name]) => [kind, numbered(name)]);
  return {
    ...names,
    matrices: Object.fromEntries(byKind) as ModelNames["matrices"],
    attentionNorm: numbered(attentionNorm),
    outputNorm: numbered(outputNorm),
    ...(crossNorm && { crossNorm: numbered(crossNorm) }),
    ...(headNorms && { headNorms: { Q: numbered(headNorms.Q), K: numbered(headNorms.K) } }),
  };
}

/** Whether a layer has cross attention: one of an encoder–decoder's decoder. */
export const hasCross = ({ layers, encoderLayers = layers }: ModelConfig, layer: number) => layer >= encoderLayers;
const isCross = (kind: LayerKind) => CROSS_KINDS.some((cross) => cross === kind);

/** The prefixes that the names of a family's tensors can have. */
const prefixesOf = ({ names }: Family): string[] => [...new Set([`model.${names.prefix}`, "model.", names.prefix])];

/**
 * The name of a pretrained tensor without its prefix, and with LayerNorm's old parameter names gamma and beta replaced
 * by weight and bias.
 */
export function canonicalName(name: string, family: Family): string {
  const prefix = prefixesOf(family).find((own) => name.startsWith(own)) ?? "";
  return name
    .slice(prefix.length)
    .replace(/\.gamma$/, ".weight")
    .replace(/\.beta$/, ".bias");
}

/**
 * Whether a module or tensor belongs to a task's classifier: T of every family, and P of RoBERTa and DistilBERT (BERT's
 * pooler belongs to the pretrained model).
 */
export function isClassifier(name: string): boolean {
  return /^(pre_classifier|classifier|score)(\.|$)/.test(name);
}

/** The name of a tensor in weight files that are saved with a classifier; the reverse of `canonicalName`. */
export function hubName({ names }: Family, name: string): string {
  const { outside = [], language, logitsBias, prefix } = names;
  const isIn = (module: string | undefined) => name === module || name.startsWith(`${module}.`);
  return isClassifier(name) || [...outside, language, logitsBias].some(isIn) ? name : prefix + name;
}

/**
 * The module name of a matrix; `layer` is ignored for P and T. Throws a RangeError for P of a token classifier, which
 * has no pooler.
 */
export function matrixOf(
  config: ModelConfig,
  layer: number | null,
  kind: MatrixKind,
  { tagging, words }: Omit<Heading, "labels"> = {},
): string {
  const names = namesOf(config);
  if (kind === "P" && tagging && !names.tokensReadP) throw new RangeError("a token classifier has no pooler");
  if (kind === "P" && words) return names.words!.dense;
  if (kind === "P") return names.sequence.P!;
  if (kind === "T") return tagging ? names.token : names.sequence.T;
  return names.matrices[kind]!(layer!);
}

const queries = ({ heads, headSize }: ModelConfig) => heads * headSize;
const keys = ({ keyHeads, headSize }: ModelConfig) => keyHeads * headSize;
const fromQueries = (config: ModelConfig) => [queries(config), config.hiddenSize] as const;
const fromKeys = (config: ModelConfig) => [keys(config), config.hiddenSize] as const;
const ofAttention = (config: ModelConfig) => [config.hiddenSize, queries(config)] as const;
const widening = ({ hiddenSize, feedForward }: ModelConfig) => [feedForward, hiddenSize] as const;

/** [rows, columns] of each kind: Hugging Face stores a linear layer as [out, in]. */
const SHAPES: Record<MatrixKind, (config: ModelConfig, heading: Heading) => readonly [number, number]> = {
  ...{ Q: fromQueries, K: fromKeys, V: fromKeys, AO: ofAttention },
  ...{ CQ: fromQueries, CK: fromKeys, CV: fromKeys, CAO: ofAttention },
  ...{ G: widening, I: widening },
  O: ({ hiddenSize, feedForward }) => [hiddenSize, feedForward],
  P: (config, heading) => [headWidth(config, heading), config.hiddenSize],
  T: (config, heading) => [heading.labels, headWidth(config, heading)],
};

/** The number of values that T reads: the head of a masked language model is as wide as the word embeddings. */
export function headWidth({ hiddenSize, embeddingSize = hiddenSize }: ModelConfig, { words }: Heading): number {
  return words ? embeddingSize : hiddenSize;
}

/** The kinds of matrices in the layers of a model, in order. */
function layerKinds(config: ModelConfig): LayerKind[] {
  const { matrices } = namesOf(config);
  return LAYER_KINDS.filter((kind) => matrices[kind] && (kind !== "G" || config.isGated));
}

/** The kinds of matrices that the model has. */
export function kindsOf(config: ModelConfig): MatrixKind[] {
  return [...layerKinds(config), ...topKinds(config, {})];
}

/** Every matrix that can be masked: layer by layer from the lowest, then P (in few families for tagging) and T, where there are any. */
export function allMatrices(config: ModelConfig, heading: Heading): Matrix[] {
  const matrix = (layer: number | null, kind: MatrixKind): Matrix => {
    const [rows, columns] = SHAPES[kind](config, heading);
    return { name: matrixOf(config, layer, kind, heading), layer, kind, rows, columns };
  };
  const kinds = layerKinds(config);
  const ownKinds = (layer: number) => kinds.filter((kind) => hasCross(config, layer) || !isCross(kind));
  const layers = Array.from({ length: config.layers }, (_, layer) =>
    ownKinds(layer).map((kind) => matrix(layer, kind)),
  );
  return [...layers.flat(), ...topKinds(config, heading).map((kind) => matrix(null, kind))];
}

/**
 * The modules above the layers that a task's classifier has. A language model's head is not a classifier, and
 * encoder–decoders have none.
 */
function topKinds(config: ModelConfig, { tagging, words, language }: Omit<Heading, "labels">): TopKind[] {
  if (language || config.stacks === "encoder-decoder") return [];
  const { sequence, tokensReadP } = namesOf(config);
  return TOP_KINDS.filter((kind) => kind === "T" || words || (sequence.P && (!tagging || tokensReadP)));
}

/**
 * The layers that are masked by default, as a layer range. The paper leaves out the lowest two of BERT's and RoBERTa's
 * twelve layers and of DistilBERT's six. Scaled to other depths: the lowest sixth of BERT's and RoBERTa's layers and
 * the lowest third of DistilBERT's (it is half as deep as its teacher), rounded down; so the default for 6 BERT layers
 * is "1-5". Of an encoder–decoder's stacks, each is counted on its own.
 */
export function defaultLayers(config: ModelConfig): string {
  const { layers, encoderLayers } = config;
  const range = (count: number, letter = "") =>
    `${letter}${count > 1 ? `${familyOf(config).leftOut(count)}-` : ""}${count - 1}`;
  if (encoderLayers === undefined) return range(layers);
  return `${range(encoderLayers, "E")},${range(layers - encoderLayers, "D")}`;
}

/**
 * The matrices that a run masks, in the order of `allMatrices`: those of the given layers ("2-11", "0,3-5", "all";
 * default: `defaultLayers`) as well as P and T, restricted to the given kinds (default: all). Throws an InputError for
 * a malformed range, a layer that the model does not have, an unknown kind, or an empty result.
 */
export function selectMatrices(
  config: ModelConfig,
  { layers = defaultLayers(config), kinds = kindsOf(config), ...heading }: Heading & Selection,
): Matrix[] {
  const chosen = parseLayers(layers, config);
  const known: readonly string[] = kindsOf(config);
  const wanted = new Set<string>(kinds);
  for (const kind of wanted)
    if (!known.includes(kind))
      throw new InputError(
        `there is no matrix kind ${quoted(kind)} in this model`,
        { at: "kinds" },
        `choose from ${known.join(", ")}`,
      );
  const there = allMatrices(config, heading).filter(({ layer }) => layer === null || chosen.has(layer));
  const matrices = there.filter(({ kind }) => wanted.has(kind));
  if (matrices.length) return matrices;
  const own = known.filter((name) => there.some(({ kind }) => kind === name));
  const hint = heading.tagging && wanted.has("P") ? " (a tagging model has no P)" : "";
  throw new InputError(
    `layers ${quoted(layers)} and kinds ${quoted([...wanted].join(","))} match no matrix`,
    { at: "kinds" },
    `choose kinds from ${own.join(", ")}${hint}`,
  );
}
