// What an adaptation's file says of itself, and the check that it says all of it: docs/mask-file.md explains each key.

import { InputError, type Place } from "../errors.ts";
import { quoted } from "../visible.ts";
import { INITIAL_KINDS, type InitialRecipe } from "./initial.ts";

/** Query, key, value, attention output, intermediate, output, pooler, classifier. */
export const MATRIX_KINDS = ["Q", "K", "V", "AO", "I", "O", "P", "T"] as const;
export type MatrixKind = (typeof MATRIX_KINDS)[number];

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

/** Scores over `rows` examples; every key whose value is an interval is a metric's name. */
export interface Scores {
  /** Examples: sentences of a tagging task, documents of a document task. */
  readonly rows: number;
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

/** The metrics among scores, in their order. */
export function metricNames(scores: Scores): string[] {
  return Object.keys(scores).filter((key) => typeof scores[key] === "object");
}

export interface BaseModel {
  readonly id: string;
  /** Where it lay. */
  readonly path?: string;
  readonly modelType: string;
  readonly blocks: number;
  readonly width: number;
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

/** A masked matrix; `name` is its weight's in the checkpoint (MODULE.weight), block null above the blocks. */
export interface MatrixFacts {
  readonly name: string;
  readonly block: number | null;
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
  readonly scores: { readonly validation?: Scores; readonly test?: Scores };
  /** In the order of the model; none in a tuned file. */
  readonly matrices: readonly MatrixFacts[];
  readonly training: TrainingFacts;
  /** See `checksumOf` in file.ts. */
  readonly checksum: string;
}

/** What its writer knows of an adaptation; the rest follows from the tensors. */
export type AdaptationFacts = Omit<MaskMetadata, "format" | "formatVersion" | "matrices" | "checksum">;

/** The file's version that this code reads and writes. */
export const FORMAT_VERSION = 1;

/** InputError naming the first key that is missing or not of its type. Keys that are not known are let be. */
export function parseMetadata(values: Readonly<Record<string, unknown>>, file: string): MaskMetadata {
  return object(METADATA)(values, { file, at: "metadata" });
}

/** Gives the value back as what it must be, or throws an InputError for the place. */
type Check<T> = (value: unknown, place: Place) => T;
type Fields<T> = { readonly [K in keyof T]-?: Check<T[K]> };

const text = check("a text", (value): value is string => typeof value === "string");
const number = check("a number", (value): value is number => typeof value === "number" && Number.isFinite(value));
const count = check("a whole number from 0", isCount);
const positive = check("a whole number from 1", (value): value is number => isCount(value) && value > 0);
const seed = check("a whole number from 0 to 2³² − 1", (value): value is number => isCount(value) && value < 2 ** 32);
const share = check(
  "a number from 0 to 1",
  (value): value is number => typeof value === "number" && value >= 0 && value <= 1,
);
const hash = check(
  "a SHA-256 in hex",
  (value): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
);
const anything = record((value) => value);

const INTERVAL = object<Interval>({
  value: number,
  low: nullable(number),
  high: nullable(number),
  reason: optional(text),
});
const SCORES: Check<Scores> = (value, place) =>
  record<Interval | number>((entry, at) =>
    /\.(rows|cut|unscored)$/.test(at.at ?? "") ? count(entry, at) : INTERVAL(entry, at),
  )(object({ rows: count })(value, place) && value, place) as Scores;

const INITIAL = object<InitialRecipe>({
  generator: oneOf(["philox4x32-10"]),
  maskSeed: seed,
  kind: oneOf(INITIAL_KINDS),
  low: number,
  high: number,
  threshold: number,
  zeroShare: share,
});

const METADATA: Fields<MaskMetadata> = {
  format: oneOf(["mask", "tuned"]),
  formatVersion: oneOf([FORMAT_VERSION]),
  tool: text,
  base: object<BaseModel>({
    id: text,
    path: optional(text),
    modelType: text,
    blocks: positive,
    width: positive,
    heads: positive,
    feedForward: positive,
    fingerprint: hash,
    weights: record(hash),
  }),
  task: object<TaskFacts>({
    name: text,
    kind: text,
    metric: text,
    labels: list(text),
    dataSha256: record(hash),
  }),
  run: anything,
  initial: nullable(INITIAL),
  seeds: record(seed),
  scores: object<MaskMetadata["scores"]>({ validation: optional(SCORES), test: optional(SCORES) }),
  matrices: list(
    object<MatrixFacts>({
      name: text,
      block: nullable(count),
      kind: oneOf(MATRIX_KINDS),
      rows: positive,
      columns: positive,
    }),
  ),
  training: object<TrainingFacts>({ steps: count, bestStep: optional(count), seconds: optional(number) }),
  checksum: hash,
};

function check<T>(wanted: string, fits: (value: unknown) => value is T): Check<T> {
  return (value, place) => {
    if (fits(value)) return value;
    throw new InputError(
      value === undefined ? "it is missing" : `it must be ${wanted} and is ${quoted(value)}`,
      place,
      "write the file again with this key as docs/mask-file.md says",
    );
  };
}

function oneOf<const T extends string | number>(values: readonly T[]): Check<T> {
  return check(`one of ${values.join(", ")}`, (value): value is T => values.includes(value as T));
}

function optional<T>(inner: Check<T>): Check<T | undefined> {
  return (value, place) => (value === undefined ? undefined : inner(value, place));
}

function nullable<T>(inner: Check<T>): Check<T | null> {
  return (value, place) => (value === null ? null : inner(value, place));
}

function list<T>(inner: Check<T>): Check<readonly T[]> {
  const values = check("a list", (value): value is unknown[] => Array.isArray(value));
  return (value, place) => values(value, place).map((entry, i) => inner(entry, within(place, i)));
}

function record<T>(inner: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, place) =>
    Object.fromEntries(
      Object.entries(group(value, place)).map(([key, entry]) => [key, inner(entry, within(place, key))]),
    );
}

function object<T extends object>(fields: Fields<T>): Check<T> {
  return (value, place) => {
    const values = group(value, place);
    const pairs = Object.entries<Check<unknown>>(fields).map(([key, inner]) => [
      key,
      inner(values[key], within(place, key)),
    ]);
    return Object.fromEntries(pairs.filter(([, entry]) => entry !== undefined)) as T;
  };
}

function group(value: unknown, place: Place): Record<string, unknown> {
  return check("an object", isObject)(value, place);
}

function within({ file, at }: Place, key: string | number): Place {
  return { ...(file === undefined ? {} : { file }), at: `${at}.${key}` };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
