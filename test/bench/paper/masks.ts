// How alike the masks of five tasks are, which weights one task alone prunes, and whether finetuning moves what masks prune.

import { baseWeightsOf } from "../../../src/adaptation/base.ts";
import { readAdaptation, readMask } from "../../../src/adaptation/read.ts";
import { liftOf } from "../../../src/mask/beside/moved.ts";
import { fixed } from "../../../src/numbers.ts";
import { spreadOf } from "../../../src/spread.ts";
import { agreedAmong, movedBetween } from "../../../src/study/report/compared.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { agreedSection, type MovedPair, movedSection } from "../../../src/study/report/masks.ts";
import { similaritySection } from "../../../src/study/report/sections.ts";
import { similarityOf } from "../../../src/study/report/similarity.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import { adaptationsOf, type Measured, SEEDS } from "../accuracy.ts";
import { minilm } from "../tasks.ts";
import { judged } from "./verdict.ts";

const TASKS: readonly Measured[] = ["sst2", "sentiment", "subj", "trec", "agnews"];
/** Trained with both methods for the accuracy page. */
const FINETUNED: readonly Measured[] = ["sst2", "subj", "trec"];

export async function similarityAnalysis(): Promise<ReportSection> {
  const compared = [];
  for (const task of TASKS)
    for (const [i, file] of (await adaptationsOf(task, "masked")).entries())
      compared.push({ mask: await readMask(file), name: `${task} ${SEEDS[i]}`, task });
  const weightsOf = await baseWeightsOf(
    compared.map(({ mask }) => mask),
    {},
  );
  const similarity = similarityOf(compared, weightsOf);
  const { lift, heads, d } = similarity.rand;
  return judged(
    similaritySection(similarity),
    null,
    `${TASKS.length} tasks with ${SEEDS.length} seeds each, clustered into as many groups: the adjusted Rand index is ${fixed(lift, 3)} by lift, ${fixed(heads, 3)} by the correlation of heads' z, and ${fixed(d, 3)} by d. All masks start from the same weights' magnitudes, so that d does not see different draws.`,
  );
}

export async function agreedAnalysis(): Promise<ReportSection> {
  const masks = [];
  // A seed for each task, because one seed makes masks more alike.
  for (const [i, task] of FINETUNED.entries())
    masks.push(await readMask((await adaptationsOf(task, "masked", [SEEDS[i]!]))[0]!));
  const names = FINETUNED.map((task, i) => `${task}, seed ${SEEDS[i]}`);
  return agreedSection(names, (await agreedAmong(masks, minilm()))!, []);
}

/** Which finetuned copy a mask is compared with. */
const COPIES = {
  "same task and run seed": (task: number, seed: number) => [task, seed],
  "same task, other run seed": (task: number, seed: number) => [task, (seed + 1) % SEEDS.length],
  "other task and run seed": (task: number, seed: number) => [(task + 1) % FINETUNED.length, (seed + 1) % SEEDS.length],
} as const satisfies Record<string, (task: number, seed: number) => readonly number[]>;

export async function movedAnalysis(): Promise<ReportSection> {
  const copies: string[][] = [];
  for (const task of FINETUNED) copies.push(await adaptationsOf(task, "finetuned"));
  const lifts = new Map<string, number[]>();
  const pairs: MovedPair[] = [];
  for (const [task, name] of FINETUNED.entries())
    for (const [seed, file] of (await adaptationsOf(name, "masked")).entries()) {
      const mask = await readMask(file);
      for (const [which, copyOf] of Object.entries(COPIES)) {
        const [other, otherSeed] = copyOf(task, seed) as [number, number];
        const tuned = await readAdaptation(copies[other]![otherSeed]!);
        const moved = tuned.format === "tuned" ? await movedBetween(mask, tuned, minilm()) : undefined;
        if (!moved) continue;
        const copy = `${FINETUNED[other]} ${SEEDS[otherSeed]}`;
        pairs.push({ name: `mask ${name} ${SEEDS[seed]}, finetuned ${copy}`, moved });
        lifts.set(which, [...(lifts.get(which) ?? []), liftOf(moved)!.value]);
      }
    }
  const text = [...lifts].map(([which, values]) => {
    return `${which} ${spreadText(spreadOf(values), (value) => fixed(value, 2))} (${values.length} pairs)`;
  });
  return judged(
    movedSection(pairs),
    null,
    `lift, mean ± standard deviation over pairs: ${text.join("; ")}. What runs of different tasks share is not of the task; one run seed gives both runs the same classifier, order of examples and dropout.`,
  );
}
