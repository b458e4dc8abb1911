// How often the adaptation that fits a text best is that of the text's task.

import { fitsOf } from "../../../src/adaptation/fit.ts";
import { Loaded } from "../../../src/adaptation/loaded.ts";
import { readTask } from "../../../src/data/task.ts";
import { mean, spreadOf } from "../../../src/spread.ts";
import type { Measured } from "../accuracy.ts";
import { taskFile } from "../tasks.ts";

/** Texts of each task. */
const TEXTS = 60;

/** What is compared, of each adaptation's answer; the smallest is chosen. */
const RULES = ["relative", "entropy", "centred", "standardized"] as const;
export type Rule = (typeof RULES)[number];

export interface Hits {
  readonly tasks: readonly Measured[];
  readonly texts: number;
  /** By rule: how many texts of each task (rows) each task's mask (columns) was chosen for. */
  readonly chosen: Readonly<Record<Rule, readonly (readonly number[])[]>>;
  /** By rule: for each text, in the order of the tasks, 1 if its own task's mask was chosen, otherwise 0. */
  readonly right: Readonly<Record<Rule, string>>;
  /** The shares of each task's texts that its own mask answers correctly. */
  readonly accuracy: readonly number[];
  /** The mean relative entropy of each mask (columns) over the texts of each task (rows). */
  readonly means: readonly (readonly number[])[];
  /** That of each mask over the validation texts of its own task, and the standard deviation. */
  readonly own: readonly { readonly mean: number; readonly deviation: number }[];
}

interface Answer {
  readonly label: string;
  readonly entropy: number;
  readonly relative: number;
}

async function textsOf(task: Measured, split: "validation" | "test"): Promise<{ texts: string[]; labels: string[] }> {
  const { splits, labels } = await readTask(taskFile(task));
  const examples = splits[split] as readonly { readonly text: string; readonly label: number }[];
  const some = Array.from({ length: TEXTS }, (_, i) => examples[Math.floor((i * examples.length) / TEXTS)]!);
  return { texts: some.map(({ text }) => text), labels: some.map(({ label }) => labels[label]!) };
}

/** For each text, the answer of each of these loaded adaptations. */
async function answersOf(loaded: Loaded, texts: readonly string[], only: readonly string[]): Promise<Answer[][]> {
  const found: Answer[] = [];
  for await (const prediction of loaded.predict(texts, undefined, only)) {
    const { entropy, relative } = fitsOf([prediction])[0]!;
    found.push({ label: prediction.label, entropy, relative });
  }
  return texts.map((_, i) => found.slice(i * only.length, (i + 1) * only.length));
}

/** `files`: the mask of each task. */
export async function hitsOf(tasks: readonly Measured[], files: readonly string[]): Promise<Hits> {
  const loaded = new Loaded();
  await loaded.load(files, {}, "cpu");
  const own: { mean: number; deviation: number }[] = [];
  for (const [i, task] of tasks.entries()) {
    const { texts } = await textsOf(task, "validation");
    const values = (await answersOf(loaded, texts, [files[i]!])).map(([answer]) => answer!.relative);
    const { mean, deviation } = spreadOf(values)!;
    own.push({ mean, deviation: deviation! });
  }
  const value: Record<Rule, (answer: Answer, mask: number) => number> = {
    relative: ({ relative }) => relative,
    entropy: ({ entropy }) => entropy,
    centred: ({ relative }, mask) => relative - own[mask]!.mean,
    standardized: ({ relative }, mask) => (relative - own[mask]!.mean) / own[mask]!.deviation,
  };
  const chosen = Object.fromEntries(RULES.map((rule) => [rule, tasks.map(() => tasks.map(() => 0))])) as Record<
    Rule,
    number[][]
  >;
  const right: Record<Rule, string> = { relative: "", entropy: "", centred: "", standardized: "" };
  const accuracy: number[] = [];
  const means: number[][] = [];
  for (const [row, task] of tasks.entries()) {
    const { texts, labels } = await textsOf(task, "test");
    const answers = await answersOf(loaded, texts, files);
    for (const rule of RULES)
      for (const given of answers) {
        const values = given.map(value[rule]);
        const smallest = values.indexOf(Math.min(...values));
        chosen[rule][row]![smallest]!++;
        right[rule] += smallest === row ? "1" : "0";
      }
    accuracy.push(mean(answers.map((given, i) => Number(given[row]!.label === labels[i]))));
    means.push(tasks.map((_, mask) => mean(answers.map((given) => given[mask]!.relative))));
    process.stderr.write(`${task}: ${RULES.map((rule) => `${rule} ${chosen[rule][row]![row]}`).join(", ")}\n`);
  }
  await loaded.load([], {}, "cpu");
  return { tasks, texts: TEXTS, chosen, right, accuracy, means, own };
}
