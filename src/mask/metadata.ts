// The metadata in an adaptation's file: one schema defines its types and checks. docs/mask-file.md explains each key.

import * as z from "zod/mini";
import { ADAPTERS, LENGTH_ADAPTOR, LINEAR_ATTENTION } from "../anatomy/additions.ts";
import { MATRIX_KINDS } from "../kinds.ts";
import { onDemand } from "../on-demand.ts";
import {
  checked,
  count,
  fewKeys,
  flag,
  hash,
  integer,
  list,
  number,
  oneOf,
  type Read,
  record,
  seed,
  share,
  text,
  worded,
} from "../schema.ts";

/**
 * Limits for numbers that set the size of lists or loops; each limit is several times larger than the numbers in real
 * models and runs. Rows and columns are checked against the file's own bytes instead (see `decodeAdaptation`); in a packed
 * file, also against limits (see `unpackTensors`).
 */
export const MOST = {
  layers: 1000,
  heads: 1024,
  hiddenSize: 65_536,
  feedForward: 1_000_000,
  labels: 10_000,
  attributes: 100,
  attributeValues: 100_000,
  matrices: 10_000,
};
/** The version of the format that this code reads and writes. */
export const FORMAT_VERSION = 1;
/** The version of the streams in packed files. */
export const PACKED_VERSION = 1;

const INTERVAL = onDemand(() =>
  z.object({
    value: number,
    /**
     * null if there is no interval: the metric is undefined (its value is then 0), or all resamples give the same
     * value.
     */
    low: z.nullable(number),
    high: z.nullable(number),
    /** Why there is no interval, such as "undefined, so 0: all predictions are …". */
    reason: z.exactOptional(text),
  }),
);
/** A value with its 95 % interval. */
export type Interval = Read<typeof INTERVAL>;

/** An estimate with both ends of its 95 % interval. */
export interface Estimate extends Interval {
  readonly low: number;
  readonly high: number;
}

/** Metrics computed over `examples` examples; every key whose value is an interval is the name of a metric. */
export interface Metrics {
  /** The number of examples; an example is a sentence in a tagging task, and a document in a document task. */
  readonly examples: number;
  /** The number of examples longer than the maximum length; the model saw only their beginning or their end. */
  readonly cut?: number;
  /**
   * The number of words without a prediction: words beyond the maximum length, and words for which the tokenizer yields
   * no token.
   */
  readonly unscored?: number;
  readonly [metric: string]: Interval | number;
}

const METRIC_KEYS = onDemand(() =>
  z.object({ examples: count, cut: z.exactOptional(count), unscored: z.exactOptional(count) }),
);
// The type is written by hand: zod's type for "every other key has an interval" would make `examples` an interval as
// well.
export const METRICS = onDemand(() =>
  fewKeys(z.catchall(METRIC_KEYS(), INTERVAL()) as unknown as z.ZodMiniType<Metrics>),
);

export const INITIAL_KINDS = [
  "uniform",
  "magnitude",
  "magnitude-order",
  "controlled-uniform",
  "magnitude-and-uniform",
  "double-uniform",
  "constant",
] as const;
export type InitialKind = (typeof INITIAL_KINDS)[number];

const INITIAL = onDemand(() =>
  z.object({
    generator: oneOf(["philox4x32-10"]),
    maskSeed: seed,
    kind: oneOf(INITIAL_KINDS),
    /** The scores' range [low, high); for kind constant, all scores are `high`. */
    low: number,
    high: number,
    /** A weight is kept if its score exceeds the threshold (in float32). */
    threshold: number,
    /** The requested sparsity: met on average if `kind` is uniform, and exactly in each matrix otherwise; 0 if it is constant. */
    sparsity: share,
  }),
);
/** Everything that determines the initial scores, except the weights that some kinds depend on. */
export type InitialRecipe = Read<typeof INITIAL>;

const positive = onDemand(() => integer(1, Number.MAX_SAFE_INTEGER));

export const MATRIX = onDemand(() =>
  z.object({
    name: text,
    layer: z.nullable(integer(0, MOST.layers - 1)),
    kind: oneOf(MATRIX_KINDS),
    rows: positive(),
    columns: positive(),
  }),
);
/**
 * A masked matrix: its name in the pretrained weights (MODULE.weight), and its layer, which is null above the layers.
 */
export type MatrixFacts = Read<typeof MATRIX>;

const BASE = onDemand(() =>
  z.object({
    id: text,
    /** The model's folder at training time. */
    path: z.exactOptional(text),
    modelType: text,
    layers: integer(1, MOST.layers),
    hiddenSize: integer(1, MOST.hiddenSize),
    heads: integer(1, MOST.heads),
    /** The heads of keys and values, if they are fewer than those of queries. */
    keyHeads: z.exactOptional(integer(1, MOST.heads)),
    /** The size of a head, if it is not hiddenSize / heads. */
    headSize: z.exactOptional(integer(1, MOST.hiddenSize)),
    /** Of an encoder–decoder, how many of the layers belong to the encoder; they come first. */
    encoderLayers: z.exactOptional(integer(1, MOST.layers)),
    feedForward: integer(1, MOST.feedForward),
    /** SHA-256 of one line "NAME HASH\n" for each entry of `weights`, sorted by name. */
    fingerprint: hash,
    /** For each masked matrix of the base model, the SHA-256 of "NAME\nROWS,COLUMNS\n" followed by the stored bytes. */
    weights: record(hash),
  }),
);
export type BaseModel = Read<typeof BASE>;

const TASK = onDemand(() =>
  z.object({
    name: text,
    kind: text,
    metric: text,
    /** Empty in language and generation tasks. */
    labels: list(text, MOST.labels),
    /** The values of the attributes that the adapters read, in the order of their rows; absent if they read none. */
    attributes: z.exactOptional(
      list(
        z.object({ name: text, values: list(text, MOST.attributeValues), several: z.exactOptional(flag) }),
        MOST.attributes,
      ),
    ),
    /** Only in generation tasks: what the model read for each source, with "{source}" at its place; null if only the source. */
    prompt: z.exactOptional(z.nullable(text)),
    /** Only in generation tasks: whether the sources are conversations, rendered by the tokenizer's chat template. */
    chat: z.exactOptional(flag),
    /** Only in generation tasks from graphs: how each graph was written as a source; see `Layout`. */
    graph: z.exactOptional(z.looseObject({ order: text, structure: text, seed: z.exactOptional(seed) })),
    /** Only in generation tasks from damaged texts: how they were damaged; see `Noise`. */
    denoise: z.exactOptional(z.looseObject({ objective: text, share: number, length: number })),
    /** SHA-256 of each split's data. */
    dataSha256: record(hash),
  }),
);
export type TaskFacts = Read<typeof TASK>;

/** The run options that evaluation and pages read; later versions may add other options. */
const RUN = onDemand(() =>
  z.looseObject({
    method: z.exactOptional(text),
    task: z.exactOptional(text),
    maxLength: z.exactOptional(integer(1, 65_536)),
    batchSize: z.exactOptional(integer(1, 65_536)),
    context: z.exactOptional(oneOf(["document", "sentence"])),
    units: z.exactOptional(text),
    permuteLabels: z.exactOptional(z.nullable(seed)),
    labelWords: z.exactOptional(z.nullable(list(text, MOST.labels))),
    pooling: z.exactOptional(oneOf(["own", "first", "last", "mean"])),
    topK: z.exactOptional(z.nullable(z.looseObject({ scope: text }))),
    adapters: z.exactOptional(z.nullable(ADAPTERS())),
    lengthAdaptor: z.exactOptional(z.nullable(LENGTH_ADAPTOR())),
    linearAttention: z.exactOptional(z.nullable(LINEAR_ATTENTION())),
  }),
);

export const OPERATIONS = ["union", "intersection", "difference", "majority"] as const;
/** The most masks that one mask can be combined from. */
const MOST_COMBINED = 10_000;

const COMBINED = onDemand(() =>
  z.object({
    /** Set operations on the kept weights; see `combineMasks`. */
    operation: oneOf(OPERATIONS),
    masks: list(z.object({ name: text, task: text, checksum: hash }), MOST_COMBINED),
  }),
);
/** The masks that a mask was combined from, in order. */
export type Combination = Read<typeof COMBINED>;

/** The most sentences or words that an import records. */
const MOST_RECORDED = 100;

const IMPORTED = onDemand(() =>
  z.object({
    /** The name of the file or folder that it was read from. */
    file: text,
    /** The format in which it was found, in words. */
    format: text,
    /** What was read from the file, and what the import took for granted, in sentences. */
    known: list(text, MOST_RECORDED),
    assumed: list(text, MOST_RECORDED),
    /** The words of the command line that decided how it was read, such as "--threshold", "0.01". */
    options: list(text, MOST_RECORDED),
  }),
);
/** Where a mask that another program made comes from. */
export type Import = Read<typeof IMPORTED>;

const METADATA = onDemand(() =>
  z.object({
    format: oneOf(["mask", "tuned"]),
    formatVersion: worded(z.literal(FORMAT_VERSION), String(FORMAT_VERSION)),
    /** Name and version of the program that wrote the file. */
    tool: text,
    base: BASE(),
    task: TASK(),
    /** All options of the run, as in run.json. */
    run: fewKeys(RUN()),
    /** The recipe for recomputing the initial scores; null if unknown. */
    initial: z.nullable(INITIAL()),
    seeds: record(seed),
    /** Absent if the mask was trained. */
    combined: z.exactOptional(COMBINED()),
    /** Absent unless another program made the mask. */
    imported: z.exactOptional(IMPORTED()),
    /** `pretrained`: those of the base model without a mask, on the validation split, in tasks without labels. */
    metrics: z.object({
      pretrained: z.exactOptional(METRICS()),
      validation: z.exactOptional(METRICS()),
      test: z.exactOptional(METRICS()),
    }),
    /** The masked matrices, in the model's order; empty in a file of tuned tensors. */
    matrices: list(MATRIX(), MOST.matrices),
    training: z.object({
      steps: count,
      /** The step whose mask or tensors the file contains. */
      bestStep: z.exactOptional(count),
      seconds: z.exactOptional(number),
    }),
    /** See `checksumOf` in src/checksum.ts. */
    checksum: hash,
  }),
);
export type MaskMetadata = Read<typeof METADATA>;

const PACKED = onDemand(() =>
  z.object({
    version: worded(z.literal(PACKED_VERSION), String(PACKED_VERSION)),
    /** The fingerprint of the base model if reading the file requires its weights, otherwise null. */
    base: z.nullable(hash),
    /** The checksum of the plain file. */
    checksum: hash,
  }),
);
/** How a packed file differs from the plain one; `checksum` in its own metadata is that of the packed file. */
export type Packed = Read<typeof PACKED>;

/** The metadata that the writer of an adaptation provides; the rest is derived from the tensors. */
export type AdaptationFacts = Omit<MaskMetadata, "format" | "formatVersion" | "matrices" | "checksum">;

const REWRITE = "rewrite the file, with this key as described in docs/mask-file.md";

/** Throws an InputError for the first key that is missing or has the wrong type; unknown keys are ignored. */
export function parseMetadata(values: Readonly<Record<string, unknown>>, file: string): MaskMetadata {
  return checked(METADATA(), values, { file, at: "metadata", remedy: REWRITE });
}

/** Throws an InputError if a packed file's own key is invalid, or if its version is unsupported. */
export function parsePacked(value: unknown, file: string): Packed {
  return checked(PACKED(), value, { file, at: "metadata.packed", remedy: REWRITE });
}
