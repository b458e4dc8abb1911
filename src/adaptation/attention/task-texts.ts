// How far an adaptation's linear attention is from attention by softmax on examples of its task.

import { SPLITS } from "../../data/description.ts";
import type { Example } from "../../data/examples.ts";
import { drawn, Random } from "../../data/random.ts";
import { readTask } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import { taskFileOf } from "../evaluate.ts";
import { readAdaptation } from "../read.ts";
import { type Divergence, type DivergenceOptions, divergenceOf } from "./divergence.ts";

export interface AttentionOptions extends Omit<DivergenceOptions, "adaptation" | "texts"> {
  /** The file of an adaptation with linear attention. */
  readonly adaptation: string;
  /** The task file, if it is not the adaptation's own. */
  readonly task?: string | undefined;
  readonly split: "validation" | "test";
  /** The most examples, drawn with the seed. */
  readonly rows: number;
  readonly seed: number;
}

/** The divergences, and what they were measured on. */
export interface AttentionDivergence extends Divergence {
  readonly adaptation: string;
  readonly task: { readonly file: string; readonly name: string };
  readonly split: AttentionOptions["split"];
  readonly examples: number;
  readonly seed: number;
}

/** undefined if the signal fires first. Throws an InputError for whatever `divergenceOf` refuses, and for a split without examples. */
export async function attentionOf(options: AttentionOptions): Promise<AttentionDivergence | undefined> {
  const { adaptation, split, rows, seed } = options;
  const own = await readAdaptation(adaptation, options);
  const { run, task: trainedOn } = own.metadata;
  if (run.linearAttention && (trainedOn.attributes?.length || run.lengthAdaptor))
    throw new InputError(
      "it reads attributes or frame features, and attention is compared on texts alone",
      { file: own.file },
      "choose an adaptation that reads texts",
    );
  const file = await taskFileOf(own, options.task === undefined ? {} : { [own.file]: options.task });
  const task = await readTask(file);
  const all = task.splits[split];
  if (!all.length)
    throw new InputError(
      `its ${split} split has no examples to compare attention on`,
      { file },
      `choose another of ${SPLITS.slice(1).join(" and ")}`,
    );
  const chosen = drawn([...all.keys()], rows, new Random(seed, "attention texts"));
  const texts = chosen.map((index) => textOf(all[index]!));
  const found = await divergenceOf({ ...options, adaptation: own, texts });
  return found && { adaptation, task: { file, name: task.name }, split, examples: texts.length, seed, ...found };
}

/** What a model reads of an example, as one text; of a choice, its right continuation. */
function textOf(example: Example): string {
  if ("sentences" in example) return example.sentences.join(" ");
  if ("words" in example) return example.words.join(" ");
  if ("choices" in example) return `${example.text} ${example.choices[example.label]}`;
  if ("textPair" in example) return `${example.text} ${example.textPair}`;
  if ("text" in example) return example.text;
  return typeof example.source === "string" ? example.source : example.source.map(({ content }) => content).join("\n");
}
