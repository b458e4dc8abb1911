// Distillation: a run learns from a teacher's logits as well as from labels (Hinton, Vinyals, Dean 2015, arXiv 1503.02531;
// for masks, Jiang et al. 2022, arXiv 2210.06210).

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, positive, type Read, worded } from "../schema.ts";
import { filePath } from "./option-parts.ts";

/** The option `distill` of a run. */
export const DISTILLATION = onDemand(() =>
  worded(
    z.strictObject({
      teacher: explained(
        filePath("an adaptation's file"),
        "adaptation of the same base model and labels to learn from",
      ),
      weight: explained(z._default(positive(1), 0.5), "the teacher's share of the loss; labels have the rest"),
      temperature: explained(z._default(positive(1000), 2), "temperature by which both models' logits are divided"),
    }),
    "teacher=FILE,[weight=…],[temperature=…]",
  ),
);
export type Distillation = Read<typeof DISTILLATION>;
