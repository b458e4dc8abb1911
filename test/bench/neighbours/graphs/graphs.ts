// Graph to text: what structure, order, adaptation to the texts and masks are worth on generated families of triples, and on WordNet.

import { differenceOf } from "../../../../src/adaptation/paired.ts";
import type { Interval } from "../../../../src/mask/metadata.ts";
import { fixed, grouped, signed } from "../../../../src/numbers.ts";
import { mean, spreadOf } from "../../../../src/spread.ts";
import { spreadText } from "../../../../src/study/report/text.ts";
import { ofSameSeeds } from "../../cells.ts";
import { Finished } from "../../finished.ts";
import { markdown } from "../../markdown.ts";
import type { Work } from "../work.ts";
import {
  type Asked,
  COUNTS,
  type Data,
  keyOf,
  type Line,
  measured,
  type Reading,
  type Scored,
  SEEDS,
  STEPS,
  sampledOf,
  scoreOf,
  type Way,
} from "./cells.ts";
import { hasWordnet } from "./wordnet.ts";

/** What is compared; the first is what the others are compared with. */
const RUNS: readonly (readonly [Data, Reading, Way, words: string])[] = [
  ["families", "full", "new", "with structure"],
  ["families", "bag", "new", "bag of labels"],
  ["families", "full", "adapted", "with structure, adapted to the texts first"],
  ["families", "full", "mask", "mask of the adapted model, with structure"],
  ["families", "shuffled", "new", "triples shuffled"],
  ["families", "labels", "new", "labels in order, no markers"],
  ["wordnet", "full", "new", "WordNet, with structure"],
  ["wordnet", "bag", "new", "WordNet, bag of labels"],
];
/** Differences that the page shows, as indices of `RUNS`. */
const PAIRS = [
  [0, 1],
  [0, 4],
  [0, 5],
  [2, 0],
  [3, 2],
  [6, 7],
] as const;

/** At least, for BLEU with structure, and for the difference from the bag. */
const WANTED = { structure: 90, difference: 15 } as const;

const finished = () => new Finished<Line>("docs/neighbours/graphs.jsonl", keyOf);

async function measure(): Promise<void> {
  const lines = finished();
  for (const part of ["families", "wordnet"] as const)
    for (const seed of SEEDS)
      for (const [data, reading, way] of RUNS) {
        const asked: Asked = { data, reading, way, seed };
        if (data !== part || lines.find(keyOf(asked))) continue;
        if (data === "wordnet" && !hasWordnet()) {
          process.stderr.write("WordNet is left out: MASKLENS_WORDNET does not name a folder with data.noun.\n");
          continue;
        }
        lines.add(await measured(asked));
      }
}

/** The finished runs of one entry of `RUNS`, in the order of their seeds. */
function runsOf(lines: readonly Line[], index: number): Line[] {
  const [data, reading, way] = RUNS[index]!;
  return lines
    .filter((line) => line.data === data && line.reading === reading && line.way === way)
    .sort((a, b) => a.seed - b.seed);
}

/** The difference in BLEU over the seeds that both have finished; of WordNet, without an interval. */
function differenceBetween(
  lines: readonly Line[],
  [a, b]: readonly [number, number],
): (Interval & { seeds: number }) | null {
  const both = ofSameSeeds(runsOf(lines, a), runsOf(lines, b));
  const seeds = both[0].length;
  if (!seeds) return null;
  if (both[0][0]!.scores) {
    const [first, second] = both.map((runs) => mean(runs.map((line) => scoreOf(line, "bleu"))));
    return { value: first! - second!, low: null, high: null, seeds };
  }
  const [first, second] = both.map((runs) => runs.map(sampledOf));
  return { ...differenceOf(first!, second!), seeds };
}

const meanText = (lines: readonly Line[], metric: Scored, factor = 1) =>
  spreadText(spreadOf(lines.map((line) => factor * scoreOf(line, metric))), (value) => fixed(value, 1));

const differenceText = ({ value, low, high }: Interval) =>
  low === null ? signed(value, 1) : `${signed(value, 1)} [${signed(low, 1)}, ${signed(high, 1)}]`;

function section(): string[] {
  const { lines } = finished();
  if (!lines.length) return ["Nothing is measured yet."];
  return [
    `A T5 of two layers in each stack, 64 wide, trained from scratch for ${STEPS.families} steps of 32 examples (WordNet: ${STEPS.wordnet}) on ${grouped(COUNTS.train)} graphs, tested on ${COUNTS.test} others; none of the test graphs is among the training graphs. The families are generated: graphs of one or two triples such as *Anna parentOf Bert* or *the_flood before the_vote*, each with two texts, which are both training targets and references. Without its order and its markers, such a graph does not say who is whose parent. Adapted: the new model first restores the texts of the training graphs from copies with 30 % of their words missing (\`denoise\`), ${STEPS.adapted} more steps than the others get. Mean ± standard deviation over seeds; differences are those of the means over seeds, in points of BLEU with the 95 % interval of a paired bootstrap over the test graphs.`,
    "",
    ...markdown(
      ["model reads", "seeds", "BLEU", "chrF", "exact match, %"],
      RUNS.map(([, , , words], i) => {
        const runs = runsOf(lines, i);
        return [
          ...[words, String(runs.length), meanText(runs, "bleu"), meanText(runs, "chrf")],
          meanText(runs, "exactMatch", 100),
        ];
      }),
    ),
    "",
    ...markdown(
      ["compared", "seeds", "difference in BLEU"],
      PAIRS.map((pair) => {
        const difference = differenceBetween(lines, pair);
        const words = pair.map((index) => RUNS[index]![3]).join(" − ");
        return [words, String(difference?.seeds ?? 0), difference ? differenceText(difference) : "–"];
      }),
    ),
    "",
    "WordNet's triples (two to four of a noun: what it is a kind, a part or a member of, and what belongs to it) and its glosses of at most twelve words are real and much harder: a gloss says what no triple says. The database is read from `MASKLENS_WORDNET`; the glosses are not kept here, so its difference has no interval.",
  ];
}

function verdict(): { result: string; held: string } | undefined {
  const { lines } = finished();
  const [runs, difference] = [runsOf(lines, 0), differenceBetween(lines, PAIRS[0])];
  if (runs.length < SEEDS.length || !difference || difference.seeds < SEEDS.length) return undefined;
  const bleu = mean(runs.map((line) => scoreOf(line, "bleu")));
  const held = bleu > WANTED.structure && difference.value >= WANTED.difference;
  return {
    result: `BLEU ${fixed(bleu, 1)} with structure, ${differenceText(difference)} above the bag`,
    held: `${held ? "yes" : "no"} (goal: over ${WANTED.structure}, and at least ${WANTED.difference} above the bag); the names are made up, so the model cannot guess from knowledge`,
  };
}

export const graphs: Work = {
  name: "graphs",
  title: "Graph to text",
  source: "[Ribeiro et al. 2021](https://arxiv.org/abs/2007.08426)",
  command: "masklens train --task GRAPHS.task.json",
  page: "run page, study page (preset *Graph structure*)",
  claim: "T5 on linearized graphs reaches BLEU 59.70 on WebNLG; knowledge lets it do well even from a bag of labels",
  measure,
  section,
  verdict,
};
