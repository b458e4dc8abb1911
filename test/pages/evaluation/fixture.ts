// Messages for the evaluation page: adaptations with predictions drawn from a seed, and their numbers as the core computes them.

import { calibrationOf } from "../../../src/adaptation/calibration.ts";
import type { Comparison } from "../../../src/adaptation/evaluate.ts";
import { confidenceOf, type ExampleLine, type Lined, lineOf, lossOf } from "../../../src/adaptation/example-lines.ts";
import { metricsOf, type Outcome } from "../../../src/adaptation/metrics.ts";
import { holm, paired, sampled } from "../../../src/adaptation/paired.ts";
import { perLabel } from "../../../src/adaptation/per-label.ts";
import { scoredUnits, type Units } from "../../../src/adaptation/units.ts";
import type { Attributes } from "../../../src/data/attributes/values.ts";
import type { Example, LabelledKind } from "../../../src/data/examples.ts";
import { Random } from "../../../src/data/random.ts";
import type { EvaluatedView } from "../../../src/messages/evaluation.ts";

export interface Evaluated {
  readonly message: object;
  readonly views: readonly EvaluatedView[];
  /** The line of an example as evaluated with an adaptation. */
  readonly line: (adaptation: number, example: number) => ExampleLine;
}

interface Given {
  readonly kind?: LabelledKind;
  readonly labels?: readonly string[];
  readonly names?: readonly string[];
  readonly task?: string;
  readonly count?: number;
  readonly unscored?: "wrong" | "leave-out";
  readonly text?: (example: number) => string;
  /** The names of the attributes, and an example's values of each. */
  readonly attributes?: readonly string[];
  readonly valuesOf?: (example: number) => Attributes;
}

/** How many words a sentence or sentences a document has; 1 elsewhere. */
const unitsIn = (kind: LabelledKind, example: number): number =>
  kind === "tagging" || kind === "document" ? 1 + (example % 4) : 1;

export function evaluationOf({
  kind = "sentence",
  labels = ["negative", "positive"],
  names = ["one", "two"],
  task = "sentiment",
  count = 40,
  unscored = "wrong",
  text = (example) => `Text number ${example}`,
  attributes = [],
  valuesOf = () => [],
}: Given = {}): Evaluated {
  const metric = kind === "tagging" ? "macroF1" : "accuracy";
  const random = new Random(7, "evaluation page");
  const starts = Uint32Array.from({ length: count + 1 }, (_, i) =>
    Array.from({ length: i }, (_, example) => unitsIn(kind, example)).reduce((sum, units) => sum + units, 0),
  );
  const targets = Int32Array.from({ length: starts.at(-1)! }, () => random.below(labels.length));
  const examples = Array.from({ length: count }, (_, example) => ({
    ...exampleOf(kind, example, text),
    ...(attributes.length > 0 && { attributes: valuesOf(example) }),
  }));
  const all = names.map((name) => {
    const units = unitsOf(starts, targets, labels.length, random, kind === "tagging");
    const lined: Lined = { adaptation: `/masks/${name}/${name}.mask.safetensors`, labels, attributes, examples, units };
    return { name, lined, units };
  });
  const listed = (values: Int32Array) =>
    Array.from({ length: count }, (_, example) => [...values.subarray(starts[example], starts[example + 1])]);
  const outcomes = all.map(
    ({ units }): Outcome => ({
      kind,
      metric,
      labels,
      targets: listed(targets),
      predictions: listed(units.predictions),
    }),
  );
  const views = all.map(({ name, lined, units }, i): EvaluatedView => {
    const { examples, ...metrics } = metricsOf(outcomes[i]!);
    return {
      ...{
        name,
        adaptation: lined.adaptation,
        notes: i ? [] : ["The file has 1 example with empty text."],
        permuteLabels: null,
      },
      metrics: { examples, cut: 2, unscored: units.predictions.filter((one) => one < 0).length, ...metrics },
      task: { file: `/tasks/${task}.task.json`, name: task, kind, metric },
      details: {
        ...perLabel(scoredUnits(units, unscored), labels),
        calibration: calibrationOf(scoredUnits(units, "leave-out"), kind === "choice"),
      },
      examples: {
        ...{ starts, targets, predictions: units.predictions },
        losses: Float32Array.from(lined.examples, (_, example) => lossOf(units, example)),
        confidences: Float32Array.from(lined.examples, (_, example) => confidenceOf(units, example)),
      },
    };
  });
  const message = {
    ...{ type: "evaluated", split: "test", device: "auto", tool: "masklens 0.1.0" },
    views: views.map(sent),
    comparisons: comparisonsOf(views, outcomes),
  };
  return { message, views, line: (adaptation, example) => lineOf(all[adaptation]!.lined, example, 20) };
}

function comparisonsOf(views: readonly EvaluatedView[], outcomes: readonly Outcome[]): Comparison[] {
  const sampledOnes = outcomes.map(sampled);
  const pairs = views.flatMap((a, i) =>
    views.slice(i + 1).map((b, j) => ({ a, b, compared: paired(sampledOnes[i]!, sampledOnes[i + 1 + j]!) })),
  );
  const adjusted = holm(pairs.flatMap(({ compared }) => (compared.mcnemar ? [compared.mcnemar.p] : [])));
  return pairs.map(({ a, b, compared }, i) => ({
    ...{ a: a.adaptation, b: b.adaptation, ...compared },
    mcnemar: compared.mcnemar && { ...compared.mcnemar, pHolm: adjusted[i]! },
  }));
}

/** Probabilities that favour the label in most cases; the first word of every tenth sentence has none. */
function unitsOf(starts: Uint32Array, targets: Int32Array, classes: number, random: Random, cut: boolean): Units {
  const logProbabilities = new Float32Array(targets.length * classes);
  const predictions = new Int32Array(targets.length);
  for (const [unit, target] of targets.entries()) {
    const own = Array.from({ length: classes }, (_, k) => 2 * random.uniform() + (k === target ? 1 : 0));
    const sum = own.reduce((total, x) => total + Math.exp(x), 0);
    for (const [k, x] of own.entries()) logProbabilities[unit * classes + k] = x - Math.log(sum);
    predictions[unit] = own.indexOf(Math.max(...own));
  }
  for (let example = 0; cut && example < starts.length - 1; example += 10) {
    const unit = starts[example]!;
    predictions[unit] = -1;
    logProbabilities.fill(Number.NaN, unit * classes, (unit + 1) * classes);
  }
  return { classes, starts, targets, predictions, logProbabilities };
}

function exampleOf(kind: LabelledKind, example: number, text: (example: number) => string): Example {
  const many = Array.from({ length: unitsIn(kind, example) }, (_, i) => `${text(example)} ${i}`);
  if (kind === "tagging") return { words: many, tags: [] };
  if (kind === "document") return { sentences: many, labels: [] };
  if (kind === "choice") return { text: text(example), choices: [0, 1, 2, 3].map((i) => `ending ${i}`), label: 0 };
  const own = { text: text(example), label: 0 };
  return kind === "pair" ? { ...own, textPair: `second ${example}` } : own;
}

/** A view as the tests send it: numbers arrive as arrays of floats. */
const sent = ({ examples, ...view }: EvaluatedView) => ({
  ...view,
  examples: Object.fromEntries(
    Object.entries(examples).map(([key, values]) => [
      key,
      { $floats: Array.from(values as Float32Array, (value) => (Number.isNaN(value) ? null : value)) },
    ]),
  ),
});
