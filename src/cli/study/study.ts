// masklens study: makes, trains and summarizes studies, which are many runs under one plan.

import { InputError } from "../../errors.ts";
import { EXTRAS } from "../../study/report/extras.ts";
import { didYouMean } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import type { Arguments, Flags } from "../arguments.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { printCells } from "./cells.ts";
import { makeStudy, PRESET_HELP } from "./new.ts";
import { printReport } from "./report.ts";
import { updateResults } from "./results.ts";
import { runStudy } from "./run.ts";
import { exportScalars } from "./tensorboard.ts";

const flags: Flags = {
  "at-once": { value: "N", explanation: "run: cells to train at the same time (default 1; on Slurm, no limit)" },
  reuse: {
    value: "DIR",
    many: true,
    explanation:
      "run: folders with finished runs, such as other studies; a cell with the same options, base model and data as one of them is linked, not trained again",
  },
  measure: {
    explanation:
      "run: train a few steps of each kind of cell first, in a temporary folder, so that the time is known before the study starts",
  },
  slurm: { explanation: "run: submit the cells to Slurm as a job array, and follow it" },
  partition: { value: "NAME", explanation: "run --slurm: the partition" },
  time: {
    value: "TIME",
    explanation:
      "run --slurm: the time limit of a job, as for sbatch, such as 4:00:00; a cell that reaches it stops at a checkpoint and is requeued",
  },
  sbatch: { value: "TEXT", explanation: 'run --slurm: more flags for sbatch, as in --sbatch="--gres=gpu:1 --mem=16G"' },
  model: { value: "DIR", many: true, explanation: "new: folders of the base models" },
  task: { value: "FILE", many: true, explanation: "new: task files" },
  out: {
    value: "DIR",
    explanation:
      "new: folder to make the study in; tensorboard: folder to write the event files to; report: folder to write the report to, if not the study's",
  },
  ensembles: { explanation: "report: also evaluate each group's seeds together, on the test examples" },
  transfer: { explanation: "report: also evaluate each group on the other tasks that have the same labels" },
  representations: {
    explanation: "report: also compare how well the vectors of each group's first finished cell separate the labels",
  },
  device: DEVICE_FLAG,
  json: JSON_FLAG,
};

interface Action {
  /** The name of what follows the action's name. */
  readonly takes: string;
  readonly flags: readonly string[];
  run(what: string, given: Arguments, terminal: Terminal): Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  new: { takes: "PRESET", flags: ["model", "task", "out"], run: makeStudy },
  run: {
    takes: "STUDY",
    flags: ["at-once", "reuse", "measure", "slurm", "partition", "time", "sbatch", "json"],
    run: runStudy,
  },
  cells: { takes: "STUDY", flags: ["reuse"], run: printCells },
  results: { takes: "STUDY", flags: ["json"], run: updateResults },
  report: { takes: "STUDY", flags: ["out", ...EXTRAS, "device", "json"], run: printReport },
  tensorboard: { takes: "STUDY", flags: ["out"], run: exportScalars },
};

export const command: Command = {
  summary: "train many runs under one plan, here or on a cluster, and compare them",
  usage: [
    "study new PRESET --model DIR… --task FILE… --out STUDY",
    "study run STUDY [--at-once N] [--reuse DIR…] [--measure | --slurm …] [--json]",
    "study cells STUDY [--reuse DIR…]",
    "study results STUDY [--json]",
    "study report STUDY [--ensembles] [--transfer] [--representations] [--out DIR] [--json]",
    "study tensorboard STUDY --out DIR",
  ],
  about: `A study is a folder with a plan, study.json: base models, tasks, methods, options that vary, and seeds. Each of their combinations is a cell, an ordinary run in cells/NNN. run checks all cells before the first one starts, trains those that are not finished, and writes a line for each to results.jsonl; Ctrl+C stops the cells at a checkpoint, and the same command continues. A cell that fails does not stop the others, and is tried again by the next run. cells prints a shell command for each cell that is left to train, for GNU parallel, Ray and other engines; results collects what they have finished. report writes what they show as one HTML file that needs nothing else and as Markdown with figures: results, sweeps of options that vary, memory against the number of tasks, how alike the masks are, which weights one task alone prunes, whether finetuning moves what masks prune, and how to repeat it. tensorboard writes losses, sparsities and metrics as event files. new makes a study from a preset: ${PRESET_HELP}. masklens info STUDY shows the state of all cells, and the mean over seeds of each group.`,
  flags,
  examples: [
    [
      "masklens study new seeds --model models/bert-base-uncased --task sst2.task.json --out studies/seeds",
      "a plan with five seeds; edit study.json before it runs",
    ],
    ["masklens study run studies/seeds --at-once 2", "trains two cells at a time, or resumes them"],
    ["masklens study run studies/sweep --reuse studies/seeds masks", "links cells that were trained there already"],
    [
      'masklens study run studies/seeds --slurm --partition gpu --time 4:00:00 --sbatch="--gres=gpu:1"',
      "trains the cells on a cluster",
    ],
    ["masklens study cells studies/seeds | parallel -j 4", "trains the cells with GNU parallel"],
  ],
  async run(given, terminal) {
    const [name, what, ...more] = given.positionals;
    const action = name !== undefined && Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    const names = Object.keys(ACTIONS);
    if (!action)
      throw new InputError(
        name === undefined ? "study needs an action" : `unknown action ${quoted(name)}`,
        {},
        didYouMean(name ?? "", names, `choose from ${names.join(", ")}`),
      );
    if (what === undefined || more.length)
      throw new InputError(`study ${name} takes one ${action.takes}`, {}, `run masklens study ${name} ${action.takes}`);
    const other = [...given.given.keys()].find((flag) => !action.flags.includes(flag));
    if (other !== undefined)
      throw new InputError(
        `study ${name} does not use --${other}`,
        {},
        action.flags.length ? `choose from ${action.flags.map((flag) => `--${flag}`).join(", ")}` : "omit it",
      );
    await action.run(what, given, terminal);
  },
};
