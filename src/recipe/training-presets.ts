// Presets of a run's options, and how a run's options differ from them.

import { onDemand } from "../on-demand.ts";
import { parseRunOptions, type RunOptions } from "./options.ts";

/**
 * Options that a preset omits have their default values. The quick preset is first, because it is the fastest way for a
 * new user to get a mask.
 */
export const TRAINING_PRESETS = {
  quick: { layers: "all", learningRate: 3e-3, epochs: 2 },
  /** Close to the setting of docs/results.md, which has a warm-up, and epochs and pooling by task. */
  auxiliary: {
    ...{ layers: "all", initialMask: "magnitude", learningRate: 2e-3, schedule: "linear", epochs: 4 },
    ...{
      classifier: "trained",
      auxiliary: { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 },
    },
  },
  paper: {},
  finetune: { method: "finetune", learningRate: 1e-4, epochs: 3 },
  /** The LayerNorms are trained with them, as in Houlsby et al. 2019. */
  adapters: { method: "pattern", pattern: "layernorm-only", adapters: { size: 64 }, learningRate: 1e-3, epochs: 3 },
  head: { method: "pattern", pattern: "classifier-only", learningRate: 1e-2, dropout: 0, epochs: 4 },
  random: { method: "random-mask", learningRate: 1e-2, dropout: 0, epochs: 4 },
} as const satisfies Record<string, Partial<RunOptions>>;

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
