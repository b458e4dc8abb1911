// A run's options: one table of defaults, ranges and explanations, from which parsing, flags, help and schema are derived.

import path from "node:path";
import { InputError, type Place } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import { INITIAL_KINDS, type InitialKind } from "../mask/initial.ts";
import type { BinarizerName } from "./binarizers.ts";
import {
  choice,
  filePath,
  group,
  integer,
  list,
  matching,
  number,
  onOff,
  orNull,
  orWord,
  readTable,
  type Table,
  text,
} from "./option-table.ts";
import { PRESET_NAMES } from "./presets.ts";
import { SCHEDULES, type Schedule, SPARSITY_SCHEDULES, type TargetSparsity } from "./schedule.ts";

/** What a run trains; see `recipe.ts`. */
export type Method = "mask" | "finetune" | "pattern" | "random-mask";

/**
 * When a run starts from the base model's stored classifier: if it names the task's labels; always, with its rows in the
 * stored order; never.
 */
export type StoredClassifier = "by-name" | "by-order" | "never";

/** Everything that a run depends on: a complete `run.json`, with absolute paths. */
export interface RunOptions {
  readonly model: string;
  readonly task: string;
  readonly out: string;
  readonly method: Method;
  readonly pattern: string | null;
  readonly seed: number;
  readonly maskSeed: number;
  readonly epochs: number;
  readonly maxSteps: number | null;
  readonly batchSize: number;
  readonly maxLength: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly warmup: number;
  readonly accumulate: number;
  readonly dropout: "config" | number;
  readonly layers: string | null;
  readonly kinds: readonly MatrixKind[];
  readonly classifier: "masked" | "trained";
  readonly storedClassifier: StoredClassifier;
  readonly sparsity: number;
  readonly scaleFixed: boolean;
  readonly binarizer: BinarizerName;
  readonly initialMask: InitialKind;
  readonly targetSparsity: TargetSparsity | null;
  readonly evaluateEvery: number;
  readonly earlyStopping: number;
  readonly checkpointEvery: number;
  readonly limit: { readonly train: number } | null;
  readonly permuteLabels: number | null;
  readonly device: string;
}

const share = number("a number of at least 0 and less than 1", { minimum: 0, exclusiveMaximum: 1 });
const seed = integer(0, 2 ** 32 - 1);
const count = (least: number) => integer(least, 1_000_000_000);

const TARGET: Table<TargetSparsity, RunOptions> = {
  target: { kind: share, explanation: "sparsity at the end of the run" },
  start: { kind: share, default: (run) => run.sparsity, explanation: "initial target of the cubic schedule" },
  schedule: {
    kind: choice(...SPARSITY_SCHEDULES),
    default: "constant",
    explanation: "how the target changes during the run (cubic: Zhu & Gupta 2017)",
  },
  rate: {
    kind: number("a number greater than 0", { exclusiveMinimum: 0 }),
    default: 1,
    explanation: "how fast the multiplier of (target − current sparsity)² rises while they differ",
  },
};

/** Constant learning rates: the paper's for masks, the usual ones for the other methods. */
const LEARNING_RATES: Record<Method, number> = { mask: 1e-3, finetune: 5e-5, pattern: 1e-3, "random-mask": 1e-3 };

/** The allowed devices. */
export const DEVICE = { pattern: /^(auto|cpu|webgpu|cuda:\d+)$/, expected: "auto, cpu, webgpu, or cuda:0 (cuda:1 …)" };

/** All options of a run, in the order of help texts and of `run.json`; the recipe's values are the paper's (method.md). */
export const OPTIONS: Table<RunOptions, RunOptions> = {
  model: { kind: filePath("a model folder"), explanation: "folder of the base model, in the Hub's layout" },
  task: { kind: filePath("a task file"), explanation: "the task: a NAME.task.json" },
  out: { kind: filePath("a folder"), explanation: "folder to write the run to; its name is the name of the run" },
  method: {
    kind: choice<Method>("mask", "finetune", "pattern", "random-mask"),
    default: "mask",
    explanation:
      "what is trained: a mask over frozen weights (mask), all parameters (finetune), parameters whose names match a pattern (pattern), or only the classifier, under a fixed random mask (random-mask)",
  },
  pattern: {
    kind: orNull(text),
    default: (run) => (run.method === "pattern" ? "classifier-only" : null),
    explanation: `for method pattern: ${PRESET_NAMES.join(", ")}, or a regular expression over parameter names`,
  },
  seed: {
    kind: seed,
    default: 1,
    explanation: "seed of the classifier's initialization, the order of the examples, and dropout",
  },
  maskSeed: {
    kind: seed,
    default: 1,
    explanation: "seed of the initial scores; use different ones for masks that you want to compare",
  },
  epochs: {
    kind: integer(1, 100_000),
    default: 10,
    hint: "for a short trial, use --max-steps, or maxSteps in run.json",
    explanation: "passes over the training examples",
  },
  maxSteps: {
    kind: orNull(count(1)),
    default: null,
    explanation: "maximum number of optimizer steps, for a short trial",
  },
  batchSize: { kind: integer(1, 65_536), default: 32, explanation: "examples per step" },
  maxLength: {
    kind: integer(3, 65_536),
    default: 128,
    explanation: "maximum length of an example in tokens; longer ones are truncated",
  },
  learningRate: {
    kind: number("a number greater than 0 and at most 10", { exclusiveMinimum: 0, maximum: 10 }),
    default: (run) => LEARNING_RATES[run.method],
    explanation: "peak learning rate of Adam (default 0.00005 for method finetune, 0.001 for the others)",
  },
  schedule: { kind: choice(...SCHEDULES), default: "constant", explanation: "how the learning rate decays" },
  warmup: { kind: count(0), default: 0, explanation: "warm-up steps, in which the learning rate rises from 0" },
  accumulate: {
    kind: integer(1, 65_536),
    default: 1,
    explanation: "batches whose gradients are accumulated for one step",
  },
  dropout: {
    kind: orWord("config", share),
    default: "config",
    explanation: "dropout rate of the encoder; config: the rates in the model's config.json",
  },
  layers: {
    kind: orNull(text),
    default: null,
    explanation:
      'masked layers, such as "2-11", "0,3-5" or "all" (default: all except the lowest sixth, for DistilBERT the lowest third)',
  },
  kinds: {
    kind: list(...MATRIX_KINDS),
    default: MATRIX_KINDS,
    explanation: "masked matrix kinds; P is the pooler, T the classifier",
  },
  classifier: {
    kind: choice("masked", "trained"),
    default: "masked",
    explanation:
      "whether the classifier (T) is masked or trained; the same applies to P if the model has no pooler (otherwise P is masked)",
  },
  storedClassifier: {
    kind: choice<StoredClassifier>("by-name", "by-order", "never"),
    default: "by-name",
    explanation:
      "when the run starts from the model's stored classifier: by-name, if it names the task's labels; by-order, always, with its rows in the stored order",
  },
  sparsity: { kind: share, default: 0.05, explanation: "sparsity of the initial mask" },
  scaleFixed: {
    kind: onOff,
    default: false,
    explanation: "use the same width of the initial scores for every sparsity (otherwise the width depends on it)",
  },
  binarizer: {
    kind: choice<BinarizerName>("threshold", "hard-tanh-sign", "bernoulli"),
    default: "threshold",
    explanation: "how scores become a mask; bernoulli samples it at each step and evaluates score > 0",
  },
  initialMask: {
    kind: choice(...INITIAL_KINDS),
    default: "uniform",
    explanation: "distribution of the initial scores",
  },
  targetSparsity: { kind: orNull(group(TARGET)), default: null, explanation: "control the sparsity during training" },
  evaluateEvery: { kind: count(0), default: 60, explanation: "steps between evaluations; 0: once an epoch" },
  earlyStopping: {
    kind: count(0),
    default: 0,
    explanation: "stop after this number of evaluations without improvement; 0: never",
  },
  checkpointEvery: {
    kind: count(0),
    default: 0,
    explanation: "steps between checkpoints; 0: by time, at most every 30 seconds",
  },
  limit: {
    kind: orNull(group({ train: { kind: count(1), explanation: "number of training examples to use" } })),
    default: null,
    explanation: "train on fewer examples",
  },
  permuteLabels: {
    kind: orNull(seed),
    default: null,
    explanation:
      "a control: permute the labels of the training examples with this seed, so that there is no task to learn; validation and test labels are unchanged",
  },
  device: {
    kind: matching(DEVICE.pattern, DEVICE.expected),
    default: "auto",
    explanation: "device to compute on",
  },
};

/** Tokens in a batch: 32 examples of 512 have 16,384, and a thousand times that fits in no machine's memory. */
const MOST_TOKENS = 16_777_216;

/** Where a set of options comes from, for error messages. */
export interface Source {
  readonly file?: string;
  /** The name of an option there: its key, or its flag. */
  readonly called?: (key: string) => string;
}

/**
 * Parses a run's options from JSON and fills in defaults. Relative paths are relative to the file or, without one, to the
 * current folder. InputError, with file and key, for anything but an object, unknown keys (with a suggestion), missing
 * keys, values out of range, and contradictory options.
 */
export function parseRunOptions(json: unknown, source: Source | string = {}): RunOptions {
  const { file, called = (key: string) => key } = typeof source === "string" ? { file: source } : source;
  const place = (key: string): Place => ({ ...(file && { file }), at: called(key) });
  if (!isJsonObject(json))
    throw new InputError("the options are not a JSON object", file ? { file } : {}, 'write {"model": …, "task": …}');
  const folder = file ? path.dirname(path.resolve(file)) : process.cwd();
  const options = readTable(OPTIONS, json, { place, folder });
  if (options.batchSize * options.maxLength > MOST_TOKENS)
    throw new InputError(
      `batches of ${options.batchSize} examples of ${options.maxLength} tokens exceed the limit of ${MOST_TOKENS} tokens`,
      place("batchSize"),
      "use a smaller batch size or maximum length, and --accumulate for larger steps",
    );
  if (options.pattern !== null && options.method !== "pattern")
    throw new InputError(
      `method ${options.method} does not use a pattern`,
      place("pattern"),
      "omit it, or use method pattern",
    );
  if (options.targetSparsity && options.method !== "mask")
    throw new InputError(
      "sparsity control requires method mask",
      place("targetSparsity"),
      "omit it, or use method mask",
    );
  return options;
}
