// LNA: LayerNorms and attention instead of all parameters, beside masks, BitFit and full finetuning.

import { Finished } from "../../finished.ts";
import type { Work } from "../work.ts";
import { ENCODER_METHODS, ENCODER_TASKS, encoderTask } from "./encoders.ts";
import { keyOf, type LnaCell, measureMethod } from "./runs.ts";
import { digitsBase, SEQUENCE_METHODS, sequenceTask } from "./sequences.ts";
import { TONE_METHODS, toneTask } from "./tones.ts";

const finished = () => new Finished<LnaCell>("docs/neighbours/lna.jsonl", keyOf);

export const lna: Work = {
  name: "lna",
  title: "LNA: LayerNorms and attention",
  source: "[Li et al. 2020](https://arxiv.org/abs/2010.12829)",
  command: "masklens train --method pattern --pattern lna",
  page: "Run, Runs, Study",
  claim: "the quality of full finetuning with 10 to 50 % of the parameters",
  async measure() {
    const cells = finished();
    for (const [name, method] of Object.entries(TONE_METHODS)) await measureMethod(cells, toneTask(), name, method);
    await digitsBase();
    for (const [name, method] of Object.entries(SEQUENCE_METHODS))
      await measureMethod(cells, sequenceTask(), name, method);
    for (const task of ENCODER_TASKS)
      for (const [name, method] of Object.entries(ENCODER_METHODS))
        await measureMethod(cells, encoderTask(task), name, method);
  },
  section: () => [],
  verdict: () => undefined,
};
