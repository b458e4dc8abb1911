// LNA: LayerNorms and attention instead of all parameters, beside masks, BitFit and full finetuning.

import type { Work } from "../work.ts";
import { ENCODER_METHODS, ENCODER_TASKS, encoderTask, KNOWN_METHODS } from "./encoders.ts";
import { sectionOf, verdictOf } from "./page.ts";
import { Lines, measureMethod } from "./runs.ts";
import { digitsBase, SEQUENCE_METHODS, sequenceTask } from "./sequences.ts";
import { addShares } from "./shares.ts";
import { addRegression, TONE_METHODS, toneTask } from "./tones.ts";

export const lna: Work = {
  name: "lna",
  title: "LNA: LayerNorms and attention",
  source: "[Li et al. 2020](https://arxiv.org/abs/2010.12829)",
  command: "masklens train --method pattern --pattern lna",
  page: "run page, runs, study page",
  claim: "the quality of full finetuning with 10 to 50 % of the parameters",
  async measure() {
    const lines = new Lines();
    await digitsBase();
    const [tones, digits] = [toneTask(), sequenceTask()];
    const encoders = ENCODER_TASKS.map(encoderTask);
    await addShares(lines, tones, TONE_METHODS);
    await addShares(lines, digits, SEQUENCE_METHODS);
    for (const task of encoders) await addShares(lines, task, { ...KNOWN_METHODS, ...ENCODER_METHODS });
    addRegression(lines);
    for (const [name, method] of Object.entries(TONE_METHODS)) await measureMethod(lines, tones, name, method);
    for (const [name, method] of Object.entries(SEQUENCE_METHODS)) await measureMethod(lines, digits, name, method);
    for (const task of encoders)
      for (const [method, own] of Object.entries(ENCODER_METHODS)) await measureMethod(lines, task, method, own);
  },
  section: () => sectionOf(new Lines()),
  verdict: () => verdictOf(new Lines()),
};
