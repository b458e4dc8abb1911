// The metadata in an adaptation's file: one schema for types and checks. docs/mask-file.md explains each key.

import * as z from "zod/mini";
import { MATRIX_KINDS } from "../kinds.ts";
import {
  checked,
  count,
  fewKeys,
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
 * What numbers may be at most that size lists or loops: a multiple of what models and runs have. Rows and columns are held
 * against the file's own bytes (see `decodeAdaptation`).
 */
export const MOST = {
  layers: 1000,
  heads: 1024,
  hiddenSize: 65_536,
  feedForward: 1_000_000,
  labels: 10_000,
  matrices: 10_000,
};
/** The file's version that this code reads and writes. */
export const FORMAT_VERSION = 1;

const INTERVAL = z.object({
  value: number,
  /** null where there is no interval: the metric is undefined (its value is then 0), or resampling shows no spread. */
  low: z.nullable(number),
  high: z.nullable(number),
  /** Why there is no interval: "undefined, so 0: all predictions are …". */
  reason: z.exactOptional(text),
});
/** A value with its 95 % interval. */
export type Interval = Read<typeof INTERVAL>;

/** An estimate with its 95 % interval, which has both ends. */
export interface Estimate extends Interval {
  readonly low: number;
  readonly high: number;
}

/** Metrics over `examples` examples; every key whose value is an interval is a metric's name. */
export interface Metrics {
  /** Examples: sentences of a tagging task, documents of a document task. */
  readonly examples: number;
  /** Examples of which the model saw only a part, since they are longer than the maximum length. */
  readonly cut?: number;
  /** Words for which nothing was predicted: those behind the cut, and those of which the tokenizer leaves nothing. */
  readonly unscored?: number;
  readonly [metric: string]: Interval | number;
}

const METRIC_KEYS = z.object({ examples: count, cut: z.exactOptional(count), unscored: z.exactOptional(count) });
// The type is written by hand: for "an interval under every other key", zod gives one in which examples are intervals, too.
export const METRICS = fewKeys(z.catchall(METRIC_KEYS, INTERVAL) as unknown as z.ZodMiniType<Metrics>);

export const INITIAL_KINDS = [
  "uniform",
  "magnitude",
  "controlled-uniform",
  "magnitude-and-uniform",
  "double-uniform",
] as const;
export type InitialKind = (typeof INITIAL_KINDS)[number];

const INITIAL = z.object({
  generator: oneOf(["philox4x32-10"]),
  maskSeed: seed,
  kind: oneOf(INITIAL_KINDS),
  /** The scores' range [low, high). */
  low: number,
  high: number,
  /** A weight is kept where its score is over it (in float32). */
  threshold: number,
  /** The wanted sparsity; drawn where `kind` is uniform, met exactly in each matrix otherwise. */
  sparsity: share,
});
/** All that the initial scores follow from, but for the weights themselves where `kind` looks at them. */
export type InitialRecipe = Read<typeof INITIAL>;

const positive = integer(1, Number.MAX_SAFE_INTEGER);

export const MATRIX = z.object({
  name: text,
  layer: z.nullable(integer(0, MOST.layers - 1)),
  kind: oneOf(MATRIX_KINDS),
  rows: positive,
  columns: positive,
});
/** A masked matrix: its weight's name in the pretrained weights (MODULE.weight), and its layer, null above the layers. */
export type MatrixFacts = Read<typeof MATRIX>;

const BASE = z.object({
  id: text,
  /** Where it lay. */
  path: z.exactOptional(text),
  modelType: text,
  layers: integer(1, MOST.layers),
  hiddenSize: integer(1, MOST.hiddenSize),
  heads: integer(1, MOST.heads),
  feedForward: integer(1, MOST.feedForward),
  /** SHA-256 of the lines "NAME HASH\n" of `weights`, sorted by name. */
  fingerprint: hash,
  /** Of each masked matrix that the base model holds: SHA-256 of "NAME\nROWS,COLUMNS\n" and the stored bytes. */
  weights: record(hash),
});
export type BaseModel = Read<typeof BASE>;

const TASK = z.object({
  name: text,
  kind: text,
  metric: text,
  labels: list(text, MOST.labels),
  /** SHA-256 of each split's data. */
  dataSha256: record(hash),
});
export type TaskFacts = Read<typeof TASK>;

/** Of the options of a run, which later versions may add to, those that evaluation and pages take from a file. */
const RUN = z.looseObject({
  method: z.exactOptional(text),
  task: z.exactOptional(text),
  maxLength: z.exactOptional(integer(1, 65_536)),
  batchSize: z.exactOptional(integer(1, 65_536)),
  permuteLabels: z.exactOptional(z.nullable(seed)),
});

const METADATA = z.object({
  format: oneOf(["mask", "tuned"]),
  formatVersion: worded(z.literal(FORMAT_VERSION), String(FORMAT_VERSION)),
  /** Name and version of what wrote the file. */
  tool: text,
  base: BASE,
  task: TASK,
  /** The whole run.json. */
  run: fewKeys(RUN),
  /** From what the initial scores are made again; null where that is not known. */
  initial: z.nullable(INITIAL),
  seeds: record(seed),
  metrics: z.object({ validation: z.exactOptional(METRICS), test: z.exactOptional(METRICS) }),
  /** In the order of the model; none in a tuned file. */
  matrices: list(MATRIX, MOST.matrices),
  training: z.object({
    steps: count,
    /** The step whose state this is. */
    bestStep: z.exactOptional(count),
    seconds: z.exactOptional(number),
  }),
  /** See `checksumOf` in file.ts. */
  checksum: hash,
});
export type MaskMetadata = Read<typeof METADATA>;

/** What its writer knows of an adaptation; the rest follows from the tensors. */
export type AdaptationFacts = Omit<MaskMetadata, "format" | "formatVersion" | "matrices" | "checksum">;

const REWRITE = "rewrite the file with this key as docs/mask-file.md describes";

/** InputError naming the first key that is missing or not of its type. Keys that are not known are let be. */
export function parseMetadata(values: Readonly<Record<string, unknown>>, file: string): MaskMetadata {
  return checked(METADATA, values, { file, at: "metadata", remedy: REWRITE });
}
