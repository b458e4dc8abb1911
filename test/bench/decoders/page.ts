// docs/decoders.md: what masks over a decoder and an encoder–decoder reach, and whether their heads agree between seeds.

import type { Estimate, Interval, Metrics } from "../../../src/mask/metadata.ts";
import { fixed, grouped } from "../../../src/numbers.ts";
import { spreadOf } from "../../../src/spread.ts";
import { markdown } from "../markdown.ts";
import { DIARIES } from "./corpus.ts";
import {
  FAMILIES,
  type FamilyName,
  LAYERS,
  LENGTH,
  type Line,
  type Pair,
  RUNS,
  SEEDS,
  SIZES,
  TASKS,
  type TaskName,
} from "./lines.ts";

type Of<S extends Line["step"]> = Extract<Line, { step: S }>;

const NAMES: Record<FamilyName, string> = { gpt2: "GPT-2", t5: "T5" };

const interval = ({ value, low, high }: Interval | Estimate, digits: number) =>
  low === null || high === null
    ? fixed(value, digits)
    : `${fixed(value, digits)} (${fixed(low, digits)} to ${fixed(high, digits)})`;

const metric = (metrics: Metrics, name: string) => metrics[name] as Interval;
const times = ({ value, low, high }: Interval, factor: number): Interval => ({
  value: factor * value,
  low: low === null ? null : factor * low,
  high: high === null ? null : factor * high,
});

/** The metric beside perplexity. */
const SECOND = {
  gpt2: { metric: "bitsPerByte", title: "bits per byte", digits: 3, factor: 1 },
  t5: { metric: "exactMatch", title: "exact match, %", digits: 1, factor: 100 },
} as const;

export function pageOf(lines: readonly Line[]): string {
  const of = <S extends Line["step"]>(step: S, family: FamilyName) =>
    lines.filter((line): line is Of<S> => line.step === step && line.family === family);
  const processors = [...new Set(lines.map(({ processor }) => processor))];
  const bases = FAMILIES.flatMap((family) => of("base", family));
  return [
    "# Masks over a decoder and an encoder–decoder trained from nothing",
    "",
    `Made by \`npm run bench decoders\` (${processors.join(", ")}; two cores that other programs share): a small model shaped like GPT-2 and one shaped like T5 are initialized at random, trained on generated texts, exported, and masked for two tasks with ${SEEDS.length} seeds each. Over encoders, the same comparison is in [changed.md](changed.md). All numbers: \`decoders.jsonl\`.`,
    "",
    "## The base models",
    "",
    `\`masklens initialize\` with hidden size ${SIZES.hiddenSize}, ${SIZES.heads} heads, at most ${SIZES.vocabSize} tokens and seed ${SIZES.seed}; ${FAMILIES.map((family) => `${NAMES[family]} ${LAYERS[family]} layers${family === "t5" ? " in each stack" : ""}`).join(", ")}. The corpus is ${grouped(DIARIES.train)} generated diaries, and the words of the tasks' training texts in random order (\`test/bench/decoders/corpus.ts\`); GPT-2 predicts each token, T5 fills one gap of one to four words. Finetuning of all parameters: ${RUNS.base.maxSteps} steps of ${RUNS.base.batchSize} sequences of at most ${LENGTH} tokens, learning rate ${RUNS.base.learningRate}, seed 1.`,
    "",
    ...markdown(
      ["model", "parameters", "minutes", "test perplexity (95 % interval)", "bigram counts", "unigram counts"],
      bases.map(({ family, parameters, seconds, metrics, counts }) => [
        ...[NAMES[family], grouped(parameters), fixed(seconds / 60, 1), interval(metric(metrics, "perplexity"), 2)],
        ...(counts ? [fixed(counts.bigram, 2), fixed(counts.unigram, 1)] : ["–", "–"]),
      ]),
    ),
    "",
    "Counts: perplexity on the same tokens by the frequencies of the training texts; bigrams are mixed with unigrams as by [Witten and Bell (1991)](https://doi.org/10.1109/18.87000). GPT-2's perplexity is per token of a text, T5's per token of a gap.",
    "",
    "## The tasks",
    "",
    `\`weather\` has forecasts and \`kitchen\` recipes (\`test/fixtures/texts/tasks.py\`); the corpus has their words, but not their sentences. Masks: ${RUNS.mask.maxSteps} steps of ${RUNS.mask.batchSize} sequences, learning rate ${RUNS.mask.learningRate}, all layers; mask seeds and run seeds all differ. Finetuning: as many steps, learning rate ${RUNS.finetuned.learningRate}, one seed. Test examples; exact matches are of greedily generated texts. Masks: mean over seeds and lowest to highest, otherwise 95 % intervals. Gain: how far masks reduce the mean loss from that of the base model to that of finetuning.`,
    "",
    ...FAMILIES.flatMap((family) => {
      const methods = TASKS.flatMap((task) => {
        const before = of("unmasked", family).find((line) => line.task === task)?.metrics;
        const finetuned = of("finetuned", family).find((line) => line.task === task)?.metrics;
        return [
          ...(before ? [single(family, task, "base model", before)] : []),
          ...rangesOf(family, task, of("mask", family), gainOf(before, finetuned)),
          ...(finetuned ? [single(family, task, "finetuned", finetuned)] : []),
        ];
      });
      const header = [NAMES[family], "method", "perplexity", SECOND[family].title, "sparsity, %", "gain, %"];
      return [...markdown(header, methods), ""];
    }),
    ...FAMILIES.flatMap((family) => of("pairs", family).flatMap(({ pairs }) => likenessOf(family, pairs))),
  ].join("\n");
}

function single(family: FamilyName, task: TaskName, method: string, metrics: Metrics): string[] {
  const { metric: name, digits, factor } = SECOND[family];
  const second = times(metric(metrics, name), factor);
  return [task, method, interval(metric(metrics, "perplexity"), 2), interval(second, digits), "–", "–"];
}

/** A perplexity's share of what finetuning gains over the base model, in percent, by logarithms; undefined before both are known. */
type Gain = ((perplexity: number) => number) | undefined;

function gainOf(before: Metrics | undefined, finetuned: Metrics | undefined): Gain {
  if (!before || !finetuned) return undefined;
  const [from, to] = [before, finetuned].map((metrics) => Math.log(metric(metrics, "perplexity").value));
  return (perplexity) => (100 * (from! - Math.log(perplexity))) / (from! - to!);
}

/** The mean over the seeds, and the lowest and highest value. */
function rangesOf(family: FamilyName, task: TaskName, masks: readonly Of<"mask">[], gain: Gain): string[][] {
  const own = masks.filter((line) => line.task === task);
  if (!own.length) return [];
  const range = (values: readonly number[], digits: number) =>
    `${fixed(spreadOf(values)!.mean, digits)} (${fixed(Math.min(...values), digits)} to ${fixed(Math.max(...values), digits)})`;
  const values = (name: string) => own.map(({ metrics }) => metric(metrics, name).value);
  const { metric: name, digits, factor } = SECOND[family];
  const second = values(name).map((value) => factor * value);
  const zeros = own.map(({ sparsity }) => 100 * sparsity!);
  return [
    [
      ...[task, `masks, ${own.length} seeds`],
      ...[range(values("perplexity"), 2), range(second, digits), range(zeros, 1)],
      gain ? range(values("perplexity").map(gain), 0) : "–",
    ],
  ];
}

const taskOf = (name: string) => name.split(" ")[0]!;

/** The mean of a number of the pairs of one group minus that of the others, for each way to divide the masks into two groups of this size. */
function differencesOf(pairs: readonly Pair[], value: (pair: Pair) => number): { own: number; others: number[] } {
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const [first] = names;
  const difference = (group: ReadonlySet<string>) => {
    const within = pairs.filter(({ a, b }) => group.has(a) === group.has(b)).map(value);
    const between = pairs.filter(({ a, b }) => group.has(a) !== group.has(b)).map(value);
    return spreadOf(within)!.mean - spreadOf(between)!.mean;
  };
  const ownKey = names.filter((name) => taskOf(name) === taskOf(first!)).join();
  const groups = subsets(names.slice(1), SEEDS.length - 1).map((rest) => [first!, ...rest]);
  const found = groups.map((group) => ({ key: group.join(), difference: difference(new Set(group)) }));
  return {
    own: found.find(({ key }) => key === ownKey)!.difference,
    others: found.filter(({ key }) => key !== ownKey).map(({ difference }) => difference),
  };
}

function subsets(items: readonly string[], size: number): string[][] {
  if (!size) return [[]];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}

/** A number of a pair, and its value for unrelated masks. */
type Measure = [name: string, of: (pair: Pair) => Estimate, chance: number];

function likenessOf(family: FamilyName, pairs: readonly Pair[]): string[] {
  const isWithin = ({ a, b }: Pair) => taskOf(a) === taskOf(b);
  const [within, between] = [pairs.filter(isWithin), pairs.filter((pair) => !isWithin(pair))];
  const all: [name: string, of: (pair: Pair) => Estimate | null, chance: number][] = [
    ["correlation of heads' z", ({ heads }) => heads, 0],
    ["correlation of cross attention's heads' z", ({ cross }) => cross, 0],
    ["lift", ({ lift }) => lift, 1],
  ];
  const measures = all.filter((measure): measure is Measure => pairs.every((pair) => measure[1](pair)));
  const summary = (group: readonly Pair[], [, of, chance]: Measure) => {
    const values = group.map((pair) => of(pair).value);
    const above = group.filter((pair) => of(pair).low! > chance).length;
    const range = `${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)}`;
    return [`${fixed(spreadOf(values)!.mean, 2)} (${range})`, `${above} of ${group.length}`];
  };
  return [
    `## ${NAMES[family]}: heads and weights of ${pairs.length} pairs of masks`,
    "",
    ...measures.map((measure) => `- ${verdictOf(pairs, within, between, measure)}`),
    "",
    ...markdown(
      [
        "",
        "by chance",
        "one task: mean (range)",
        "interval above chance",
        "two tasks: mean (range)",
        "interval above chance",
      ],
      measures.map((measure) => [
        ...[measure[0], String(measure[2]), ...summary(within, measure), ...summary(between, measure)],
      ]),
    ),
    "",
    ...markdown(
      ["pair", ...measures.map(([name]) => `${name} (95 % interval)`)],
      pairs.map((pair) => [
        ...[`${pair.a}, ${pair.b}`, ...measures.map(([, of, chance]) => interval(of(pair), chance ? 3 : 2))],
      ]),
    ),
    "",
  ];
}

/** Whether masks of one task are more alike than masks of two. */
function verdictOf(
  pairs: readonly Pair[],
  within: readonly Pair[],
  between: readonly Pair[],
  [name, of, chance]: Measure,
): string {
  const mean = (group: readonly Pair[]) => spreadOf(group.map((pair) => of(pair).value))!.mean;
  const { own, others } = differencesOf(pairs, (pair) => of(pair).value);
  const place = 1 + others.filter((other) => other >= own).length;
  const [inside, outside] = [mean(within), mean(between)];
  const holds = inside > chance && inside > outside && place === 1;
  const isAnyClear = within.some((pair) => of(pair).low! > chance);
  const rank = place === 1 ? "the largest difference" : `place ${place} by difference`;
  return `By ${name}, masks of one task **are ${holds ? "" : "not "}more alike** than masks of two: ${fixed(inside, 2)} against ${fixed(outside, 2)} on average; of the ${others.length + 1} ways to divide the masks into two groups of ${SEEDS.length}, that by task has ${rank}${isAnyClear ? "" : "; but no pair's own interval excludes chance"}.`;
}
