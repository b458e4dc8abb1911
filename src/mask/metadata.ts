// What an adaptation's file says of itself, and the check that it says all of it: docs/mask-file.md explains each key.

import {
  type Check,
  check,
  count,
  type Fields,
  hash,
  isCount,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  positive,
  record,
  seed,
  share,
  text,
  upTo,
} from "../check.ts";
import { MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import { INITIAL_KINDS, type InitialRecipe } from "./initial.ts";

/** A value with its 95 % interval. */
export interface Interval {
  readonly value: number;
  /** null where there is no interval: the metric is undefined (its value is then 0), or resampling shows no spread. */
  readonly low: number | null;
  readonly high: number | null;
  /** Why there is no interval: "undefined, so 0: all predictions are …". */
  readonly reason?: string;
}

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

/** The seed by which a run permuted its labels of training: a control, which can learn nothing of its task; else null. */
export function controlSeed({ run }: Pick<MaskMetadata, "run">): number | null {
  return typeof run.permuteLabels === "number" ? run.permuteLabels : null;
}

/** What stands behind the name of whatever a control run left; "" for others. */
export function controlSuffix(seed: number | null | undefined): string {
  return typeof seed === "number" ? ` (control: labels permuted with seed ${seed})` : "";
}

/** The metrics' names, in their order. */
export function metricNames(metrics: Metrics): string[] {
  return Object.keys(metrics).filter((key) => typeof metrics[key] === "object");
}

export interface BaseModel {
  readonly id: string;
  /** Where it lay. */
  readonly path?: string;
  readonly modelType: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly feedForward: number;
  /** SHA-256 of the lines "NAME HASH\n" of `weights`, sorted by name. */
  readonly fingerprint: string;
  /** Of each masked matrix that the base model holds: SHA-256 of "NAME\nROWS,COLUMNS\n" and the stored bytes. */
  readonly weights: Readonly<Record<string, string>>;
}

export interface TaskFacts {
  readonly name: string;
  readonly kind: string;
  readonly metric: string;
  readonly labels: readonly string[];
  /** SHA-256 of each split's data. */
  readonly dataSha256: Readonly<Record<string, string>>;
}

/** A masked matrix; `name` is its weight's in the checkpoint (MODULE.weight), layer null above the layers. */
export interface MatrixFacts {
  readonly name: string;
  readonly layer: number | null;
  readonly kind: MatrixKind;
  readonly rows: number;
  readonly columns: number;
}

export interface TrainingFacts {
  readonly steps: number;
  /** The step whose state this is. */
  readonly bestStep?: number;
  readonly seconds?: number;
}

export interface MaskMetadata {
  readonly format: "mask" | "tuned";
  readonly formatVersion: 1;
  /** Name and version of what wrote the file. */
  readonly tool: string;
  readonly base: BaseModel;
  readonly task: TaskFacts;
  /** The whole run.json. */
  readonly run: Readonly<Record<string, unknown>>;
  /** From what the initial scores are made again; null where that is not known. */
  readonly initial: InitialRecipe | null;
  readonly seeds: Readonly<Record<string, number>>;
  readonly metrics: { readonly validation?: Metrics; readonly test?: Metrics };
  /** In the order of the model; none in a tuned file. */
  readonly matrices: readonly MatrixFacts[];
  readonly training: TrainingFacts;
  /** See `checksumOf` in file.ts. */
  readonly checksum: string;
}

/** What its writer knows of an adaptation; the rest follows from the tensors. */
export type AdaptationFacts = Omit<MaskMetadata, "format" | "formatVersion" | "matrices" | "checksum">;

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

const REWRITE = "rewrite the file with this key as docs/mask-file.md describes";

/** InputError naming the first key that is missing or not of its type. Keys that are not known are let be. */
export function parseMetadata(values: Readonly<Record<string, unknown>>, file: string): MaskMetadata {
  return object(METADATA)(values, { file, at: "metadata", remedy: REWRITE });
}

const layer = check(
  `a whole number from 0 to ${MOST.layers - 1}`,
  (value): value is number => isCount(value) && value < MOST.layers,
);
const anything = record((value) => value);

const INTERVAL = object<Interval>({
  value: number,
  low: nullable(number),
  high: nullable(number),
  reason: optional(text),
});
export const METRICS: Check<Metrics> = (value, place) =>
  record<Interval | number>((entry, at) =>
    /\.(examples|cut|unscored)$/.test(at.at ?? "") ? count(entry, at) : INTERVAL(entry, at),
  )(object({ examples: count })(value, place) && value, place) as Metrics;

const INITIAL = object<InitialRecipe>({
  generator: oneOf(["philox4x32-10"]),
  maskSeed: seed,
  kind: oneOf(INITIAL_KINDS),
  low: number,
  high: number,
  threshold: number,
  sparsity: share,
});

export const MATRIX = object<MatrixFacts>({
  name: text,
  layer: nullable(layer),
  kind: oneOf(MATRIX_KINDS),
  rows: positive,
  columns: positive,
});

/** Of the options of a run, which later versions may add to, those that evaluation and pages take from a file. */
const RUN: Fields<{ [key: string]: unknown }> = {
  method: optional(text),
  task: optional(text),
  maxLength: optional(upTo(65_536)),
  batchSize: optional(upTo(65_536)),
  permuteLabels: optional(nullable(seed)),
};

const METADATA: Fields<MaskMetadata> = {
  format: oneOf(["mask", "tuned"]),
  formatVersion: oneOf([FORMAT_VERSION]),
  tool: text,
  base: object<BaseModel>({
    id: text,
    path: optional(text),
    modelType: text,
    layers: upTo(MOST.layers),
    hiddenSize: upTo(MOST.hiddenSize),
    heads: upTo(MOST.heads),
    feedForward: upTo(MOST.feedForward),
    fingerprint: hash,
    weights: record(hash),
  }),
  task: object<TaskFacts>({
    name: text,
    kind: text,
    metric: text,
    labels: list(text, MOST.labels),
    dataSha256: record(hash),
  }),
  run: (value, place) => {
    object(RUN)(value, place);
    return anything(value, place);
  },
  initial: nullable(INITIAL),
  seeds: record(seed),
  metrics: object<MaskMetadata["metrics"]>({ validation: optional(METRICS), test: optional(METRICS) }),
  matrices: list(MATRIX, MOST.matrices),
  training: object<TrainingFacts>({ steps: count, bestStep: optional(count), seconds: optional(number) }),
  checksum: hash,
};
