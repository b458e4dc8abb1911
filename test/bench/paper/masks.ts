// How alike the masks of five tasks are, which weights one task alone prunes, and whether finetuning moves what masks prune.

import { baseWeightsOf } from "../../../src/adaptation/base.ts";
import { readAdaptation, readMask } from "../../../src/adaptation/read.ts";
import { fixed } from "../../../src/numbers.ts";
import { agreedAmong, movedBetween } from "../../../src/study/report/compared.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { agreedSection, type MovedPair, movedSection } from "../../../src/study/report/masks.ts";
import { similaritySection } from "../../../src/study/report/sections.ts";
import { similarityOf } from "../../../src/study/report/similarity.ts";
import { adaptationsOf, type Measured, SEEDS } from "../accuracy.ts";
import { judged } from "./verdict.ts";

const TASKS: readonly Measured[] = ["sst2", "subj", "trec", "agnews", "mrpc"];
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
  const { lift, d } = similarity.rand;
  return judged(
    { ...similaritySection(similarity), claim: "masks of different tasks differ, and those of similar tasks less." },
    null,
    `${TASKS.length} tasks with ${SEEDS.length} seeds each, clustered into as many groups: the adjusted Rand index is ${fixed(lift, 3)} by lift and ${fixed(d, 3)} by d. All masks start from the same weights' magnitudes, so that d does not see different draws.`,
  );
}

export async function agreedAnalysis(): Promise<ReportSection> {
  const masks = [];
  for (const task of TASKS) masks.push(await readMask((await adaptationsOf(task, "masked", [1]))[0]!));
  const agreed = await agreedAmong(masks);
  return agreedSection(TASKS, agreed!);
}

export async function movedAnalysis(): Promise<ReportSection> {
  const pairs: MovedPair[] = [];
  for (const task of FINETUNED) {
    const [masked, finetuned] = [await adaptationsOf(task, "masked"), await adaptationsOf(task, "finetuned")];
    for (const [i, seed] of SEEDS.entries()) {
      const tuned = await readAdaptation(finetuned[i]!);
      if (tuned.format !== "tuned") continue;
      const moved = await movedBetween(await readMask(masked[i]!), tuned);
      if (moved) pairs.push({ name: `${task}, seed ${seed}`, moved });
    }
  }
  return movedSection(pairs);
}
