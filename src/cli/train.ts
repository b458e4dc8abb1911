// masklens train: starts a run from flags or from a run.json, or resumes one from its folder.

import { existsSync } from "node:fs";
import path from "node:path";
import { readDescription } from "../data/description.ts";
import { InputError } from "../errors.ts";
import { readJsonObject } from "../json.ts";
import { controlSuffix } from "../mask/control.ts";
import { bytes, duration, grouped } from "../numbers.ts";
import { OPTIONS, parseRunOptions, type RunOptions } from "../recipe/options.ts";
import {
  DEFAULT_PRESET,
  defaultsFor,
  fitted,
  presetFor,
  TRAINING_PRESET_IDS,
  type TrainingPreset,
} from "../recipe/training-presets.ts";
import { didYouMean } from "../suggest.ts";
import { roughly } from "../train/duration.ts";
import type { Rehearsal } from "../train/estimate/rehearsal.ts";
import type { TrainResult } from "../train/events.ts";
import { quoted, visible } from "../visible.ts";
import { Stopped } from "../worker/errors.ts";
import { ProcessEnded } from "../worker/exit.ts";
import { type Arguments, type Flags, flagName } from "./arguments.ts";
import { type Command, JSON_FLAG, MEMORY_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { fromText, optionFlags } from "./option-flags.ts";
import { Progress, roomText } from "./progress.ts";
import { metricsTable, PRETRAINED } from "./tables/metrics.ts";
import { percent } from "./tables/table.ts";
import { print, printJson, type Terminal } from "./terminal.ts";

/** The length, in characters, of the longest note that is shown whole. */
const LONGEST_NOTE = 5000;
/** The length, in characters, of the longest path that is shown whole. */
const LONGEST_PATH = 500;

const flags: Flags = {
  ...optionFlags(OPTIONS().shape),
  preset: {
    value: TRAINING_PRESET_IDS.join("|"),
    explanation: `start from these options, those of the editor's presets (default for method mask: ${DEFAULT_PRESET}); other flags replace them; the defaults shown for these are those of the preset paper`,
  },
  run: { value: "FILE", explanation: "read all options from a run.json instead of flags" },
  resume: { value: "RUN", explanation: "resume the run in this folder from its last checkpoint" },
  "dry-run": {
    explanation: "check everything, estimate memory and time from a few steps that are thrown away, and write nothing",
  },
  memory: MEMORY_FLAG,
  json: JSON_FLAG,
};

export const command: Command = {
  summary: "train a mask or a baseline for one task",
  usage: ["train --model DIR --task FILE.task.json --out RUN [flags]", "train --run run.json", "train --resume RUN"],
  about:
    "Trains a binary mask over the frozen weights of a pretrained language model (or, as a baseline, finetunes it) and writes the adaptation, run.json with all options, log.jsonl and, until the run is finished, a checkpoint to the folder RUN. The state with the best validation metric is kept and evaluated once on the test split. Ctrl+C stops after the current step; --resume continues exactly where the run stopped.",
  flags,
  flagsOnly: true,
  examples: [
    [
      "masklens train --model models/bert-base-uncased --task sst2.task.json --out masks/sst2",
      "the recommended recipe, close to the one that is on par with finetuning in docs/results.md: a mask of all layers, with LayerNorms, biases and classifier trained beside it",
    ],
    [
      "masklens train --model DIR --task FILE --out masks/b --epochs 4 --mask-seed 2",
      "a shorter run, with different initial scores",
    ],
    [
      "masklens train --model DIR --task FILE --out masks/c --preset paper",
      "the paper's recipe: initial sparsity 5 %, learning rate 0.001, 10 epochs, all layers except the lowest",
    ],
    [
      "masklens train --model DIR --task FILE --out masks/d --preset prune-50",
      "a mask that keeps half of each matrix; LayerNorms, biases and classifier are trained beside it",
    ],
    ["masklens train --model DIR --task FILE --out masks/f --method finetune", "the baseline: all parameters"],
    [
      "masklens train --model DIR --task FILE --out masks/h --method pattern --pattern classifier-only --learning-rate 1e-2",
      "the baseline that trains only the classifier",
    ],
    [
      "masklens train --model DIR --task FILE --out masks/p --permute-labels 1",
      "a control: a mask trained on the same texts with permuted labels, as a reference for the overlap of other masks",
    ],
    ["masklens train --resume masks/sst2", "resumes after a crash, after Ctrl+C, or after the process was killed"],
  ],
  async run(given, terminal) {
    const ask = await requestOf(given);
    if (given.given.has("dry-run")) return dryRun(ask, given, terminal);
    const progress = new Progress(terminal.err);
    const result = await withCompute(
      terminal,
      async (compute, signal) => {
        try {
          const asking = { onEvent: progress.show.bind(progress), signal };
          return "folder" in ask ? await compute.ask("resume", ask, asking) : await compute.ask("train", ask, asking);
        } finally {
          progress.end();
        }
      },
      given.given.get("memory"),
    ).catch((error: unknown) => {
      throw howToGoOn(error, "folder" in ask ? ask.folder : ask.options.out);
    });
    if (given.given.has("json")) printJson(terminal, result);
    else print(terminal.out, resultText(result));
  },
};

/** Prints what a run would take. */
async function dryRun(
  ask: Awaited<ReturnType<typeof requestOf>>,
  { given }: Arguments,
  terminal: Terminal,
): Promise<void> {
  if ("folder" in ask)
    throw new InputError("a run that is resumed has been timed already", { at: "--dry-run" }, "omit --dry-run");
  const found = await withCompute(
    terminal,
    (compute, signal) => compute.ask("rehearse", ask, { signal }),
    given.get("memory"),
  );
  if (given.has("json")) printJson(terminal, found);
  else print(terminal.out, rehearsalText(found));
}

function rehearsalText({
  device,
  steps,
  stepsPerEpoch,
  room,
  peak,
  secondsPerStep,
  seconds,
  notes,
}: Rehearsal): string {
  const measured = peak === null ? "" : `; measured after these steps: ${bytes(peak)}`;
  const pace = secondsPerStep ? `, ${secondsPerStep.toPrecision(2)} s per step` : "";
  return `${[
    ...notes.map((note) => visible(note, LONGEST_NOTE)),
    `${grouped(steps)} steps, ${grouped(stepsPerEpoch)} per epoch, on ${device}`,
    `${roomText(room)}${measured}`,
    `time: about ${roughly(seconds)} with evaluations${pace}, as a few steps took here now`,
    "nothing was written",
  ].join("\n")}\n`;
}

/** The request to send. The options are parsed here, so that a bad option is reported before anything starts. */
async function requestOf({ given }: Arguments): Promise<{ options: RunOptions } | { folder: string }> {
  const file = given.get("run");
  const folder = given.get("resume");
  const keys = Object.keys(OPTIONS().shape).filter((key) => given.has(flagName(key)));
  const alone = file !== undefined ? "--run" : folder !== undefined ? "--resume" : undefined;
  const preset = given.get("preset");
  const flagged = [...(preset === undefined ? [] : ["preset"]), ...keys.map(flagName)];
  if (alone && (flagged.length || (file !== undefined && folder !== undefined)))
    throw new InputError(
      `${alone} reads all options from the run`,
      {},
      `omit ${flagged.map((flag) => `--${flag}`).join(", ") || "--resume"}, or specify all options as flags`,
    );
  if (folder !== undefined) return { folder: path.resolve(folder) };
  if (file !== undefined)
    return { options: parseRunOptions(await readJsonObject(file, "specify a run.json file"), file) };
  const options = Object.fromEntries(
    keys.map((key) => [key, fromText(OPTIONS().shape[key as keyof RunOptions], given.get(flagName(key))!)]),
  );
  const called = (key: string) => `--${flagName(key).replace(".", " ")}`;
  const from = preset === undefined ? defaultsFor(options) : fitted(await presetOf(preset, given.get("task")), options);
  return { options: parseRunOptions({ ...from, ...options }, { called }) };
}

async function presetOf(name: string, task: string | undefined): Promise<Partial<RunOptions>> {
  if (isPreset(name))
    return presetFor(name, task === undefined ? undefined : (await readDescription(task)).description.kind);
  throw new InputError(
    `unknown preset ${quoted(name)}`,
    { at: "--preset" },
    didYouMean(name, TRAINING_PRESET_IDS, `choose ${TRAINING_PRESET_IDS.join(", ")}`),
  );
}

const isPreset = (name: string): name is TrainingPreset => TRAINING_PRESET_IDS.some((id) => id === name);

/** If a run was stopped or its process ended, adds to the error how to resume the run, provided its run.json exists. */
function howToGoOn(error: unknown, folder: string): unknown {
  const further = existsSync(path.join(folder, "run.json")) && `to resume: masklens train --resume ${shorter(folder)}`;
  if (error instanceof Stopped) return new Stopped(further ? `stopped; ${further}` : "stopped");
  if (error instanceof ProcessEnded && further)
    return new ProcessEnded(`${error.message} The run is safe up to its last checkpoint; ${further}`, error.printed);
  return error;
}

function resultText(result: TrainResult): string {
  const { adaptation, steps, seconds, sparsity, bytes: size, pretrained, validation, test, permuteLabels } = result;
  const zeros = sparsity === null ? "" : `, sparsity ${percent(sparsity)} %`;
  const how = `masklens ${adaptation.endsWith(".mask.safetensors") ? "info" : "evaluate"} ${shorter(adaptation)}`;
  return `${metricsTable("", [
    ...(pretrained ? [[PRETRAINED, pretrained] as const] : []),
    ["validation", validation],
    ["test", test],
  ])}
${shorter(adaptation)}${controlSuffix(permuteLabels)}: ${bytes(size)}${zeros}, ${grouped(steps)} ${steps === 1 ? "step" : "steps"} in ${duration(seconds)}
inspect it: ${how}
`;
}

/** A path for display: relative if it is below the current folder, with control characters escaped. */
export function shorter(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return visible(relative && !relative.startsWith("..") ? relative : file, LONGEST_PATH);
}
