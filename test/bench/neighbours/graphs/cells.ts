// The runs of the benchmark of graphs, each trained once, and what they generate for the test split.

import { existsSync } from "node:fs";
import path from "node:path";
import { evaluated } from "../../../../src/adaptation/evaluate.ts";
import { exportModel } from "../../../../src/adaptation/export/export.ts";
import { initialize } from "../../../../src/adaptation/initialize/initialize.ts";
import { type SampledMetric, sampledTexts } from "../../../../src/adaptation/paired.ts";
import { valueOfTextMetric } from "../../../../src/adaptation/text-metrics/metrics.ts";
import type { TextOutcome } from "../../../../src/adaptation/text-metrics/outcome.ts";
import type { Layout } from "../../../../src/data/graphs/layout.ts";
import type { TextMetric } from "../../../../src/metric.ts";
import { type CellOptions, cell } from "../../cells.ts";
import { CACHE, writeTask } from "../../tasks.ts";
import { type GraphLine, graphLines } from "./families.ts";
import { wordnetLines } from "./wordnet.ts";

export const SEEDS = [1, 2, 3] as const;
export const STEPS = { adapted: 400, families: 900, wordnet: 300 } as const;

/** How many graphs each split has. */
export const COUNTS = { train: 1200, validation: 20, test: 150 } as const;
export type Data = "families" | "wordnet";
const LINES: Record<Data, (count: number) => GraphLine[]> = { families: graphLines, wordnet: wordnetLines };

/** What the model reads of a graph. */
export const READ = {
  full: {},
  shuffled: { order: "shuffled" },
  labels: { structure: "labels" },
  bag: { structure: "labels", order: "shuffled" },
} as const satisfies Record<string, Partial<Layout>>;
export type Reading = keyof typeof READ;

/** How a run starts and what it trains: all weights of a new model, those of one that was adapted to the texts, or a mask of its weights. */
export const WAYS = ["new", "adapted", "mask"] as const;
export type Way = (typeof WAYS)[number];

export interface Line {
  readonly data: Data;
  readonly reading: Reading;
  readonly way: Way;
  readonly seed: number;
  readonly seconds: number;
  /** For each graph of the test split. */
  readonly generated: readonly string[];
  /** Of WordNet, whose glosses are not kept with what was generated for them. */
  readonly scores?: Readonly<Record<Scored, number>>;
}
const SCORED = ["bleu", "chrf", "exactMatch"] as const satisfies readonly TextMetric[];
export type Scored = (typeof SCORED)[number];
export type Asked = Pick<Line, "data" | "reading" | "way" | "seed">;

export const keyOf = ({ data, reading, way, seed }: Asked): string => `${data} ${reading} ${way} ${seed}`;

const place = (...names: string[]) => path.resolve(CACHE, "graphs", ...names);

type Splits = Record<keyof typeof COUNTS, GraphLine[]>;
const made = new Map<Data, Splits>();
function splitsOf(data: Data): Splits {
  const { train, validation, test } = COUNTS;
  const known = made.get(data);
  if (known) return known;
  const lines = LINES[data](train + validation + test);
  const splits = {
    test: lines.slice(0, test),
    validation: lines.slice(test, test + validation),
    train: lines.slice(test + validation),
  };
  made.set(data, splits);
  return splits;
}

const taskOf = (data: Data, name: string, more: object): string =>
  writeTask(place(data), name, splitsOf(data), { kind: "generation", ...more });

const COMMON = { schedule: "linear", warmup: 30, dropout: 0, epochs: 1000, batchSize: 32, maxLength: 64 } as const;
const FINETUNE = { method: "finetune", learningRate: 3e-3 } as const;

/** A new T5, whose tokenizer is trained on the sources and texts. */
async function newModel(data: Data): Promise<string> {
  const out = place(data, "new");
  if (existsSync(out)) return out;
  const texts = { task: taskOf(data, "full", { metric: "bleu", graph: {} }) };
  const sizes = { hiddenSize: 64, layers: 2, heads: 4, positions: 64, vocabSize: 1000 };
  await initialize({ family: "t5", ...sizes, texts, seed: 1, out });
  return out;
}

/** The new model, adapted to the texts of the training split: it restores them from damaged copies and sees no graph. */
async function adaptedModel(data: Data): Promise<string> {
  const out = place(data, "adapted");
  if (existsSync(out)) return out;
  const task = taskOf(data, "texts", { denoise: {} });
  const steps = { maxSteps: STEPS.adapted, evaluateEvery: STEPS.adapted };
  const options = { ...COMMON, ...FINETUNE, ...steps, seed: 1 };
  const { adaptation } = await cell("graphs", `${data}-adapted`, { ...options, model: await newModel(data), task });
  await exportModel({ adaptation, out });
  return out;
}

/** Trains the run if it is not in the cache, and generates the texts of the test split. */
export async function measured({ data, reading, way, seed }: Asked): Promise<Line> {
  const model = way === "new" ? await newModel(data) : await adaptedModel(data);
  const task = taskOf(data, reading, { metric: "bleu", graph: READ[reading] });
  const method = way === "mask" ? ({ method: "mask", learningRate: 3e-2 } as const) : FINETUNE;
  const name = keyOf({ data, reading, way, seed }).replaceAll(" ", "-");
  const steps = { maxSteps: STEPS[data], evaluateEvery: STEPS[data] };
  const options: CellOptions = { ...COMMON, ...method, ...steps, model, task, seed, maskSeed: seed };
  const { adaptation, seconds } = await cell("graphs", name, options);
  for await (const { outcome } of evaluated({ adaptations: [adaptation], split: "test", device: "cpu" }))
    return withScores({ data, reading, way, seed, seconds, generated: outcome!.texts!.generated });
  throw new Error(`${name} was not evaluated`);
}

/** The line with its scores, if they cannot be computed elsewhere. */
function withScores(line: Line): Line {
  if (line.data !== "wordnet") return line;
  const scores = Object.fromEntries(SCORED.map((metric) => [metric, scoreOf(line, metric)]));
  return { ...line, scores: scores as Record<Scored, number> };
}

/** What a run generated, as an outcome with this metric. */
function outcomeOf({ data, generated }: Line, metric: TextMetric): TextOutcome {
  const references = splitsOf(data).test.map(({ texts }) => texts);
  const zeros = () => new Float64Array(references.length);
  return {
    ...{ kind: "generation", metric },
    losses: { nats: zeros(), scored: zeros(), tokens: zeros(), bytes: zeros() },
    texts: { generated, references, cut: references.map(() => false) },
  };
}

/** The metric of what a run generated. */
export const scoreOf = (line: Line, metric: Scored): number =>
  line.scores?.[metric] ?? valueOfTextMetric(outcomeOf(line, metric), metric);

/** BLEU of what a run generated, over bootstrap samples of the test graphs. */
export const sampledOf = (line: Line): SampledMetric => sampledTexts(outcomeOf(line, "bleu"));
