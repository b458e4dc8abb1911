// docs/many.md: what a thousand masks take in memory and time, and how often the surest mask is the right one.

import { wilson } from "../../../src/adaptation/intervals.ts";
import { differenceOf } from "../../../src/adaptation/paired.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import { between, fixed, grouped } from "../../../src/numbers.ts";
import { sampledOf } from "../accuracy.ts";
import { markdown } from "../markdown.ts";
import type { Hits, Rule } from "./hits.ts";
import type { Resident } from "./resident.ts";
import type { Quartiles, Times } from "./time.ts";

interface Values {
  readonly hits: Hits;
  readonly memory: readonly Resident[];
  readonly time: Times;
}

interface LineOf<P extends keyof Values> {
  readonly part: P;
  readonly value: Values[P];
  /** Whether the runtime's threads blocked while they waited. */
  readonly blocks: boolean;
  readonly processor: string;
}

/** A finished part. */
export type Line = { readonly [P in keyof Values]: LineOf<P> }[keyof Values];

/** The most that a mask may take, in sizes of its file, and that an answer may take, in answers of one mask. */
const GOAL = 1.1;

const RULES: Readonly<Record<Rule, string>> = {
  relative: "entropy / ln K (`masklens which`)",
  entropy: "entropy, as in SupSup",
  centred: "entropy / ln K, minus its mean over the mask's own validation texts",
  standardized: "the same, in standard deviations of those texts",
};

const share = (value: number) => `${fixed(100 * value, 1)} %`;
const quartiles = ([low, middle, high]: Quartiles, digits: number) =>
  `${fixed(middle, digits)} (${between(fixed(low, digits), fixed(high, digits))})`;
/** Of a ratio's interval. */
const verdictOf = ([low, high]: readonly [low: number, high: number]) =>
  low <= GOAL && high > GOAL ? "the machine was too busy to tell" : verdict(high <= GOAL);
const verdict = (holds: boolean) => (holds ? "holds" : "**does not hold**");

export function pageOf(lines: readonly Line[]): string {
  const find = <P extends keyof Values>(part: P) => lines.find((line) => line.part === part) as LineOf<P> | undefined;
  const [memory, time, hits] = [find("memory"), find("time"), find("hits")];
  const missing = Object.entries({ memory, time, hits }).flatMap(([part, line]) => (line ? [] : [part]));
  return [
    "# A thousand tasks",
    "",
    "Made by `npm run bench many` over all-MiniLM-L6-v2 with masks of ten tasks. A thousand masks are generated from the ten: mask i is the real mask i mod 10 with the rows of each matrix's bits rotated by 37 · ⌊i / 10⌋ rows. Such masks are useless for their tasks, but they take as much memory and time as real ones, and no two are equal.",
    "",
    ...(missing.length ? [`Not measured yet: ${missing.join(", ")}.`, ""] : []),
    ...(memory ? memoryText(memory) : []),
    ...(time ? timeText(time) : []),
    ...(hits ? hitsText(hits.value) : []),
  ].join("\n");
}

function memoryText({ value, processor }: LineOf<"memory">): string[] {
  const [first] = value as [Resident];
  const base = first.peak - first.files;
  const rows = value.map(({ masks, files, peak }) => {
    const bound = base + GOAL * files;
    return [
      ...[grouped(masks), fixed(files, 1), fixed(peak, 0), fixed(bound, 0)],
      masks === first.masks ? "–" : fixed((peak - first.peak) / (files - first.files), 3),
    ];
  });
  const last = value.at(-1)!;
  const above = value.filter(({ files, peak }) => peak > base + GOAL * files);
  const holds = last.peak <= base + GOAL * last.files;
  return [
    "## Memory",
    "",
    `Each row is a process of its own (Node ${process.version}; ${processor}) that loads the masks' files as the editor does and asks each mask once. Peak is the process's largest resident memory (VmHWM), with everything: Node, ONNX Runtime, the base model, its compiled graphs, and of each mask the bits, auxiliary parameters, classifier, metadata and objects. Base, ${fixed(base, 0)} MB, is the peak with ${grouped(first.masks)} masks minus their files. 1 MB is 2²⁰ bytes.`,
    "",
    ...markdown(
      [
        "masks",
        "files, MB",
        "peak, MB",
        `base + ${GOAL} × files, MB`,
        "memory of a further mask, in sizes of its file",
      ],
      rows,
    ),
    "",
    `Goal: ${grouped(last.masks)} masks take at most base + ${GOAL} × their files: ${verdict(holds)}.${above.map(({ masks, files, peak }) => ` With ${grouped(masks)} masks, the peak is ${fixed(peak - base - GOAL * files, 0)} MB above that.`).join("")}`,
    "",
  ];
}

function timeText({ value, blocks, processor }: LineOf<"time">): string[] {
  const { tokens, masks, rounds, same, other, ratio, interval, unmasked } = value;
  const waits = blocks
    ? " The runtime's threads blocked while they waited (MASKLENS_SPINNING=0), because other processes shared the cores."
    : "";
  return [
    "## Time of an answer",
    "",
    `One text of ${tokens} tokens, from the text to the probabilities, with ${grouped(masks)} masks loaded, in ${rounds} rounds (${processor}): an answer without masks, one by a real mask that has just answered, and one by another mask, each time by one that has not answered before. Medians, with quartiles, in milliseconds.${waits}`,
    "",
    ...markdown(
      ["answer", "ms"],
      [
        ["by the mask that answered last", quartiles(same, 1)],
        ["by another mask", quartiles(other, 1)],
        ["ratio of the two, round by round", quartiles(ratio, 3)],
        ["without masks, with the same auxiliary parameters", quartiles(unmasked, 1)],
      ],
    ),
    "",
    `Goal: an answer by another mask takes at most ${GOAL} × that by the same mask: ${verdictOf(interval)} (median ratio ${fixed(ratio[1], 3)}, 95 % interval by order statistics ${between(fixed(interval[0], 3), fixed(interval[1], 3))}). Nothing is prepared when masks are switched, because every run unpacks the bits of its mask. This is also what a mask costs: a single one answers in ${fixed(same[1] / unmasked[1], 2)} × the time of the unmasked model. \`masklens export\` writes a model that needs no unpacking.`,
    "",
  ];
}

function hitsText({ tasks, texts, chosen, right, accuracy, means, own }: Hits): string[] {
  const all = tasks.length * texts;
  const chance = 1 / tasks.length;
  const rateOf = (rule: Rule) => chosen[rule].reduce((sum, row, i) => sum + row[i]!, 0) / all;
  const rules = Object.keys(RULES) as Rule[];
  const rate = (rule: Rule) => {
    const { low, high } = wilson(rateOf(rule), all);
    return `${share(rateOf(rule))} (${between(fixed(100 * low, 1), fixed(100 * high, 1))})`;
  };
  const relative = sampledOf({ right: right.relative });
  const differences = rules.map((rule) => differenceOf([sampledOf({ right: right[rule] })], [relative]));
  const difference = ({ value, low, high }: Interval) =>
    `${fixed(100 * value, 1)} (${fixed(100 * low!, 1)} to ${fixed(100 * high!, 1)})`;
  const { low, high } = differences[rules.indexOf("entropy")]!;
  const table = (cell: (row: number, column: number) => string) =>
    tasks.map((task, row) => [task, ...tasks.map((_, column) => cell(row, column))]);
  const counts = chosen.relative;
  const columns = tasks.map((_, column) => counts.reduce((sum, row) => sum + row[column]!, 0));
  const greedy = columns.indexOf(Math.max(...columns));
  const chosenOnes = [...tasks.keys()].filter((column) => columns[column]);
  const never = tasks.filter((_, column) => !columns[column]);
  const found = chosenOnes.reduce((sum, row) => sum + counts[row]![row]!, 0);
  const rest = share(found / (texts * chosenOnes.length));
  return [
    "## Which mask fits a text",
    "",
    `${texts} test texts of each of ten tasks are put to the ten masks (one per task, 4 to 8 epochs on 1,500 examples; spam 2, and abstracts, firstword and joined 2 on 1,000), and the mask with the lowest entropy is chosen (SupSup, Wortsman et al. 2020). sst2, trec, subj, cola, agnews, sentiment and spam are the data sets of these names; abstracts is the role of a sentence of an abstract, firstword the part of speech of the first word of a sentence of the Brown corpus, and joined whether two sentences of mrpc, joined into one text, say the same. Texts of sst2, subj and sentiment are alike: film reviews occur in all three.`,
    "",
    ...markdown(
      [
        "chosen is the mask with the smallest",
        `right, of ${grouped(all)} texts (95 % interval, Wilson)`,
        "difference, points",
        "chance",
      ],
      rules.map((rule, i) => [
        ...[RULES[rule], rate(rule), rule === "relative" ? "–" : difference(differences[i]!), share(chance)],
      ]),
    ),
    "",
    `The difference is that from entropy / ln K, with the 95 % interval of a paired bootstrap over the texts. Entropy and entropy / ln K ${low! <= 0 && high! >= 0 ? "do not differ measurably" : "differ measurably"}. The rules that know the mask's own validation texts need them at hand; \`masklens which\` does not use them.`,
    "",
    "### What was chosen",
    "",
    `By entropy / ln K. Rows: the text's task; columns: the chosen mask's. Chance is ${fixed(texts * chance, 0)} in each cell.`,
    "",
    ...markdown(
      ["", ...tasks],
      table((row, column) => String(counts[row]![column])),
    ),
    "",
    `Entropy prefers confident masks, whatever the text: that of ${tasks[greedy]} was chosen for ${columns[greedy]} texts, of which ${counts[greedy]![greedy]} are its own.${never.length ? ` The masks of ${never.join(", ")} were never chosen: they are the least sure, even of their own texts. Over the texts of the other ${chosenOnes.length} tasks, the choice is right for ${rest} (chance among their masks ${share(1 / chosenOnes.length)}).` : ""}`,
    "",
    "### How sure each mask is",
    "",
    "Entropy / ln K in %, means. Rows: the text's task; columns: the mask's. Below, that of each mask over validation texts of its own task, and its accuracy on its own test texts above.",
    "",
    ...markdown(
      ["", ...tasks],
      [
        ...table((row, column) => fixed(100 * means[row]![column]!, 0)),
        ["*own validation texts*", ...own.map(({ mean }) => fixed(100 * mean, 0))],
        ["*accuracy, %*", ...accuracy.map((value) => fixed(100 * value, 0))],
      ],
    ),
    "",
  ];
}
