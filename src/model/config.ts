// Reads a pretrained model's config.json, and refuses models that would give wrong results.

import path from "node:path";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject, readJsonObject } from "../json.ts";
import { pathInside } from "../own-files.ts";
import { quoted } from "../visible.ts";
import type { Additions } from "./additions/kinds.ts";
import { ConfigReader, OTHER_CONFIG } from "./config-reader.ts";
import { type Activation, type Design, encoderDesign, type Normalization, type Sizes } from "./design.ts";
import { FAMILIES, MODEL_TYPES, type ModelType } from "./families/families.ts";
import type { Family, FamilyConfig } from "./families/family.ts";
import { CACHED, modelFolder } from "./folder.ts";
import { refuseKinds } from "./refused.ts";

/** The sizes that a pruned model may have in each layer of its own. */
export interface LayerSizes {
  readonly heads: number;
  readonly feedForward: number;
}

export interface ModelConfig extends Sizes, Design, Normalization {
  readonly modelType: ModelType;
  /**
   * The model's usual name: ORGANISATION/NAME if known from config.json or the Hub's cache, otherwise the folder's
   * name.
   */
  readonly id: string;
  readonly vocabSize: number;
  readonly feedForward: number;
  /** What is left of heads and feedForward in each layer of a pruned model, possibly 0; undefined if it is all of them. */
  readonly perLayer?: readonly LayerSizes[] | undefined;
  /** What an adaptation adds to the model; undefined for a base model. */
  readonly additions?: Additions | undefined;
  /** The number of usable positions, which is the maximum length of a sequence in tokens; Infinity if there is none. */
  readonly positions: number;
  /** The first token's row in the position embedding: padId + 1 in RoBERTa, otherwise 0. */
  readonly positionOffset: number;
  /** The number of rows before these, which no token has: 2 in BART, otherwise 0. */
  readonly reservedPositions: number;
  /** The number of segments; 0 if there are none (DistilBERT). */
  readonly typeVocabSize: number;
  readonly padId: number;
  readonly activation: Activation;
  /** The transformers class that the model was saved from, such as BertForTokenClassification; undefined if unknown. */
  readonly architecture: string | undefined;
  /** The labels of a stored classifier's rows (id2label), in order; undefined if config.json does not name them. */
  readonly labels: readonly string[] | undefined;
  /** Dropout rates in training, as transformers determines them for its classifiers. */
  readonly dropout: {
    readonly embeddings: number;
    readonly hidden: number;
    readonly attention: number;
    /** Of the activations of the feed-forward network's neurons. */
    readonly neurons: number;
    /** Of a stack's last hidden states. */
    readonly final: number;
    /** Before the sequence classifier (also for multiple choice). */
    readonly classifier: number;
    /** Before the token classifier. */
    readonly tokenClassifier: number;
  };
}

/** transformers' names of the supported activations; the last three names stand for the same formula. */
const ACTIVATIONS: Record<string, Activation> = {
  gelu: "gelu",
  relu: "relu",
  silu: "silu",
  swish: "silu",
  gelu_new: "gelu_new",
  gelu_fast: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
};

type Unsupported = Record<string, (value: unknown, embeddingSize: number) => boolean>;

/** Options that can change the results in unsupported ways: for each key, whether a given value does so. */
const UNSUPPORTED: Unsupported = {
  pruned_heads: (value) => !isEmpty(value),
  adapters: (value) => !isEmpty(value),
};

/** The same for encoders. */
const UNSUPPORTED_IN_ENCODERS: Unsupported = {
  position_embedding_type: (value) => value !== "absolute",
  is_decoder: (value) => value === true,
  is_encoder_decoder: (value) => value === true,
  add_cross_attention: (value) => value === true,
  embedding_size: (value, embeddingSize) => value !== embeddingSize,
};

/**
 * Upper limits on sizes. Each limit is well above the size in the largest dense models (hidden size 16,384, 126 layers,
 * 128 heads, intermediate size 53,248, 262,144 tokens, 1,010,000 positions), but small enough that the resulting names
 * and shapes fit into memory.
 */
const MOST = {
  hiddenSize: 65_536,
  layers: 1000,
  heads: 1024,
  feedForward: 1_000_000,
  vocabSize: 10_000_000,
  positions: 10_000_000,
  typeVocabSize: 1000,
  labels: 10_000,
};

/**
 * Reads `config.json` in a model's folder (see `modelFolder`). Throws an InputError (naming the key) if the file is
 * missing or not JSON, if model_type is missing or unknown, if a size is missing or invalid, or if an option would
 * change the results in an unsupported way.
 */
export async function readConfig(folder: string): Promise<ModelConfig> {
  const remedy = "choose a model folder in the Hub's layout, with its config.json";
  const file = await pathInside(await modelFolder(folder), "config.json", remedy);
  const json = await readJsonObject(file, remedy);
  return parseConfig(json, file);
}

/**
 * Like `readConfig`, from the parsed JSON. `file` is named in errors, and its path supplies the ID if the JSON contains
 * no ID.
 */
export function parseConfig(json: JsonObject, file: string): ModelConfig {
  refuseKinds(json, file);
  const modelType = modelTypeOf(json, file);
  const family = FAMILIES[modelType].config;
  const { keys } = family;
  const read = new ConfigReader(json, file);
  const rate = (key: string | undefined, fallback: number) => (key === undefined ? 0 : read.share(key, fallback));

  const hiddenSize = read.count(keys.hiddenSize, MOST.hiddenSize);
  const heads = read.count(keys.heads, MOST.heads);
  const first = read.count(keys.layers, MOST.layers);
  const sizes: Sizes = keys.decoderLayers
    ? { hiddenSize, heads, layers: first + read.count(keys.decoderLayers, MOST.layers, first), encoderLayers: first }
    : { hiddenSize, heads, layers: first };
  const design = { ...encoderDesign(sizes), ...family.design?.(read, sizes) };
  if (!Number.isInteger(design.headSize))
    throw new InputError(
      `${keys.hiddenSize} (${hiddenSize}) is not divisible by the number of attention heads (${heads})`,
      { file, at: keys.heads },
      OTHER_CONFIG,
    );
  if (heads % design.keyHeads)
    throw new InputError(
      `${heads} attention heads cannot share ${design.keyHeads} heads of keys and values equally`,
      { file, at: keys.heads },
      OTHER_CONFIG,
    );
  const unsupported = { ...UNSUPPORTED, ...(design.stacks === "encoder" && UNSUPPORTED_IN_ENCODERS) };
  refuseUnsupported(json, design.embeddingSize ?? hiddenSize, unsupported, file);

  const vocabSize = read.count("vocab_size", MOST.vocabSize);
  const padId = read.count("pad_token_id", MOST.vocabSize, family.padId, 0);
  if (padId >= vocabSize)
    throw new InputError(
      `${padId} is beyond the vocabulary of ${vocabSize} tokens`,
      { file, at: "pad_token_id" },
      OTHER_CONFIG,
    );
  const positionOffset = family.positionOffset(padId);
  const positions = keys.positions ? read.count(keys.positions, MOST.positions) - positionOffset : Infinity;
  if (positions < 1)
    throw new InputError(
      `${positionOffset} positions are reserved for padding, which leaves no positions for tokens`,
      { file, at: keys.positions! },
      OTHER_CONFIG,
    );

  const hidden = rate(keys.hiddenDropout, family.dropout);
  const classifier = rate(keys.classifierDropout, family.classifierDropout ?? hidden);
  return {
    modelType,
    id: idOf(json, file),
    vocabSize,
    ...{ ...sizes, ...design },
    feedForward: read.count(keys.feedForward, MOST.feedForward, family.feedForward?.(hiddenSize)),
    positions,
    positionOffset,
    reservedPositions: family.reservedPositions ?? 0,
    typeVocabSize: family.segments ? read.count("type_vocab_size", MOST.typeVocabSize, 2) : 0,
    padId,
    normEpsilon: family.epsilon.key ? read.positive(family.epsilon.key, family.epsilon.value) : family.epsilon.value,
    activation: activationOf(read.get(keys.activation) ?? family.activation, family, { file, at: keys.activation }),
    architecture: architectureOf(json.architectures),
    labels: labelsOf(json.id2label, file),
    dropout: {
      embeddings: keys.embeddingDropout ? rate(keys.embeddingDropout, family.dropout) : hidden,
      hidden,
      attention: rate(keys.attentionDropout, family.dropout),
      neurons: rate(keys.neuronDropout, 0),
      final: rate(keys.finalDropout, 0),
      classifier,
      tokenClassifier: family.tokenDropout?.(read, hidden) ?? classifier,
    },
  };
}

/** The family of the model in a folder, by its config.json; BERT's if there is none, or none that is known. */
export async function familyIn(folder: string): Promise<Family> {
  const file = path.join(folder, "config.json");
  const { model_type: type } = await readJsonObject(file, OTHER_CONFIG).catch((): JsonObject => ({}));
  return FAMILIES[typeof type === "string" && Object.hasOwn(MODEL_TYPES, type) ? MODEL_TYPES[type]! : "bert"];
}

function modelTypeOf(json: JsonObject, file: string): ModelType {
  const known = Object.keys(MODEL_TYPES);
  const given = json.model_type;
  const place = { file, at: "model_type" };
  if (given === undefined || given === null)
    throw new InputError("model_type is missing", place, `add the model's type, one of ${known.join(", ")}`);
  if (typeof given === "string" && Object.hasOwn(MODEL_TYPES, given)) return MODEL_TYPES[given]!;
  throw new InputError(
    `the model type ${quoted(given)} is not supported`,
    place,
    `use a model whose type is one of ${known.join(", ")}`,
  );
}

function refuseUnsupported(json: JsonObject, embeddingSize: number, unsupported: Unsupported, file: string): void {
  for (const [key, changesNumbers] of Object.entries(unsupported)) {
    const value = json[key];
    if (value === undefined || value === null || !changesNumbers(value, embeddingSize)) continue;
    const what = isJsonObject(value) ? "this option" : quoted(value);
    throw new InputError(
      `${what} changes the model in a way that is not supported`,
      { file, at: key },
      "use a plain model",
    );
  }
}

function architectureOf(architectures: unknown): string | undefined {
  const [first]: unknown[] = Array.isArray(architectures) ? architectures : [];
  return typeof first === "string" ? first : undefined;
}

/**
 * id2label {"0": "negative", …} as a list; undefined if the keys are not 0, 1 … or the values are not strings. Throws
 * an InputError if there are too many labels.
 */
function labelsOf(id2label: unknown, file: string): string[] | undefined {
  if (!isJsonObject(id2label)) return undefined;
  const count = Object.keys(id2label).length;
  if (count > MOST.labels)
    throw new InputError(
      `it names ${count} labels, over the limit of ${MOST.labels}`,
      { file, at: "id2label" },
      OTHER_CONFIG,
    );
  const names = Object.keys(id2label).map((_, i) => id2label[i]);
  return names.every((name) => typeof name === "string") && names.length
    ? (names as string[]).map((name) => name.trim())
    : undefined;
}

function activationOf(
  value: unknown,
  { activationIn = (name) => name }: FamilyConfig,
  place: { file: string; at: string },
): Activation {
  const name = typeof value === "string" ? activationIn(value) : "";
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name]!;
  throw new InputError(
    `the activation ${quoted(value)} is not supported`,
    place,
    `use a model whose activation is one of ${Object.keys(ACTIVATIONS).join(", ")}`,
  );
}

/**
 * The name in the Hub's cache (models--ORGANISATION--NAME/snapshots/REVISION), else `_name_or_path` unless it is a
 * local path, else the folder's name.
 */
function idOf(json: JsonObject, file: string): string {
  const folder = path.dirname(path.resolve(file));
  const cached = CACHED.exec(path.basename(path.dirname(path.dirname(folder))));
  if (cached) return cached[1]!.replace("--", "/");
  const given = json._name_or_path;
  if (typeof given === "string" && /^\w[\w.-]*(\/[\w.-]+)?$/.test(given)) return given;
  return path.basename(folder);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
