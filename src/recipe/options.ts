// A run's options: one schema defines types, defaults, ranges and explanations. Flags, help and the editor's schema are
// derived from it.

import path from "node:path";
import * as z from "zod/mini";
import { ADAPTERS, LENGTH_ADAPTOR, LINEAR_ATTENTION } from "../anatomy/additions.ts";
import { CONTEXTS } from "../data/encode.ts";
import { InputError } from "../errors.ts";
import { PRECISIONS } from "../graph/precision.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import { INITIAL_KINDS, type InitialKind } from "../mask/metadata.ts";
import { onDemand } from "../on-demand.ts";
import {
  accepted,
  atLeast,
  explained,
  explanationOf,
  flag,
  integer,
  oneOf,
  placeOf,
  type Read,
  type Source,
  seed,
  shareBelow1,
  worded,
  wordsOf,
} from "../schema.ts";
import { AUXILIARY } from "./auxiliary.ts";
import type { BinarizerName } from "./binarizers.ts";
import { contradictionIn } from "./contradictions.ts";
import { DISTILLATION } from "./distillation.ts";
import { FIXED_MASK } from "./fixed-mask.ts";
import { count, filePath, rate, text } from "./option-parts.ts";
import { PRESET_NAMES } from "./presets.ts";
import { SCHEDULES, TARGET_SPARSITY, type TargetSparsity } from "./schedule.ts";
import { impliedSparsity, TOP_K } from "./top-k.ts";

const epochs = () => integer(1, 100_000, { hint: "for a short trial, use --max-steps, or maxSteps in run.json" });

/** The allowed devices. */
export const DEVICE = { pattern: /^(auto|cpu|webgpu|cuda:\d+)$/, expected: "auto, cpu, webgpu, or cuda:0 (cuda:1 …)" };

/**
 * All options of a run, in the order of help texts and of `run.json`; the defaults of the recipe are the paper's values
 * (method.md).
 */
export const OPTIONS = onDemand(() =>
  z.strictObject({
    model: explained(filePath("a model folder"), "folder of the base model, in the Hub's layout"),
    task: explained(filePath("a task file"), "task file (NAME.task.json)"),
    out: explained(filePath("a folder"), "folder to write the run to; its name is the name of the run"),
    /** What a run trains; see `recipe.ts`. */
    method: explained(
      z._default(oneOf(["mask", "finetune", "pattern", "random-mask"]), "mask"),
      "what is trained: a mask over frozen weights (mask), all parameters (finetune), parameters whose names match a pattern (pattern), or only the classifier, under a fixed random mask (random-mask)",
    ),
    /** Defaults to "classifier-only" if the method is pattern, else to null. */
    pattern: explained(
      z.optional(z.nullable(text())),
      `the parameters that method pattern trains: ${PRESET_NAMES.join(", ")}, or a regular expression over parameter names`,
    ),
    seed: explained(
      z._default(seed, 1),
      "seed of the classifier's initialization, the order of the examples, and dropout",
    ),
    maskSeed: explained(
      z._default(seed, 1),
      "seed of the initial scores; use different seeds for masks that you want to compare",
    ),
    epochs: explained(z._default(epochs(), 10), "passes over the training examples"),
    maxSteps: explained(z._default(z.nullable(count(1)), null), "maximum number of optimizer steps, for a short trial"),
    batchSize: explained(z._default(integer(1, 65_536), 32), "examples per step"),
    maxLength: explained(
      z._default(integer(3, 65_536), 128),
      "maximum length of an example in tokens; longer examples are truncated",
    ),
    context: explained(
      z._default(oneOf(CONTEXTS), "document"),
      "what the model reads at once in document tasks: up to ten sentences of a document (document), or each sentence without the others (sentence), to compare with",
    ),
    /** Defaults to the method's learning rate (see `LEARNING_RATES`). */
    learningRate: explained(
      z.optional(rate()),
      "peak learning rate of Adam (default 0.00005 for method finetune, 0.001 for the other methods)",
    ),
    schedule: explained(z._default(oneOf(SCHEDULES), "constant"), "how the learning rate decays"),
    warmup: explained(z._default(count(0), 0), "warm-up steps, in which the learning rate rises from 0"),
    accumulate: explained(z._default(integer(1, 65_536), 1), "batches whose gradients are accumulated for one step"),
    dropout: explained(
      z._default(
        worded(z.union([z.literal("config"), shareBelow1()]), `config, or ${wordsOf(shareBelow1()).expected}`),
        "config",
      ),
      "dropout rate of the encoder; config: the rates in the model's config.json",
    ),
    layers: explained(
      z._default(z.nullable(text()), null),
      'masked layers, such as "2-11", "0,3-5" or "all"; in an encoder–decoder also "E0-5", "D3", or "D" for a whole stack (default: all except the lowest sixth or, in DistilBERT, the lowest third)',
    ),
    /** See `units.ts`. */
    units: explained(
      z._default(oneOf(["weights", "heads-and-neurons"]), "weights"),
      "what has a score of its own and is pruned or kept as a whole: each weight, or each attention head and each neuron of the feed-forward network",
    ),
    /** null: all that the model has, or those that its heads and neurons span. */
    kinds: explained(
      z._default(
        z.nullable(
          worded(
            z.array(oneOf(MATRIX_KINDS)).check(atLeast(1)).register(z.globalRegistry, { uniqueItems: true }),
            `any of ${MATRIX_KINDS.join(", ")}`,
          ),
        ),
        null,
      ),
      `masked matrix kinds, any of ${MATRIX_KINDS.join(",")} that the model has (default: all; if units are heads and neurons, those that they span): query, key, value and output of attention, with C those of cross attention; gate, intermediate (up) and output (down) of the feed-forward network; P is the pooler, T the classifier`,
    ),
    /** Defaults to "masked" for units of weights, else to "trained". */
    classifier: explained(
      z.optional(oneOf(["masked", "trained"])),
      "whether the classifier (T) is masked or trained; a pooler (P) that is added to a model without one is treated in the same way (a model's own pooler is always masked); default masked, or trained if units are heads and neurons",
    ),
    labelWords: explained(
      z._default(
        z.nullable(
          worded(z.array(text()).check(atLeast(2)), "a list of words, one for each label in the task's order"),
        ),
        null,
      ),
      "classify by the masked language model's head, with the rows of these words, one a label in the task's order; each must be one token",
    ),
    pooling: explained(
      z._default(oneOf(["own", "first", "last", "mean"]), "own"),
      "the vector that a classifier of texts reads: the first token's, the last token's, or the mean of all tokens, as sentence encoders are trained; own: as the model's class in transformers does, an encoder's first (ModernBERT: what its config says), a decoder's last; exports to transformers need own (ModernBERT also takes first and mean)",
    ),
    auxiliary: explained(
      z._default(z.nullable(AUXILIARY()), null),
      "parameters that are trained beside the masks and stored in the mask file",
    ),
    adapters: explained(
      z._default(z.nullable(ADAPTERS()), null),
      "add bottleneck adapters after the attention and the feed-forward network of each layer (Houlsby et al. 2019), which every method trains",
    ),
    lengthAdaptor: explained(
      z._default(z.nullable(LENGTH_ADAPTOR()), null),
      "read frame features instead of texts: gated convolutions of width 3 and stride 2, whose output takes the place of the word embeddings (Li et al. 2020), which every method trains; only for tasks with frames, and required there",
    ),
    linearAttention: explained(
      z._default(z.nullable(LINEAR_ATTENTION()), null),
      "replace the softmax of self-attention by products of features of queries and keys, which every method trains, so that a decoder generates as a recurrence with constant memory (Kasai et al. 2021; Zhang et al. 2024)",
    ),
    /**
     * When a run starts from the base model's stored classifier: if it names the task's labels, always (with its rows
     * in the stored order), or never.
     */
    storedClassifier: explained(
      z._default(oneOf(["by-name", "by-order", "never"]), "by-name"),
      "when the run starts from the model's stored classifier: by-name, if the classifier's label names are the task's labels; by-order, always, with the rows in the stored order",
    ),
    /** Defaults to 0.05, or to what topK or constant initial scores imply. */
    sparsity: explained(
      z.optional(shareBelow1()),
      "sparsity of the initial mask (default 0.05; top-k and constant initial scores determine it)",
    ),
    scaleFixed: explained(
      z._default(flag, false),
      "draw the initial scores from a range of the same width for every sparsity (otherwise the width depends on the sparsity)",
    ),
    binarizer: explained(
      z._default(oneOf<BinarizerName>(["threshold", "hard-tanh-sign", "bernoulli"]), "threshold"),
      "how scores become a mask; bernoulli samples the mask at each training step, and keeps the weights with a score above 0 in evaluation",
    ),
    /** Defaults to "constant" with topK, else to "uniform". */
    initialMask: explained(
      z.optional(oneOf(INITIAL_KINDS)),
      "distribution of the initial scores (default uniform; constant with top-k); constant: all are equal, so everything is kept at first",
    ),
    fixedMask: explained(
      z._default(z.nullable(FIXED_MASK()), null),
      "finetune under a mask that is not trained: pruned weights stay 0",
    ),
    topK: explained(
      z._default(z.nullable(TOP_K()), null),
      "keep the share of the weights with the highest scores, instead of those with a score above a fixed threshold",
    ),
    scoreAverage: explained(
      z._default(shareBelow1(), 0),
      "decay of a running mean of the scores, whose mask is evaluated and stored, such as 0.99; 0: the scores themselves",
    ),
    scorePenalty: explained(
      z._default(worded(z.number().check(z.gte(0), z.maximum(1_000_000)), "a number from 0 to 1000000"), 0),
      "weight of the mean of σ(score) over all masked weights, which is added to the loss and lowers scores; 0: none",
    ),
    targetSparsity: explained(z._default(z.nullable(TARGET_SPARSITY()), null), "control the sparsity during training"),
    distill: explained(
      z._default(z.nullable(DISTILLATION()), null),
      "learn from another adaptation's logits, computed once, as well as from labels",
    ),
    evaluateEvery: explained(z._default(count(0), 60), "steps between evaluations; 0: once per epoch"),
    earlyStopping: explained(
      z._default(count(0), 0),
      "stop after this number of evaluations without improvement; 0: never",
    ),
    checkpointEvery: explained(
      z._default(count(0), 0),
      "steps between checkpoints; 0: by time, at most every 30 seconds",
    ),
    packed: explained(
      z._default(flag, false),
      "store the mask as a packed file, exact but smaller, as masklens pack writes it",
    ),
    limit: explained(
      z._default(
        z.nullable(
          worded(z.strictObject({ train: explained(count(1), "number of training examples to use") }), "train=…"),
        ),
        null,
      ),
      "train on fewer examples",
    ),
    permuteLabels: explained(
      z._default(z.nullable(seed), null),
      "a control: permute the labels of the training examples with this seed, so that there is no task to learn; validation and test labels are unchanged",
    ),
    device: explained(
      z._default(worded(z.string().check(z.regex(DEVICE.pattern)), DEVICE.expected), "auto"),
      "device to compute on",
    ),
    precision: explained(
      z._default(oneOf(PRECISIONS), "float32"),
      "how an NVIDIA GPU multiplies matrices (all else is float32): tf32 and bfloat16 round the factors to 10 or 7 bits, which is faster, and losses then differ from the CPU's in the second or third digit",
    ),
  }),
);

/** The explanation of each option, by its name. */
export const explanationsOfOptions = onDemand(
  (): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(OPTIONS().shape).map(([name, schema]) => [name, explanationOf(schema)])),
);

type Given = Read<typeof OPTIONS>;

/** Everything that a run depends on: a complete `run.json`, with absolute paths. */
export type RunOptions = Given & {
  readonly pattern: string | null;
  readonly learningRate: number;
  readonly kinds: readonly MatrixKind[] | null;
  readonly classifier: "masked" | "trained";
  readonly sparsity: number;
  readonly initialMask: InitialKind;
  readonly targetSparsity: TargetSparsity | null;
};
export type Method = Given["method"];
export type StoredClassifier = Given["storedClassifier"];

/** Default learning rates: the paper's for masks, common values for the other methods. */
const LEARNING_RATES: Record<Method, number> = { mask: 1e-3, finetune: 5e-5, pattern: 1e-3, "random-mask": 1e-3 };

/** Fills in the defaults that depend on other options. */
function complete(given: Given): RunOptions {
  const { method, topK } = given;
  const isByWeight = given.units === "weights";
  const { classifier = isByWeight ? "masked" : "trained" } = given;
  const { pattern = method === "pattern" ? "classifier-only" : null, learningRate = LEARNING_RATES[method] } = given;
  const { initialMask = topK ? "constant" : "uniform" } = given;
  const { sparsity = impliedSparsity(topK, initialMask) ?? 0.05 } = given;
  const targetSparsity = given.targetSparsity && withStart(given.targetSparsity, sparsity);
  const masks = { sparsity, initialMask, targetSparsity };
  const run: RunOptions = {
    ...given,
    pattern,
    learningRate,
    ...masks,
    classifier,
    kinds: given.kinds && [...new Set(given.kinds)],
  };
  const inOrder = Object.keys(OPTIONS().shape).map((key) => [key, run[key as keyof RunOptions]]);
  return Object.fromEntries(inOrder) as RunOptions;
}

function withStart(given: NonNullable<Given["targetSparsity"]>, initial: number): TargetSparsity {
  const { target, start = initial, schedule, rate } = given;
  return { target, start, schedule, rate };
}

/** The default options of the run's method, or of method mask if the options name no method. */
export function defaultsOf({ method }: JsonObject): JsonObject {
  const known = OPTIONS().shape.method.safeParse(method);
  const given = { model: ".", task: ".", out: ".", ...(known.success && { method: known.data }) };
  const { model: _, task: __, out: ___, ...defaults } = complete(OPTIONS().parse(given));
  return defaults as unknown as JsonObject;
}

/**
 * Parses a run's options from JSON and fills in defaults. Relative paths are relative to the file or, without one, to
 * the current folder. Throws an InputError that names file and key if the JSON is not an object, or for unknown keys
 * (with a suggestion), missing keys, values out of range, and contradictory options.
 */
export function parseRunOptions(json: unknown, from: Source | string = {}): RunOptions {
  const source = typeof from === "string" ? { file: from } : from;
  if (!isJsonObject(json))
    throw new InputError("the options are not a JSON object", placeOf("", source), 'write {"model": …, "task": …}');
  const folder = source.file ? path.dirname(path.resolve(source.file)) : process.cwd();
  const run = complete(accepted(OPTIONS(), json, source));
  const wrong = contradictionIn(run);
  if (wrong) throw new InputError(wrong.what, placeOf(wrong.at, source), wrong.remedy);
  const { model, task, out, ...options } = run;
  const resolve = (name: string) => path.resolve(folder, name);
  return { model: resolve(model), task: resolve(task), out: resolve(out), ...withAdaptations(options, resolve) };
}

/** The options with the paths of other adaptations' files replaced. */
export function withAdaptations<O extends Pick<RunOptions, "distill" | "fixedMask">>(
  options: O,
  place: (file: string) => string,
): O {
  const { distill, fixedMask } = options;
  return {
    ...options,
    distill: distill && { ...distill, teacher: place(distill.teacher) },
    fixedMask: fixedMask?.file === undefined ? fixedMask : { ...fixedMask, file: place(fixedMask.file) },
  };
}
