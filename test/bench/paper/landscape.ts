// The path between a finetuned model and a masked one of the same task: the straight line, and a trained Bézier curve.

import { type Landscape, landscape } from "../../../src/adaptation/landscape/landscape.ts";
import { fixed } from "../../../src/numbers.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { lineChart, type Series } from "../../../src/study/report/line-chart.ts";
import { percent } from "../../../src/study/report/text.ts";
import { adaptationsOf, SEEDS } from "../accuracy.ts";
import { Finished } from "../finished.ts";
import { judged } from "./verdict.ts";

const TASK = "sst2";
const OPTIONS = { points: 11, steps: 200, learningRate: 1e-4, rows: 500, device: "cpu" } as const;
const CURVES = ["line", "bezier"] as const;
const NAMES = { line: "line", bezier: "Bézier curve" } as const;
export const CLAIM =
  "minima of finetuning and of masking are connected by a line segment with nearly constant test accuracy.";
/** Accuracy is taken as nearly constant if it falls at most so far below all ends, in points. */
export const NEARLY = 1;

interface Line {
  readonly curve: (typeof CURVES)[number];
  readonly seed: number;
  readonly places: Landscape["places"];
  readonly barrier: Landscape["barrier"];
}

export async function landscapeAnalysis(): Promise<ReportSection> {
  const finished = new Finished<Line>("docs/paper-landscape.jsonl", ({ curve, seed }) => `${curve}-${seed}`);
  const [finetuned, masked] = [await adaptationsOf(TASK, "finetuned"), await adaptationsOf(TASK, "masked")];
  for (const [i, seed] of SEEDS.entries())
    for (const curve of CURVES) {
      if (finished.find(`${curve}-${seed}`)) continue;
      const { places, barrier } = await landscape({ ...OPTIONS, ends: [finetuned[i]!, masked[i]!], curve, seed });
      finished.add({ curve, seed, places, barrier });
      process.stderr.write(`landscape: ${curve}, seed ${seed}\n`);
    }
  return sectionOf(SEEDS.flatMap((seed) => CURVES.map((curve) => finished.find(`${curve}-${seed}`)!)));
}

/** The most by which the metric falls below the worse of both ends, in points. */
function fallOf({ places }: Line): number {
  const worse = Math.min(places[0]!.test.metric, places.at(-1)!.test.metric);
  return 100 * Math.max(0, ...places.map(({ test }) => worse - test.metric));
}

function sectionOf(lines: readonly Line[]): ReportSection {
  const falls = (curve: Line["curve"]) => lines.filter((line) => line.curve === curve).map(fallOf);
  const worst = (curve: Line["curve"]) => Math.max(...falls(curve));
  const alt = `Test accuracy of ${TASK} in percent along paths from a finetuned model (0) to a masked one (1)`;
  const section: ReportSection = {
    id: "landscape",
    title: "The path between finetuning and masking",
    claim: CLAIM,
    text: [
      `${TASK}, seeds ${SEEDS.join(", ")}: finetuned and masked model of one run seed, so that their classifiers started from the same values. ${OPTIONS.points} points on each path; all test examples and ${OPTIONS.rows} training examples. The bend of the Bézier curve is trained for ${OPTIONS.steps} steps on these training examples. The barrier is the most by which the curve is worse than the straight line between its ends' scores; "below both ends" is the most by which it falls under the worse end.`,
    ],
    table: {
      caption: `${TASK}: accuracy in percent and loss along the paths`,
      header: [
        ...["path", "test, finetuned", "test, lowest", "test, masked", "below both ends, points", "barrier, points"],
        ...["barrier on training examples, points", "barrier in test loss"],
      ],
      rows: lines.map((line) => [
        `${NAMES[line.curve]}, seed ${line.seed}`,
        percent(line.places[0]!.test.metric),
        percent(Math.min(...line.places.map(({ test }) => test.metric))),
        percent(line.places.at(-1)!.test.metric),
        fixed(fallOf(line), 1),
        ...[percent(line.barrier.test.metric), percent(line.barrier.train.metric), fixed(line.barrier.test.loss, 3)],
      ]),
    },
    figure: {
      alt,
      svg: lineChart(
        lines.map(
          ({ curve, seed, places }): Series => ({
            name: `${NAMES[curve]}, seed ${seed}`,
            points: places.map(({ t, test }) => ({ x: t, y: 100 * test.metric, deviation: null })),
          }),
        ),
        { x: "t, from finetuned to masked", y: "test, %", tick: (x) => String(Number(x.toFixed(2))) },
        alt,
      ),
    },
  };
  return judged(
    section,
    worst("line") <= NEARLY,
    `on the line, accuracy falls at most ${fixed(worst("line"), 1)} points below both ends; on the trained Bézier curve, at most ${fixed(worst("bezier"), 1)}. Nearly constant is taken as at most ${NEARLY} point.`,
  );
}
