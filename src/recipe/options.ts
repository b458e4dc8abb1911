// A run's options: one table of defaults, ranges and explanations, from which reading, flags, help texts and schema derive.

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
 * When a classifier that the base model stores is taken over: where it names the task's labels; in the stored order,
 * whatever the labels are called there; never.
 */
export type StoredClassifier = "by-name" | "by-order" | "never";

/** Everything that a run depends on: a whole `run.json`, with absolute paths. */
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

const share = number("a number from 0 to below 1", { minimum: 0, exclusiveMaximum: 1 });
const seed = integer(0, 2 ** 32 - 1);
const count = (least: number) => integer(least, 1_000_000_000);

const TARGET: Table<TargetSparsity, RunOptions> = {
  target: { kind: share, explanation: "sparsity at the end of the run" },
  start: { kind: share, default: (run) => run.sparsity, explanation: "sparsity that a cubic target grows from" },
  schedule: {
    kind: choice(...SPARSITY_SCHEDULES),
    default: "constant",
    explanation: "how the wanted share moves (cubic: Zhu & Gupta 2017)",
  },
  rate: {
    kind: number("a number over 0", { exclusiveMinimum: 0 }),
    default: 1,
    explanation: "how fast the multiplier of (wanted − present share)² rises while they differ",
  },
};

/** Constant learning rates: the paper's for masks, the usual ones for the rest. */
const LEARNING_RATES: Record<Method, number> = { mask: 1e-3, finetune: 5e-5, pattern: 1e-3, "random-mask": 1e-3 };

/** What may be given as a device. */
export const DEVICE = { pattern: /^(auto|cpu|webgpu|cuda:\d+)$/, expected: "auto, cpu, webgpu, or cuda:0 (cuda:1 …)" };

/** All options of a run, in the order of help texts and of `run.json`; the recipe's values are the paper's (method.md). */
export const OPTIONS: Table<RunOptions, RunOptions> = {
  model: { kind: filePath("a model's folder"), explanation: "folder of the base model, in the Hub's layout" },
  task: { kind: filePath("a task file"), explanation: "the task: a NAME.task.json" },
  out: { kind: filePath("a folder"), explanation: "folder that the run is written to; its name becomes the run's" },
  method: {
    kind: choice<Method>("mask", "finetune", "pattern", "random-mask"),
    default: "mask",
    explanation:
      "what is trained: a mask over frozen weights, all parameters, the parameters that a pattern names, or the classifier alone under a fixed random mask",
  },
  pattern: {
    kind: orNull(text),
    default: (run) => (run.method === "pattern" ? "classifier-only" : null),
    explanation: `for method pattern: ${PRESET_NAMES.join(", ")}, or a regular expression over parameter names`,
  },
  seed: { kind: seed, default: 1, explanation: "draws the classifier, the order of the examples and dropout" },
  maskSeed: {
    kind: seed,
    default: 1,
    explanation: "draws the initial scores; give masks that you compare different ones",
  },
  epochs: {
    kind: integer(1, 100_000),
    default: 10,
    hint: "for a short trial, limit the steps: --max-steps, or maxSteps in run.json",
    explanation: "passes over the training examples",
  },
  maxSteps: {
    kind: orNull(count(1)),
    default: null,
    explanation: "optimizer steps after which the run ends, whatever the epochs: for a short trial",
  },
  batchSize: { kind: integer(1, 65_536), default: 32, explanation: "examples per step" },
  maxLength: { kind: integer(3, 65_536), default: 128, explanation: "longest example in tokens; the rest is cut off" },
  learningRate: {
    kind: number("a number over 0 and at most 10", { exclusiveMinimum: 0, maximum: 10 }),
    default: (run) => LEARNING_RATES[run.method],
    explanation: "Adam's, at its peak (mask 0.001, finetune 0.00005, the others 0.001)",
  },
  schedule: { kind: choice(...SCHEDULES), default: "constant", explanation: "how the learning rate falls" },
  warmup: { kind: count(0), default: 0, explanation: "steps in which the learning rate rises from 0" },
  accumulate: { kind: integer(1, 65_536), default: 1, explanation: "batches whose gradients make one step" },
  dropout: {
    kind: orWord("config", share),
    default: "config",
    explanation: "of the encoder; config: as its config.json says",
  },
  layers: {
    kind: orNull(text),
    default: null,
    explanation: 'masked layers: "2-11", "0,3-5", "all" (all but the lowest sixth, of DistilBERT third)',
  },
  kinds: {
    kind: list(...MATRIX_KINDS),
    default: MATRIX_KINDS,
    explanation: "masked kinds of matrices; P is the pooler, T the classifier",
  },
  classifier: {
    kind: choice("masked", "trained"),
    default: "masked",
    explanation:
      "whether the classifier is masked or trained: T, and P where the model has none of its own (else P stays masked)",
  },
  storedClassifier: {
    kind: choice<StoredClassifier>("by-name", "by-order", "never"),
    default: "by-name",
    explanation:
      "when the run starts from the classifier that the model stores: by-name where it names the task's labels, by-order in the stored order whatever its labels are called",
  },
  sparsity: { kind: share, default: 0.05, explanation: "sparsity of the initial mask" },
  scaleFixed: {
    kind: onOff,
    default: false,
    explanation: "keep the width of the initial scores whatever the sparsity is (else it moves with it)",
  },
  binarizer: {
    kind: choice<BinarizerName>("threshold", "hard-tanh-sign", "bernoulli"),
    default: "threshold",
    explanation: "how scores become a mask; bernoulli draws it at each step and evaluates score > 0",
  },
  initialMask: {
    kind: choice(...INITIAL_KINDS),
    default: "uniform",
    explanation: "how initial scores are laid",
  },
  targetSparsity: { kind: orNull(group(TARGET)), default: null, explanation: "steer the sparsity while training" },
  evaluateEvery: { kind: count(0), default: 60, explanation: "steps between evaluations; 0: once an epoch" },
  earlyStopping: { kind: count(0), default: 0, explanation: "evaluations without gain that end the run; 0: never" },
  checkpointEvery: {
    kind: count(0),
    default: 0,
    explanation: "steps between checkpoints; 0: by time, at most every 30 seconds",
  },
  limit: {
    kind: orNull(group({ train: { kind: count(1), explanation: "training examples used" } })),
    default: null,
    explanation: "train on fewer examples",
  },
  permuteLabels: {
    kind: orNull(seed),
    default: null,
    explanation:
      "a control: permute the labels among the training examples by this seed, so that there is no task to learn; validation and test keep theirs",
  },
  device: {
    kind: matching(DEVICE.pattern, DEVICE.expected),
    default: "auto",
    explanation: "where to compute",
  },
};

/** Tokens of a batch: 32 rows of 512 have 16,384, and a thousand times as many fit into no machine's memory. */
const MOST_TOKENS = 16_777_216;

/** Where a set of options was written; `place` says how errors name one of them. */
export interface Source {
  readonly file?: string;
  /** How an option is called there: its key, or its flag. */
  readonly called?: (key: string) => string;
}

/**
 * A run's options from JSON, defaults filled in. Relative paths are relative to the file, or to the current folder
 * without one. InputError, naming file and key, for anything but an object, unknown keys (with a suggestion), missing
 * ones, values out of range, and options that contradict each other.
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
      `batches of ${options.batchSize} examples of ${options.maxLength} tokens are over the limit of ${MOST_TOKENS} tokens`,
      place("batchSize"),
      "give a smaller batch size or maximum length, and --accumulate for larger steps",
    );
  if (options.pattern !== null && options.method !== "pattern")
    throw new InputError(
      `method ${options.method} reads no pattern`,
      place("pattern"),
      `leave it out, or choose the method pattern`,
    );
  if (options.targetSparsity && options.method !== "mask")
    throw new InputError(
      `method ${options.method} trains no mask whose zeros could be steered`,
      place("targetSparsity"),
      "leave it out, or choose the method mask",
    );
  return options;
}
