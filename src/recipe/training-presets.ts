// Presets of a run's options, and how a run's options differ from them.

import { isPooled, type TaskKind } from "../data/examples.ts";
import { onDemand } from "../on-demand.ts";
import { parseRunOptions, type RunOptions } from "./options.ts";

/** What is trained beside the masks of docs/results.md and docs/curve.md. */
const BESIDE = {
  ...{ layers: "all", schedule: "linear", classifier: "trained" },
  auxiliary: { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 },
} as const satisfies Partial<RunOptions>;

/**
 * The masks of docs/curve.md, whose kept share falls over the run. They read the mean of all tokens, because the first
 * token hardly sees the others while attention is pruned (docs/tried.md).
 */
export const pruneTo = (share: number) =>
  ({
    ...BESIDE,
    ...{ initialMask: "magnitude-order", learningRate: 2e-3, epochs: 8, pooling: "mean" },
    topK: { share, scope: "matrix", schedule: "cubic", hold: 0.3 },
  }) as const satisfies Partial<RunOptions>;

/** Options that a preset omits have their default values, which are the paper's. The first is what is trained by default. */
export const TRAINING_PRESETS = {
  /**
   * The setting of docs/results.md, which has a warm-up beside, and epochs and pooling by task. Here there are as many
   * epochs as other methods have by default, because on pairs masks learn nothing in the first two.
   */
  recommended: { ...BESIDE, initialMask: "magnitude", learningRate: 2e-3 },
  quick: { layers: "all", learningRate: 3e-3, epochs: 2 },
  "prune-50": pruneTo(0.5),
  "prune-10": pruneTo(0.1),
  "prune-3": pruneTo(0.03),
  paper: {},
  finetune: { method: "finetune", learningRate: 1e-4, epochs: 3 },
  /** The LayerNorms are trained with them, as in Houlsby et al. 2019. */
  adapters: { method: "pattern", pattern: "layernorm-only", adapters: { size: 64 }, learningRate: 1e-3, epochs: 3 },
  head: { method: "pattern", pattern: "classifier-only", learningRate: 1e-2, dropout: 0, epochs: 4 },
  random: { method: "random-mask", learningRate: 1e-2, dropout: 0, epochs: 4 },
} as const satisfies Record<string, Partial<RunOptions>>;

/** A preset's options for a task of this kind: there is nothing to pool where the classifier reads every token. */
export function presetFor(preset: TrainingPreset, kind: TaskKind | undefined): Partial<RunOptions> {
  const { pooling, ...rest }: Partial<RunOptions> = TRAINING_PRESETS[preset];
  return pooling && kind && isPooled(kind) ? { ...rest, pooling } : rest;
}

/** What masks are trained by if nobody chooses. */
export const DEFAULT_PRESET = "recommended" satisfies keyof typeof TRAINING_PRESETS;

/** The options from which a run starts that is given these alone: the default preset, or nothing for other methods. */
export const defaultsFor = (given: Partial<RunOptions>): Partial<RunOptions> =>
  (given.method ?? "mask") === "mask" ? fitted(TRAINING_PRESETS[DEFAULT_PRESET], given) : {};

/**
 * A preset's options beside given ones. While top-k lets the kept share fall, all weights start on, so magnitudes order
 * the scores instead of choosing what starts off.
 */
export function fitted(preset: Partial<RunOptions>, { topK }: Partial<RunOptions>): Partial<RunOptions> {
  const falls = topK && topK.schedule !== "constant";
  return falls && preset.initialMask === "magnitude" ? { ...preset, initialMask: "magnitude-order" } : preset;
}

export type TrainingPreset = keyof typeof TRAINING_PRESETS;
export const TRAINING_PRESET_IDS = Object.keys(TRAINING_PRESETS) as TrainingPreset[];

/** The options that no preset sets. */
const FREE: readonly string[] = ["model", "task", "out", "device", "seed", "maskSeed"] satisfies (keyof RunOptions)[];

export interface PresetDifference {
  readonly preset: TrainingPreset;
  /** The options that differ from the preset, each in the form "epochs 5". */
  readonly changes: readonly string[];
}

/** The preset closest to a run's options, and the options that differ from it. */
export function nearestPreset(options: RunOptions): PresetDifference {
  const all = TRAINING_PRESET_IDS.map((preset) => ({ preset, changes: changesOf(options, preset) }));
  return all.reduce((nearest, one) => (one.changes.length < nearest.changes.length ? one : nearest));
}

/** The complete options of each preset. They are the same for all runs, except for those in `FREE`. */
const standards = onDemand(
  () =>
    new Map(
      TRAINING_PRESET_IDS.map((preset) => {
        return [preset, parseRunOptions({ ...TRAINING_PRESETS[preset], model: ".", task: ".", out: "." })] as const;
      }),
    ),
);

function changesOf(options: RunOptions, preset: TrainingPreset): string[] {
  const standard = standards().get(preset)!;
  const keys = Object.keys(standard) as (keyof RunOptions)[];
  return keys
    .filter((key) => !FREE.includes(key) && JSON.stringify(options[key]) !== JSON.stringify(standard[key]))
    .map((key) => `${key} ${valueText(options[key])}`);
}

function valueText(value: RunOptions[keyof RunOptions]): string {
  if (value === null) return "none";
  if (typeof value !== "object" || Array.isArray(value)) return String(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}=${one}`)
    .join(",");
}
