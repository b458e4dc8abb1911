// The sections of a study's report, each from numbers that are known.

import type { Ensembles } from "../../adaptation/evaluate.ts";
import type { Interval, Metrics } from "../../mask/metadata.ts";
import { isShare, metricName, metricTitle } from "../../metric.ts";
import { bytes, fixed, grouped, signed } from "../../numbers.ts";
import { shortName } from "../cell-text.ts";
import { type Group, groupNames } from "../groups.ts";
import type { CellOverview, StudyOverview } from "../overview.ts";
import type { ReportSection } from "./document.ts";
import type { Similarity } from "./similarity.ts";
import { dots, heat } from "./svg.ts";
import { axisOf, percent, resultCells, spreadText, unitText } from "./text.ts";

/** Mask minus finetuning, where a task over a model has one group of each; a sentence. */
function claimText(groups: readonly Group[]): string[] {
  const found = groups.flatMap((mask) => {
    const own = groups.filter(({ model, task }) => model === mask.model && task === mask.task);
    const finetuned = own.filter(({ method }) => method === "finetune");
    if (mask.method !== "mask" || own.filter(({ method }) => method === "mask").length !== 1) return [];
    if (finetuned.length !== 1 || !mask.test || !finetuned[0]!.test) return [];
    const difference = mask.test.mean - finetuned[0]!.test.mean;
    const text = isShare(mask.metric)
      ? `${signed(100 * difference, 1)} points`
      : `${signed(difference, 2)} ${metricTitle(mask.metric ?? "")}`;
    return [`${shortName(mask.task)} ${text} (${mask.test.n} and ${finetuned[0]!.test.n} seeds)`];
  });
  return found.length
    ? [
        `Here, mean test metric of the mask minus that of finetuning: ${found.join("; ")}. Differences within the deviations below do not decide.`,
      ]
    : [];
}

/** Mean and deviation over seeds of each group. */
export function resultsSection({ groups, cells }: StudyOverview): ReportSection {
  const known = groups.filter(({ test }) => test);
  const nameOf = groupNames(groups);
  const verdict = claimText(known);
  const done = cells.filter(({ state }) => state === "done").length;
  const left = cells.length - done;
  const axis = axisOf(known);
  const alt = `Test metric of each group${axis?.factor === 100 ? " in percent" : ""}, with one standard deviation over its seeds to both sides`;
  return {
    id: "results",
    title: "Results",
    claim: verdict.length ? "a mask over frozen weights performs on par with finetuning." : null,
    text: [
      ...verdict,
      `${done} of ${cells.length} cells are finished${left ? `; the other ${left} are not in this report` : ""}. Each group has the cells that differ only in their seeds.`,
      "The best step of a run is chosen by the metric on validation data; the test metric is computed once, at that step. Mean ± sample standard deviation over the n finished seeds: it shows how much runs vary with the seed and is no interval.",
      "Trained: the parameters that a run trains, in percent of all parameters of its model; a mask trains one score for each masked weight or unit, and its file keeps one bit of it.",
    ],
    table: {
      caption: `Mean ± sample standard deviation over seeds, ${unitText(known)}`,
      header: ["group", "n", "metric", "validation", "test", "sparsity", "trained"],
      rows: known.map((group) => [
        nameOf(group),
        `${group.test!.n} of ${group.cells.length}`,
        group.metric === null ? "–" : metricTitle(group.metric),
        ...resultCells(group),
        group.trained ? percent(group.trained.mean, 2) : "–",
      ]),
    },
    figure:
      axis && known.length
        ? {
            alt,
            svg: dots(
              known.map((group) => ({
                name: nameOf(group),
                value: axis.factor * group.test!.mean,
                deviation: group.test!.deviation === null ? null : axis.factor * group.test!.deviation,
                text: resultCells(group)[1]!,
              })),
              axis.title,
              alt,
            ),
          }
        : null,
  };
}

/** Bytes on disk, of files that exist, over one base model. */
export interface Sizes {
  /** The name of the base model if there are several, otherwise "". */
  readonly model: string;
  /** The base model's weights as float32. */
  readonly base: number;
  /** The mean size of a finished adaptation, by method. */
  readonly adaptations: ReadonlyMap<string, number>;
}

const TASK_COUNTS = [1, 2, 5, 10, 20, 100, 1000];

/** Memory against the number of tasks. */
export function memorySection({ model, base, adaptations }: Sizes): ReportSection {
  const rows = TASK_COUNTS.map((count) => [
    grouped(count),
    bytes(count * base),
    ...[...adaptations.values()].map((size) => bytes(base + count * size)),
  ]);
  const alone = [...adaptations].map(([method, size]) => `${method} ${bytes(size)} (1/${fixed(base / size, 1)})`);
  return {
    id: model ? `memory-${model}` : "memory",
    title: `Memory and the number of tasks${model && `: ${model}`}`,
    claim: "masks need far less memory than finetuned copies when there are many tasks.",
    text: [
      `The base model's weights take ${bytes(base)} as float32. An adaptation's file takes, on average over the finished cells of its method: ${alone.join(", ")}. A mask's file has one bit per masked weight and the tensors beside it, such as the classifier.`,
      "Sums of file sizes: a finetuned copy for each task, or one base model and a file for each task. The claim holds where the column of masks is far below that of copies. It says nothing of speed, which unstructured masks do not change.",
    ],
    table: {
      caption: "Size of all files",
      header: ["tasks", "a copy each", ...[...adaptations.keys()].map((method) => `base model + ${method}`)],
      rows,
    },
    figure: null,
  };
}

export const SAME_MASK_SEED =
  "Some masks have the same mask seed, which alone makes them more alike in the last layer and above it, and lowers d.";
export const SAME_RUN_SEED = "Some masks have the same run seed, which alone makes them more alike in every layer.";

/** Overlap of the masks' pruned weights, and the paper's d. */
export function similaritySection(similarity: Similarity): ReportSection {
  const { names, pairs, lifts, dissimilarities, rand, tasks } = similarity;
  const largest = Math.max(...pairs.map(({ lift }) => Math.abs(Math.log(lift?.value || 1))), 1e-9);
  const cells = names.map((_, i) =>
    names.map((_, j) => {
      const pair = pairs.find(({ first, second }) => first === Math.min(i, j) && second === Math.max(i, j));
      if (!pair?.lift) return undefined;
      return { text: fixed(pair.lift.value, 2), share: Math.log(pair.lift.value || Number.MIN_VALUE) / largest };
    }),
  );
  const where = {
    "lower layers":
      "Both are over the layers below the model's last one, because masks are alike in the last one for other reasons.",
    "last layer":
      "Both are over the model's last layer alone, in which even unrelated masks are alike: these masks share no other.",
    all: "Both are over all matrices, because these masks share no layer.",
  }[pairs[0]!.over];
  const two = (value: number) => fixed(value, 3);
  const alt =
    "Lift of each pair of masks: observed overlap of pruned weights divided by the overlap expected by chance";
  const count = new Set(tasks).size;
  const rands = [
    ...(rand.lift === null ? [] : [`lift ${two(rand.lift)}`]),
    ...(rand.heads === null ? [] : [`correlation of heads' z ${two(rand.heads)}`]),
    ...(rand.d === null ? [] : [`d ${two(rand.d)}`]),
  ];
  return {
    id: "similarity",
    title: "How alike the masks are",
    claim: null,
    text: [
      `Lift: the number of weights that both masks pruned, divided by the number expected if training had pruned independently, given both masks' initial scores; 1 by chance. d is the paper's dissimilarity; it depends on sparsities and seeds, so it is divided by its level for independent masks, and is 1 by chance, too. ${where} The correlation of heads' z over all matrices, 0 by chance, says whether the masks pruned the same attention heads more than others.`,
      `Mean ± sample standard deviation over pairs: lift within a task ${spreadText(lifts.within, two)}, between tasks ${spreadText(lifts.between, two)}; d / chance within a task ${spreadText(dissimilarities.within, two)}, between tasks ${spreadText(dissimilarities.between, two)}. Pairs share masks, so they are not independent, and the deviation is no interval.`,
      ...(rands.length
        ? [
            `Clustered into ${count} groups by average linkage, the masks agree with their tasks with an adjusted Rand index of: ${rands.join(", ")} (1: the groups are the tasks; 0: no better than random grouping).`,
          ]
        : []),
      ...(pairs.some(({ sameMaskSeed }) => sameMaskSeed) ? [SAME_MASK_SEED] : []),
      ...(pairs.some(({ sameRunSeed }) => sameRunSeed) ? [SAME_RUN_SEED] : []),
    ],
    table: {
      caption: "All pairs",
      header: [
        ...["pair", "lift", "95 % confidence interval", "z", "correlation of heads' z", "95 % confidence interval"],
        ...["d", "d / chance"],
      ],
      rows: pairs.map(({ first, second, lift, z, headCorrelation, d, chance }) => [
        `${names[first]} – ${names[second]}`,
        ...(lift ? [two(lift.value), `${two(lift.low)} to ${two(lift.high)}`] : ["–", "–"]),
        fixed(z, 1),
        ...(headCorrelation
          ? [two(headCorrelation.value), `${two(headCorrelation.low)} to ${two(headCorrelation.high)}`]
          : ["–", "–"]),
        ...[d === null ? "–" : two(d), d === null || !chance ? "–" : two(d / chance)],
      ]),
    },
    figure: { svg: heat(names, names, cells, alt), alt },
  };
}

/** The ensembles of a group's seeds. */
export interface GroupEnsembles extends Ensembles {
  readonly group: string;
  readonly metric: string;
}

const VOTES = { logits: "sum of logits", probabilities: "sum of probabilities", majority: "majority" } as const;

/** Adaptations of one group that vote. */
export function ensemblesSection(all: readonly GroupEnsembles[]): ReportSection {
  const metricIn = (metrics: Metrics, metric: string) => (metrics[metric] as Interval | undefined)?.value;
  return {
    id: "ensembles",
    title: "Ensembles of seeds",
    claim: null,
    text: [
      "The seeds of a group vote on each test example: by the sum of their logits, by the sum of their probabilities, or by majority (in a tie, the earliest seed that voted for one of the tied labels). The difference is the ensemble's metric minus the mean of its members', in points, with the 95 % interval of a paired bootstrap over the test examples.",
    ],
    table: {
      caption: "Test metric of ensembles, in percent",
      header: [
        "group",
        "members",
        "votes",
        "metric",
        "ensemble",
        "minus the members' mean",
        "95 % confidence interval",
      ],
      rows: all.flatMap(({ group, metric, adaptations, votes }) =>
        votes.map(({ by, metrics, difference: { value, low, high } }) => {
          const own = metricIn(metrics, metric);
          const points = (share: number) => signed(100 * share, 1);
          return [
            ...[
              group,
              String(adaptations.length),
              VOTES[by],
              metricName(metric),
              own === undefined ? "–" : percent(own),
            ],
            ...[points(value), low === null || high === null ? "–" : `${points(low)} to ${points(high)}`],
          ];
        }),
      ),
    },
    figure: null,
  };
}

/** What the report was made from, and how to make it again. */
export function provenanceSection(
  facts: readonly (readonly [name: string, value: string])[],
  cells: readonly CellOverview[],
  commands: readonly string[],
): ReportSection {
  return {
    id: "provenance",
    title: "How to repeat this",
    claim: null,
    text: [
      "Options that do not vary, seeds included, are in study.json; each cell's own run.json has all of them. On the same processor and device, the same study gives the same bytes.",
      `Cells: ${cells.map(({ name, text }) => `${name} ${text}`).join("; ")}.`,
    ],
    commands,
    table: {
      caption: "The program that wrote this report, and the SHA-256 of what the cells read",
      header: ["", "value"],
      rows: facts,
    },
    figure: null,
  };
}
