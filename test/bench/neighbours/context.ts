// Sentences in context: a model that reads the sentences of a document at once, against one that reads each without the others.

import { evaluated } from "../../../src/adaptation/evaluate.ts";
import { type Outcome, valueOfMetric } from "../../../src/adaptation/metrics.ts";
import { differenceOf, sampled } from "../../../src/adaptation/paired.ts";
import type { Context } from "../../../src/data/encode.ts";
import { readTask } from "../../../src/data/task.ts";
import { grouped } from "../../../src/numbers.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { spreadOf } from "../../../src/spread.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import { METHODS, type Method, pointsOf, SEEDS } from "../accuracy.ts";
import { cell } from "../cells.ts";
import { circumstances, Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";
import { FEW, minilm, taskFile } from "../tasks.ts";
import type { Work } from "./work.ts";

/** Documents to train on, limited by the time on two cores. */
const DOCUMENTS = 400;
const EPOCHS = 2;
const MAX_LENGTH = 256;
/** Examples per step by what is read at once: about as many sentences in both, since an abstract has 6.7 on average. */
const BATCH: Readonly<Record<Context, number>> = { document: 4, sentence: 27 };
const CONTEXTS: readonly Context[] = ["document", "sentence"];
const METHOD_NAMES: readonly Method[] = ["finetuned", "masked"];

/** The split that every cell is evaluated on. */
interface Data {
  readonly documents: number;
  readonly labels: readonly string[];
  /** The label of each sentence: a digit each, by document. */
  readonly targets: readonly string[];
  /** The label with the most training sentences. */
  readonly majority: number;
}

interface Cell {
  readonly method: Method;
  readonly context: Context;
  readonly seed: number;
  /** The predicted label of each sentence: a digit each, by document. */
  readonly predictions: readonly string[];
  readonly sparsity: number | null;
  readonly steps: number;
  /** Documents of which the test loses tokens to the maximum length. */
  readonly cut: number;
  readonly seconds: number;
  readonly processor: string;
}

type Line = ({ readonly kind: "data" } & Data) | ({ readonly kind: "cell" } & Cell);

const nameOf = ({ method, context, seed }: Pick<Cell, "method" | "context" | "seed">) => `${method}-${context}-${seed}`;
const finished = () =>
  new Finished<Line>("docs/neighbours/context.jsonl", (line) => (line.kind === "data" ? "data" : nameOf(line)));

const optionsOf = ({ method, context, seed }: Pick<Cell, "method" | "context" | "seed">): Partial<RunOptions> => ({
  ...METHODS[method][0],
  ...{ context, seed, maskSeed: seed, epochs: EPOCHS, batchSize: BATCH[context], maxLength: MAX_LENGTH },
  ...{ limit: { train: DOCUMENTS }, evaluateEvery: 0, device: "cpu" },
});

async function measure(): Promise<void> {
  const lines = finished();
  const [task, whole] = [taskFile("fewDocuments"), taskFile("documents")];
  for (const seed of SEEDS)
    for (const method of METHOD_NAMES)
      for (const context of CONTEXTS) {
        const place = { method, context, seed };
        if (lines.find(nameOf(place))) continue;
        const start = performance.now();
        const result = await cell("context", nameOf(place), { model: minilm(), task, ...optionsOf(place) });
        const measured = circumstances(start);
        const { predictions, targets, cut } = await predictedBy(result.adaptation, whole);
        if (!lines.find("data")) lines.add({ kind: "data", ...(await dataOf(whole, targets)) });
        const { sparsity, steps } = result;
        lines.add({ kind: "cell", ...place, predictions, sparsity, steps, cut, ...measured });
      }
}

async function predictedBy(
  adaptation: string,
  task: string,
): Promise<Pick<Cell, "predictions" | "cut"> & Pick<Data, "targets">> {
  for await (const { sample, metrics } of evaluated({
    ...{ adaptations: [adaptation], tasks: { [adaptation]: task }, model: minilm(), split: "test", device: "cpu" },
  })) {
    if (!("targets" in sample)) continue;
    const digits = (labels: readonly (readonly number[])[]) => labels.map((own) => own.join(""));
    return { predictions: digits(sample.predictions), targets: digits(sample.targets), cut: metrics.cut as number };
  }
  throw new Error(`${adaptation} was not evaluated`);
}

async function dataOf(file: string, targets: readonly string[]): Promise<Data> {
  const { labels, labelCounts } = await readTask(file);
  const majority = labelCounts.train.indexOf(Math.max(...labelCounts.train));
  return { documents: targets.length, labels, targets, majority };
}

/** The cells that both contexts have, with the data; undefined before there are any. */
interface Found {
  readonly data: Data;
  /** The seeds of a method that both contexts have. */
  seeds(method: Method): readonly number[];
  cell(place: Pick<Cell, "method" | "context" | "seed">): Cell;
}

function found(): Found | undefined {
  const lines = finished();
  const data = lines.find("data");
  const cellAt = (place: Parameters<Found["cell"]>[0]) => lines.find(nameOf(place)) as Cell | undefined;
  const seeds = (method: Method) =>
    SEEDS.filter((seed) => CONTEXTS.every((context) => cellAt({ method, context, seed })));
  if (data?.kind !== "data" || !METHOD_NAMES.some((method) => seeds(method).length)) return undefined;
  return { data, seeds, cell: (place) => cellAt(place)! };
}

const METRICS = ["accuracy", "macroF1"] as const;

/** A test outcome with a metric; of a label, F1 of that label against all others. */
function outcomeAs(
  { labels, targets }: Data,
  predictions: readonly string[],
  metric: (typeof METRICS)[number] | { readonly label: number },
): Outcome {
  const isLabel = typeof metric === "object";
  const numbers = (documents: readonly string[]) =>
    documents.map((own) => [...own].map((digit) => (isLabel ? Number(Number(digit) === metric.label) : Number(digit))));
  return {
    ...{
      kind: "document",
      metric: isLabel ? "f1" : metric,
      labels: isLabel ? ["other", labels[metric.label]!] : labels,
    },
    ...{ targets: numbers(targets), predictions: numbers(predictions) },
  };
}

type Measure = Parameters<typeof outcomeAs>[2];

const outcomesOf = ({ data, seeds, cell }: Found, method: Method, context: Context, metric: Measure) =>
  seeds(method).map((seed) => outcomeAs(data, cell({ method, context, seed }).predictions, metric));

const differenceIn = (all: Found, method: Method, metric: Measure) =>
  differenceOf(
    outcomesOf(all, method, "document", metric).map(sampled),
    outcomesOf(all, method, "sentence", metric).map(sampled),
  );

const scoreOf = (outcome: Outcome) => valueOfMetric(outcome, outcome.metric);

const percentOf = (value: number) => (100 * value).toFixed(1);

/** "62.1 ± 0.8", over seeds. */
const meanOf = (all: Found, method: Method, context: Context, metric: Measure) =>
  spreadText(spreadOf(outcomesOf(all, method, context, metric).map(scoreOf)), percentOf);

/** What predicting the most frequent training label everywhere would give, in percent. */
const majorityIn = (data: Data, metric: Measure) =>
  percentOf(
    scoreOf(
      outcomeAs(
        data,
        data.targets.map(({ length }) => String(data.majority).repeat(length)),
        metric,
      ),
    ),
  );

/** What the same command still has to measure: "masked (1 of 3 seeds)". */
const missingIn = ({ seeds }: Found) =>
  METHOD_NAMES.filter((method) => seeds(method).length < SEEDS.length).map(
    (method) => `${method} (${seeds(method).length} of ${SEEDS.length} seeds)`,
  );

function verdict() {
  const all = found();
  if (!all || missingIn(all).length) return undefined;
  const differences = METHOD_NAMES.map((method) => [method, differenceIn(all, method, "accuracy")] as const);
  const better = differences.filter(([, { low }]) => low !== null && low > 0).map(([method]) => method);
  const result = differences.map(([method, difference]) => `${method} ${pointsOf(difference)}`).join("; ");
  return {
    result: `points of accuracy that context adds: ${result}`,
    held: better.length === METHOD_NAMES.length ? "yes" : better.length ? `only ${better.join(", ")}` : "no",
  };
}

function section(): string[] {
  const all = found();
  if (!all) return ["Not measured yet."];
  const { data, seeds } = all;
  const methods = METHOD_NAMES.filter((method) => seeds(method).length);
  const cells = methods.flatMap((method) =>
    CONTEXTS.flatMap((context) => seeds(method).map((seed) => all.cell({ method, context, seed }))),
  );
  const stepsOf = (context: Context) => [
    ...new Set(cells.filter((one) => one.context === context).map(({ steps }) => steps)),
  ];
  const cutOf = (context: Context) => Math.max(...cells.filter((one) => one.context === context).map(({ cut }) => cut));
  const rows = methods.flatMap((method) =>
    METRICS.map((metric) => [
      method,
      String(seeds(method).length),
      metric === "accuracy" ? "accuracy" : "macro F1",
      majorityIn(data, metric),
      meanOf(all, method, "sentence", metric),
      meanOf(all, method, "document", metric),
      pointsOf(differenceIn(all, method, metric)),
    ]),
  );
  const counts = data.labels.map((_, label) =>
    data.targets.reduce((sum, own) => sum + [...own].filter((digit) => Number(digit) === label).length, 0),
  );
  const labels = methods.flatMap((method) =>
    data.labels.map((name, label) => [
      method,
      name,
      grouped(counts[label]!),
      meanOf(all, method, "sentence", { label }),
      meanOf(all, method, "document", { label }),
      pointsOf(differenceIn(all, method, { label })),
    ]),
  );
  const missing = missingIn(all);
  const sentences = counts.reduce((sum, count) => sum + count, 0);
  return [
    `Each sentence of an abstract has one of ${data.labels.length} roles (CSAbstruct, the sample's task *abstracts*). With \`--context document\`, the default, all-MiniLM-L6-v2 reads the sentences of an abstract at once (\`[CLS] s1 [SEP] s2 [SEP] …\`, as Cohan et al. do) and classifies the vector at each \`[SEP]\`; with \`--context sentence\` it reads \`[CLS] s [SEP]\`, one sentence at a time, and classifies the same vector. Both train on the same ${DOCUMENTS} abstracts (drawn by the seed) for ${EPOCHS} epochs, with the settings of [results.md](results.md) for finetuning and masks and about as many sentences per step (${BATCH.document} abstracts, or ${BATCH.sentence} sentences; ${listed(stepsOf("document"))} and ${listed(stepsOf("sentence"))} steps; the epoch that is best on ${FEW} validation abstracts), and are evaluated on all ${grouped(sentences)} sentences of the ${grouped(data.documents)} test abstracts. Of the abstracts, ${cutOf("document")} lose tokens to the maximum length of ${MAX_LENGTH} when they are read at once, and ${cutOf("sentence")} when they are read by sentence.`,
    "",
    ...(missing.length
      ? [`Not finished: ${missing.join(", ")}; \`npm run bench neighbours context\` continues.`, ""]
      : []),
    `In percent, mean ± sample standard deviation over seeds; *majority* always answers ${data.labels[data.majority]}, the most frequent training label. The difference is that of the means in points, with the 95 % interval of a paired bootstrap that draws whole abstracts: how it varies with the test abstracts, not with the seeds.`,
    "",
    ...markdown(["method", "seeds", "metric", "majority", "single sentences", "in context", "context adds"], rows),
    "",
    "Which labels gain: F1 of each label against all others. These intervals are not corrected for their number.",
    "",
    ...markdown(["method", "label", "test sentences", "single sentences", "in context", "context adds"], labels),
    "",
    "Cohan et al. compare with encoders of single sentences that get their context from a second encoder or a CRF, on SciBERT and all 1,668 training abstracts; here nothing gives single sentences a context, so this is what context as such is worth to a small model after few steps. Most of what it loses is in the rarer labels, probably because a vector that sees all sentences must first learn which of them is its own.",
    "",
    "The same comparison with your own data: `masklens study new context` makes a study of both contexts, and `masklens evaluate A B` on two of its adaptations gives the paired difference over documents, with `--json` also each label's precision, recall and F1.",
  ];
}

const listed = (steps: readonly number[]) => [...steps].sort((a, b) => a - b).join(" to ");

export const CONTEXT: Work = {
  name: "context",
  title: "Sentences in context",
  source: "[Cohan et al. 2019](https://arxiv.org/abs/1909.04054)",
  command: "masklens train --context document",
  page: "run, evaluation, preset *Context* of studies",
  claim:
    "BERT that reads all sentences of a document at once captures their context, without a hierarchical encoder or a CRF, and is the best on four datasets",
  measure,
  section,
  verdict,
};
