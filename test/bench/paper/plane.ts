// The plane through a finetuned model and two masks of one task and run seed: is there one basin?

import { plane } from "../../../src/adaptation/landscape/plane.ts";
import { fixed } from "../../../src/numbers.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { heat } from "../../../src/study/report/svg.ts";
import { percent } from "../../../src/study/report/text.ts";
import { adaptationsOf } from "../accuracy.ts";
import { CLAIM, NEARLY } from "./landscape.ts";
import { recipeMask } from "./sweeps.ts";
import { judged } from "./verdict.ts";

const TASK = "sst2";
const SIDE = 5;

export async function planeAnalysis(): Promise<ReportSection> {
  const [finetuned, masked] = [await adaptationsOf(TASK, "finetuned", [1]), await adaptationsOf(TASK, "masked", [1])];
  const { places } = await plane({
    ...{ corners: [finetuned[0]!, masked[0]!, await recipeMask()], points: SIDE },
    ...{ rows: 500, seed: 1, device: "cpu" },
  });
  const at = (u: number, v: number) => places.find((place) => place.u === u && place.v === v)!.test;
  const steps = Array.from({ length: SIDE }, (_, i) => i / (SIDE - 1));
  const all = places.map(({ test }) => test.metric);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const corners = [at(0, 0), at(1, 0), at(0, 1)].map(({ metric }) => metric);
  const inside = places.filter(({ u, v }) => u + v <= 1).map(({ test }) => test.metric);
  const fall = 100 * (Math.min(...corners) - Math.min(...inside));
  const names = { columns: steps.map((u) => `u ${u}`), rows: steps.toReversed().map((v) => `v ${v}`) };
  const alt = `Test accuracy of ${TASK} in percent on the plane through a finetuned model (u 0, v 0), a mask (u 1, v 0) and a mask of the paper's recipe (u 0, v 1)`;
  const section: ReportSection = {
    id: "plane",
    title: "The plane through a finetuned model and two masks",
    claim: CLAIM,
    text: [
      `${TASK}, run seed 1. A (u = 0, v = 0) is finetuned; B (u = 1) is the mask of results.md; C (v = 1) is a mask with the paper's recipe (uniform initial scores, nothing trained beside it). Between them: A + u·(B − A) + v·(C − A), all parameters, all test examples.`,
    ],
    table: {
      caption: `${TASK}: test accuracy in percent`,
      header: ["", ...names.columns],
      rows: steps.toReversed().map((v) => [`v ${v}`, ...steps.map((u) => percent(at(u, v).metric))]),
    },
    figure: {
      alt,
      svg: heat(
        names.rows,
        names.columns,
        steps.toReversed().map((v) =>
          steps.map((u) => {
            const { metric } = at(u, v);
            return { text: percent(metric), share: most > least ? (2 * (metric - least)) / (most - least) - 1 : 0 };
          }),
        ),
        alt,
      ),
    },
  };
  return judged(
    section,
    fall <= NEARLY,
    `inside the triangle of the three, accuracy falls ${fixed(Math.max(0, fall), 1)} points below the worst corner (${corners.map((one) => percent(one)).join(", ")}). Nearly constant is taken as at most ${NEARLY} point.`,
  );
}
