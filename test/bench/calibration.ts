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
    "# What the statistics promise, and what they keep",
    "",
    "Made by `npm run bench calibration`, over the sample model. Each statistic is tried where its null holds: z should have a standard deviation of 1, a 95 % interval should hold the null's value in 95 of 100 cases, and marks promise that on average at most 5 % of them are false, so that where there is nothing to find a mark may be seen in 5 of 100 masks.",
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
  "Everything is given the initial scores: a weight that began kept is expected to be pruned at the rate p of its stratum of initial scores (400 of equal width; in matrices of fewer than 20,000 weights neighbouring ones are joined until 50 weights are in each), and given how many weights each stratum pruned in all.",
  "",
  "- **Effect**: pruned / expected, with the score interval: all ratios θ for which (pruned − θ · expected)² ≤ 1.96² · θ · variance. With variance = expected it is Rao's score interval of a Poisson rate; with a variance that allows for clusters it is quasi-Poisson. It leaves out 1 exactly where |z| is over 1.96.",
  "- **z** = (pruned − expected) / √variance. Of n of the N weights of a stratum the variance is hypergeometric, n p(1 − p)(N − n)/(N − 1).",
  "- **φ**: drops of one row or column go together. Of a head in a matrix φ = Σ (e − v · Σe/Σv)² / v / (lines − heads) over the lines within each head in which something can vary (v > 0), with e = observed − expected and v = Σ p(1 − p) of a line; the variance is multiplied by it where it is over 1. Over all matrices of a head the variances add up. A whole matrix has rows and columns: φ of its rows + φ of its columns − 1, each at least 1 and 1 where there are fewer than 20 lines. A layer or kind is held against rates that were fitted on it, too: with share s of a stratum its variance is Σ p(1 − p)((1 − s)² Σ φn inside + s² Σ φn outside) · N/(N − 1), N being the weights of the stratum.",
  "- **Marks** are Benjamini and Hochberg's at 5 % within each family: matrices, layers, kinds, heads over all their matrices. A head in one kind of matrix is marked where it is significant among all such parts and the head is, too. Rows and columns have small counts: their probability is that of a binomial tail, doubled, and their null is that drops are independent.",
  "- **Lift** of two masks: weights pruned by both over Σ pq, over the weights that both began with, with the same interval; its variance is Σ p(1 − p)q(1 − q) + Σ q(1 − q)(Σ p² − P²/N) + the same of p, the latter two over the strata, P being Σ p over the N weights of one.",
  "- **z** of two masks: Σ (a − p)(b − q) / √Σ p(1 − p)q(1 − q), with a and b 1 where the one and the other pruned the weight.",
  "- **Place** among unrelated pairs: median, median absolute deviation, and the range in which 95 % of such pairs are expected, which is wider the fewer they are.",
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
    "## Null: drops are independent given the initial scores",
    "",
    `${MASKS} simulated masks of the lowest and the last layer, the pooler and the classifier, and all ${lift.count.toLocaleString("en")} pairs of the first ${PAIRED}. Each began from a mask seed of its own and pruned each weight independently, each stratum of initial scores at the rate of a trained mask: ${names(sources)}, in turn.`,
    "",
    ...markdown(["statistic", "values", "deviation of z", "intervals that hold the null's value, %"], rows),
    "",
    `Deviations from ${DEVIATION[0].toFixed(2)} to ${DEVIATION[1].toFixed(2)}: ${held} of ${calibrations.length}. The lift's interval holds 1 in ${(100 * lift.covered!).toFixed(1)} % of the pairs (wanted: ${COVERED.map((share) => (100 * share).toFixed(0)).join(" to ")}). A row or column is marked in ${((100 * linesMarked) / matrices).toFixed(1)} % of ${matrices.toLocaleString("en")} sets of a matrix's rows or columns.`,
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
    `The lines of each matrix that heads divide, shuffled over the heads ${SHUFFLES} times. Drops of a line go together, which z allows for by φ.`,
    "",
    ...markdown(
      ["mask", "some head is marked, % of shuffles", "without φ, %", "deviation of z"],
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
    `All ${pairs.length} pairs of ${masks.length} masks of unrelated tasks (${names(masks)}), each from seeds of its own. Lifts: ${sorted.join(", ")}. Each left out in turn, ${beyond} of ${pairs.length} lie beyond the range in which 95 % of unrelated pairs are expected by the others' median and median absolute deviation (wanted: at most ${Math.floor(BEYOND * pairs.length)}).`,
    "",
    `z of the same pairs, by independence, is ${range(pairs.map(({ z }) => z!))}: masks of one base share a little whatever their tasks, so z alone does not tell related tasks from unrelated ones.`,
    "",
  ];
}

const percent = (share: number) => (100 * share).toFixed(1);
const names = (masks: readonly TrainedMask[]) => masks.map(({ task }) => task).join("; ");
const range = (values: readonly number[]) => `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
