// npm run bench calibration: do the statistics keep their error rates when their null holds? Uses simulated masks,
// shuffled lines and unrelated masks, modeled on real ones. Writes docs/calibration.md.

import { writeFileSync } from "node:fs";
import { comparePairs } from "../../src/mask/compare.ts";
import { beyondOthers, type Calibration, underIndependence, underShuffles } from "../mask/calibration.ts";
import { markdown } from "./markdown.ts";
import { otherRecipes, sampleMask, type TrainedMask, unrelatedMasks } from "./masks.ts";

const MASKS = 300;
/** How many of them are compared, in 1,035 pairs. */
const PAIRED = 46;
const SHUFFLES = 400;
/** Which of the sample model's six layers are simulated: the lowest and the last. */
const isSimulated = ({ layer }: { readonly layer: number | null }) => layer === null || layer === 0 || layer === 5;

const DEVIATION = [0.9, 1.05] as const;
const COVERED = [0.93, 0.97] as const;
const MARKED = 0.07;
const BEYOND = 1 / 12;

export async function benchCalibration(): Promise<void> {
  const sources = [await sampleMask("sentiment", 1), await sampleMask("spam", 1), ...(await otherRecipes())];
  const unrelated = [...sources.slice(0, 2), ...(await unrelatedMasks())];
  const page = [
    "# Calibration of the statistics",
    "",
    "Made by `npm run bench calibration`, over the sample model. Each statistic is tested where its null holds: z should have a standard deviation of 1, a 95 % interval should contain the null's value in 95 of 100 cases, and at most 5 % of marks should be false on average, so if there is no effect, at most 5 of 100 masks should have a mark.",
    "",
    ...FORMULAS,
    ...independence(sources),
    ...shuffles(sources),
    ...leaveOneOut(unrelated),
  ].join("\n");
  writeFileSync("docs/calibration.md", page);
  console.log(page);
}

const FORMULAS = [
  "## How they are computed",
  "",
  "All expectations are given the initial scores: a weight that started on is expected to be pruned at the rate p of its stratum of initial scores (400 of equal width; in matrices of fewer than 20,000 weights, neighbouring strata are merged until each has 50 weights), and given how many weights each stratum lost in total.",
  "",
  "- **Effect**: pruned / expected, with the score interval: all ratios θ for which (pruned − θ · expected)² ≤ 1.96² · θ · variance. With variance = expected it is Rao's score interval of a Poisson rate; with a variance corrected for clusters it is quasi-Poisson. It excludes 1 exactly if |z| exceeds 1.96.",
  "- **z** = (pruned − expected) / √variance. For n of the N weights of a stratum, the variance is hypergeometric, n p(1 − p)(N − n)/(N − 1).",
  "- **φ** corrects for clusters: weights of one row or column are often pruned together. For a head in one matrix, φ = Σ (e − v · Σe/Σv)² / v / (lines − heads), over the lines of each head that can vary (v > 0), with e = observed − expected and v = Σ p(1 − p) of a line; the variance is multiplied by φ if φ exceeds 1. Over all matrices of a head, the variances add up. A whole matrix clusters in rows and in columns: its φ is that of its rows + that of its columns − 1, each at least 1, and 1 if there are fewer than 20 lines. A layer or kind is part of what its rates were fitted on: with share s of a stratum, its variance is Σ p(1 − p)((1 − s)² Σ φn inside + s² Σ φn outside) · N/(N − 1), where N is the number of weights in the stratum.",
  "- **Marks** control the false discovery rate at 5 % (Benjamini and Hochberg) within each family: matrices, layers, kinds, heads over all their matrices. A head in one kind of matrix is marked if it is significant among all such parts and the head itself is marked. Rows and columns have small counts: their p-value is twice a binomial tail, and their null is that weights are pruned independently.",
  "- **Lift** of two masks: the number of weights pruned by both, divided by Σ pq, over the weights that are on in both initial masks, with the same interval. Its variance is Σ p(1 − p)q(1 − q) + Σ q(1 − q)(Σ p² − P²/N) + the same for p; the last two sums are over the strata, and P is Σ p over the N weights of a stratum.",
  "- **z** of two masks: Σ (a − p)(b − q) / √Σ p(1 − p)q(1 − q), where a and b are 1 if the first and the second mask pruned the weight.",
  "- **Place** among unrelated pairs: median, median absolute deviation, and the range expected to contain 95 % of such pairs, which is wider if there are fewer pairs.",
  "",
];

function independence(sources: readonly TrainedMask[]): string[] {
  const { calibrations, matrices, linesMarked } = underIndependence(
    sources.map(({ mask }) => mask),
    MASKS,
    PAIRED,
    isSimulated,
  );
  const rows = calibrations.map(({ statistic, count, deviation, covered }: Calibration) => [
    statistic,
    count.toLocaleString("en"),
    Number.isNaN(deviation) ? "–" : deviation.toFixed(3),
    covered === null ? "–" : (100 * covered).toFixed(1),
  ]);
  const held = calibrations.filter(({ deviation }) => !(deviation < DEVIATION[0] || deviation > DEVIATION[1])).length;
  const lift = calibrations.find(({ statistic }) => statistic.startsWith("pairs"))!;
  return [
    "## Null: weights are pruned independently given their initial scores",
    "",
    `${MASKS} simulated masks of the lowest and the last layer, the pooler and the classifier, and all ${lift.count.toLocaleString("en")} pairs of the first ${PAIRED}. Each started from its own mask seed and pruned each weight independently, at the rate that a trained mask has in the weight's stratum of initial scores. The trained masks, in turn: ${names(sources)}.`,
    "",
    ...markdown(["statistic", "values", "standard deviation of z", "intervals that contain the null's value, %"], rows),
    "",
    `Standard deviations between ${DEVIATION[0].toFixed(2)} and ${DEVIATION[1].toFixed(2)}: ${held} of ${calibrations.length}. The lift's interval contains 1 in ${(100 * lift.covered!).toFixed(1)} % of the pairs (goal: ${COVERED.map((share) => (100 * share).toFixed(0)).join(" to ")}). A row or column is marked in ${((100 * linesMarked) / matrices).toFixed(1)} % of ${matrices.toLocaleString("en")} sets of a matrix's rows or columns.`,
    "",
  ];
}

function shuffles(sources: readonly TrainedMask[]): string[] {
  const rows = sources.map(({ task, mask }) => {
    const { marked, markedWithoutClusters, deviation } = underShuffles(mask, SHUFFLES);
    return { task, marked, cells: [percent(marked), percent(markedWithoutClusters), deviation.toFixed(3)] };
  });
  const held = rows.filter(({ marked }) => marked <= MARKED).length;
  return [
    "## Null: a line of a matrix belongs to no head",
    "",
    `In each matrix that is divided among heads, the lines are shuffled over the heads ${SHUFFLES} times. Weights of a line are pruned together; φ corrects z for this.`,
    "",
    ...markdown(
      ["mask", "shuffles with a marked head, %", "without φ, %", "standard deviation of z"],
      rows.map(({ task, cells }) => [task, ...cells]),
    ),
    "",
    `At most ${(100 * MARKED).toFixed(0)} %: ${held} of ${rows.length}.`,
    "",
  ];
}

function leaveOneOut(masks: readonly TrainedMask[]): string[] {
  const { pairs } = comparePairs(masks.map(({ mask }) => mask));
  const lifts = pairs.map(({ lift }) => lift!.value);
  const beyond = beyondOthers(lifts);
  const sorted = [...lifts].sort((a, b) => a - b).map((lift) => lift.toFixed(3));
  return [
    "## Null: the masks' tasks are unrelated",
    "",
    `All ${pairs.length} pairs of ${masks.length} masks of unrelated tasks (${names(masks)}), each from its own seeds. Lifts: ${sorted.join(", ")}. Each is left out in turn: ${beyond} of ${pairs.length} are outside the range expected, from the median and the median absolute deviation of the others, to contain 95 % of unrelated pairs (goal: at most ${Math.floor(BEYOND * pairs.length)}).`,
    "",
    `z of the same pairs, whose null is independence, is ${range(pairs.map(({ z }) => z!))}: masks over one base model overlap slightly whatever their tasks, so z alone does not separate related from unrelated tasks.`,
    "",
  ];
}

const percent = (share: number) => (100 * share).toFixed(1);
const names = (masks: readonly TrainedMask[]) => masks.map(({ task }) => task).join("; ");
const range = (values: readonly number[]) => `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
