// masklens evaluate: computes adaptations' metrics on a split, and their differences on the same examples.

import path from "node:path";
import { INTERVALS_OVER } from "../adaptation/intervals.ts";
import { readMetadata } from "../adaptation/metadata.ts";
import { readTask } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { controlSuffix } from "../mask/control.ts";
import { visible } from "../visible.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MEMORY_FLAG, MODEL_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { oneOf, pathsOf } from "./flag-values.ts";
import { comparisonsTable } from "./tables/comparisons.ts";
import { ensemblesTable } from "./tables/ensembles.ts";
import { metricsTable } from "./tables/metrics.ts";
import { print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

const BASE_MODEL = "pretrained, without a mask";

export const command: Command = {
  summary: "evaluate adaptations on a task's validation or test split",
  usage: ["evaluate ADAPTATION… [--task FILE] [--split validation|test] [--model DIR] [--examples FILE] [--ensembles]"],
  about:
    "Evaluates each adaptation on the task that it was trained on, or on another task with the same number of labels. Language tasks have perplexity and bits per byte; generation tasks also BLEU, chrF and exact match of generated texts (by the model's own settings, without sampling). For perplexity and bits per byte lower is better. Each metric has a 95 % interval: Wilson's for accuracy, a bootstrap over examples for the others (over whole sentences in tagging tasks, over whole documents in document tasks, over blocks of text in language tasks). Adaptations of the same task are compared on the same examples: the difference in the task's metric with its interval and, for accuracy, McNemar's exact test, corrected for the number of comparisons (Holm). With --json, precision, recall and F1 of each label, the confusion matrix and the calibration are added. The base model's weights are loaded once and shared.",
  flags: {
    task: { value: "FILE", explanation: "task file, if not the task that the adaptation was trained on" },
    split: { value: "validation|test", explanation: "split to evaluate on (default test)" },
    model: MODEL_FLAG,
    examples: {
      value: "FILE",
      explanation:
        "write each example's label, prediction, probabilities and loss (or its source, target, generated text and loss) to a file, one JSON line per adaptation",
    },
    ensembles: {
      explanation:
        "also let all adaptations of a task vote: by the sum of their logits, of their probabilities, and by majority",
    },
    device: DEVICE_FLAG,
    memory: MEMORY_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens evaluate masks/sst2/sst2.mask.safetensors", "the test split of its own task"],
    [
      "masklens evaluate masks/a/a.mask.safetensors masks/b/b.mask.safetensors",
      "two adaptations of the same task, and how they differ",
    ],
    ["masklens evaluate masks/*/*.safetensors --split validation --json", "all adaptations, for a script"],
    ["masklens evaluate masks/sst2-*/*.mask.safetensors --ensembles", "masks of one task with several seeds, together"],
    [
      "masklens evaluate masks/a/a.mask.safetensors --examples examples.jsonl",
      "each example with its probabilities and loss, for pandas or jq",
    ],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("evaluate takes one or more adaptations", {}, "run masklens evaluate FILE");
    const split = oneOf(["validation", "test"], "split", given, "test");
    const named = adaptationsOf(positionals, given);
    const file = given.get("examples");
    await checkWanted(named.adaptations, given);
    const more = {
      details: given.has("json"),
      ...(given.has("ensembles") && { ensembles: true }),
      ...(file !== undefined && { examples: { file: path.resolve(file), most: Number.POSITIVE_INFINITY } }),
    };
    const { examples: _, ...evaluations } = await withCompute(
      terminal,
      (compute, signal) =>
        compute.ask("evaluate", { ...named, split, ...tasksOf(named.adaptations, given), ...more }, { signal }),
      given.get("memory"),
    );
    for (const note of new Set(evaluations.adaptations.flatMap(({ notes }) => notes)))
      print(terminal.err, `${visible(note)}\n`);
    if (given.has("json")) return printJson(terminal, evaluations);
    const { adaptations, comparisons } = evaluations;
    const names = new Map(
      adaptations.map(({ adaptation, permuteLabels }) => [
        adaptation,
        shorter(adaptation) + controlSuffix(permuteLabels),
      ]),
    );
    const name = (adaptation: string) => names.get(adaptation)!;
    const alone = new Map(
      adaptations.flatMap(({ pretrained, task }) =>
        pretrained ? [[JSON.stringify([task.file, pretrained]), pretrained]] : [],
      ),
    );
    const metrics = metricsTable(split, [
      ...[...alone.values()].map((metrics) => [BASE_MODEL, metrics] as const),
      ...adaptations.map(({ adaptation, metrics }) => [name(adaptation), metrics] as const),
    ]);
    const kinds = new Set(adaptations.map(({ task }) => task.kind));
    const over = [...kinds].flatMap((kind) => (INTERVALS_OVER[kind] ? [`${INTERVALS_OVER[kind]}\n`] : []));
    if (evaluations.ensembles?.length === 0)
      print(terminal.err, "No two adaptations were evaluated on the same task file, so there is no ensemble.\n");
    const together = (evaluations.ensembles ?? []).map((one) => ensemblesTable(one, name));
    print(terminal.out, [metrics, ...over, comparisonsTable(comparisons, name), ...together].join(""));
  },
};

/** Throws an InputError if an adaptation's task has no labels to vote on, or no examples to write. */
async function checkWanted(files: readonly string[], given: ReadonlyMap<string, string>): Promise<void> {
  if (!given.has("ensembles") && !given.has("examples")) return;
  const task = given.get("task");
  const stated = task === undefined ? undefined : (await readTask(task)).kind;
  for (const file of files) {
    const kind = stated ?? (await readMetadata(file)).task.kind;
    if (given.has("ensembles") && ["language", "generation"].includes(kind))
      throw new InputError(`a ${kind} task has no labels to vote on`, { file }, "omit --ensembles");
    if (given.has("examples") && kind === "language")
      throw new InputError(
        "a language task is evaluated on blocks of its texts, so it has no examples to write",
        { file },
        "omit --examples",
      );
  }
}

/** Assigns the given task file, if any, to all adaptations. */
function tasksOf(
  files: readonly string[],
  given: ReadonlyMap<string, string>,
): { tasks?: Readonly<Record<string, string>> } {
  const task = given.get("task");
  return task === undefined ? {} : { tasks: Object.fromEntries(files.map((file) => [file, path.resolve(task)])) };
}

/** The parameters of a request about adaptations. */
export function adaptationsOf(
  files: readonly string[],
  given: ReadonlyMap<string, string>,
): { adaptations: string[]; model?: string; device: string } {
  return {
    adaptations: files.map((file) => path.resolve(file)),
    device: given.get("device") ?? "auto",
    ...pathsOf(given, "model"),
  };
}
