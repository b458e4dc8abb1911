// masklens evaluate: scores of adaptations on a split.

import path from "node:path";
import { InputError } from "../errors.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { scoresTable } from "./scores-table.ts";
import { printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

export const command: Command = {
  summary: "score adaptations on a task's validation or test split",
  usage: ["evaluate ADAPTATION… [--task FILE] [--split validation|test] [--model DIR]"],
  about:
    "Scores each adaptation on the task that it was trained on, or on another whose labels are as many, each score with its 95 % interval (Wilson's for accuracy, percentiles of a bootstrap for the others). The base model's weights are loaded once for all.",
  flags: {
    task: { value: "FILE", explanation: "another task file than the one trained on" },
    split: { value: "validation|test", explanation: "which rows (default test)" },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens evaluate masks/sst2/sst2.mask.safetensors", "the test split of its own task"],
    ["masklens evaluate masks/*/*.safetensors --split validation --json", "all adaptations, for a script"],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("evaluate takes one or more adaptations", {}, "write masklens evaluate FILE");
    const split = given.get("split") ?? "test";
    if (split !== "validation" && split !== "test")
      throw new InputError(`there is no split ${JSON.stringify(split)}`, { at: "--split" }, "give validation or test");
    const named = adaptationsOf(positionals, given);
    const evaluations = await withCompute(terminal, (compute, signal) =>
      compute.ask("evaluate", { ...named, split, ...tasksOf(named.adaptations, given) }, { signal }),
    );
    if (given.has("json")) return printJson(terminal, evaluations);
    terminal.out.write(
      scoresTable(
        `${split}, %`,
        evaluations.map(({ adaptation, scores }) => [shorter(adaptation), scores] as const),
      ),
    );
  },
};

/** One task for all, where it is given. */
function tasksOf(
  files: readonly string[],
  given: ReadonlyMap<string, string>,
): { tasks?: Readonly<Record<string, string>> } {
  const task = given.get("task");
  return task === undefined ? {} : { tasks: Object.fromEntries(files.map((file) => [file, path.resolve(task)])) };
}

/** What the compute process is told of adaptations; it stands in a folder of its own, so paths are absolute. */
export function adaptationsOf(
  files: readonly string[],
  given: ReadonlyMap<string, string>,
): { adaptations: string[]; model?: string; device: string } {
  const model = given.get("model");
  return {
    adaptations: files.map((file) => path.resolve(file)),
    device: given.get("device") ?? "auto",
    ...(model !== undefined && { model: path.resolve(model) }),
  };
}
