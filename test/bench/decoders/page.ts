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
const times = ({ value, low, high }: Interval, factor: number) =>
  ({
    ...{ value: factor * value, low: low === null ? low : factor * low, high: high === null ? high : factor * high },
  }) as Interval;

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
    `Made by \`npm run bench decoders\` (${processors.join(", ")}; two cores that other programs share): a small model shaped like GPT-2 and one shaped like T5 are initialized at random, trained on generated texts, exported, and masked for two tasks with ${SEEDS.length} seeds each. All numbers: \`decoders.jsonl\`.`,
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
    `\`weather\` has forecasts and \`kitchen\` recipes (\`test/fixtures/texts/tasks.py\`); the corpus has their words, but not their sentences. Masks: ${RUNS.mask.maxSteps} steps of ${RUNS.mask.batchSize} sequences, learning rate ${RUNS.mask.learningRate}, all layers; mask seeds and run seeds all differ. Finetuning: as many steps, learning rate ${RUNS.finetuned.learningRate}, one seed. Test examples; exact matches are of greedily generated texts. Masks: mean over seeds and lowest to highest, otherwise 95 % intervals.`,
    "",
    ...FAMILIES.flatMap((family) => {
      const methods = TASKS.flatMap((task) => [
        ...of("unmasked", family)
          .filter((line) => line.task === task)
          .map(({ metrics }) => single(family, task, "base model", metrics)),
        ...rangesOf(family, task, of("mask", family)),
        ...of("finetuned", family)
          .filter((line) => line.task === task)
          .map(({ metrics }) => single(family, task, "finetuned", metrics)),
      ]);
      const header = [NAMES[family], "method", "perplexity", SECOND[family].title, "sparsity, %"];
      return [...markdown(header, methods), ""];
    }),
    ...FAMILIES.flatMap((family) => of("pairs", family).flatMap(({ pairs }) => likenessOf(family, pairs))),
  ].join("\n");
}

function single(family: FamilyName, task: TaskName, method: string, metrics: Metrics): string[] {
  const { metric: name, digits, factor } = SECOND[family];
  const second = times(metric(metrics, name), factor);
  return [task, method, interval(metric(metrics, "perplexity"), 2), interval(second, digits), "–"];
}

/** The mean over the seeds, and the lowest and highest value. */
function rangesOf(family: FamilyName, task: TaskName, masks: readonly Of<"mask">[]): string[][] {
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

function likenessOf(family: FamilyName, pairs: readonly Pair[]): string[] {
  const isWithin = ({ a, b }: Pair) => taskOf(a) === taskOf(b);
  const groups = { within: pairs.filter(isWithin), between: pairs.filter((pair) => !isWithin(pair)) };
  const mean = (group: readonly Pair[], value: (pair: Pair) => number) => spreadOf(group.map(value))!.mean;
  const range = (group: readonly Pair[], value: (pair: Pair) => number) => {
    const values = group.map(value);
    return `${fixed(mean(group, value), 2)} (${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)})`;
  };
  const measures: [name: string, of: (pair: Pair) => Estimate, chance: number][] = [
    ["correlation of heads' z", ({ heads }) => heads!, 0],
    ["lift", ({ lift }) => lift!, 1],
  ];
  const isAbove = (pair: Pair, of: (pair: Pair) => Estimate, chance: number) => of(pair).low! > chance;
  const verdicts = measures.map(([name, of, chance]) => {
    const { own, others } = differencesOf(pairs, (pair) => of(pair).value);
    const place = 1 + others.filter((other) => other >= own).length;
    const [inside, outside] = [
      mean(groups.within, (pair) => of(pair).value),
      mean(groups.between, (pair) => of(pair).value),
    ];
    const holds = inside > chance && inside > outside && place === 1;
    const agrees = holds ? "" : "not ";
    return `By ${name}, masks of one task are **${agrees}more alike than masks of two**: ${fixed(inside, 2)} against ${fixed(outside, 2)} on average (${chance} by chance); of the ${others.length + 1} ways to divide the masks into two groups of ${SEEDS.length}, the tasks' own has the ${place === 1 ? "largest difference" : `difference number ${place} in size`}.`;
  });
  return [
    `## ${NAMES[family]}: heads and weights of ${pairs.length} pairs of masks`,
    "",
    ...verdicts,
    "",
    ...markdown(
      [
        "pairs",
        "number",
        ...measures.flatMap(([name, , chance]) => [`${name}, mean (range)`, `interval above ${chance}`]),
      ],
      (["within", "between"] as const).map((kind) => [
        ...[kind === "within" ? "of one task" : "of two tasks", String(groups[kind].length)],
        ...measures.flatMap(([, of, chance]) => [
          range(groups[kind], (pair) => of(pair).value),
          String(groups[kind].filter((pair) => isAbove(pair, of, chance)).length),
        ]),
      ]),
    ),
    "",
    ...markdown(
      ["pair", "correlation of heads' z (95 % interval)", "lift (95 % interval)"],
      pairs.map(({ a, b, heads, lift }) => [`${a}, ${b}`, interval(heads!, 2), interval(lift!, 3)]),
    ),
    "",
  ];
}
