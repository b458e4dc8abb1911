// One line of JSON for each example and adaptation: its texts, labels, predictions, probabilities and loss.

import type { Attributes } from "../data/attributes/values.ts";
import type { Example, GenerationExample } from "../data/examples.ts";
import { NOTHING } from "./metrics.ts";
import type { AskedText } from "./prediction.ts";
import type { TextOutcome } from "./text-metrics/outcome.ts";
import type { Units } from "./units.ts";

/** What the lines of an adaptation are made from. */
export interface Lined {
  readonly adaptation: string;
  readonly labels: readonly string[];
  /** The names of the examples' attributes. */
  readonly attributes: readonly string[];
  readonly examples: readonly Example[];
  /** All units, also those that a task leaves out. */
  readonly units: Units;
}

/** What the lines of an adaptation that generates texts are made from. */
export interface GeneratedLined {
  readonly adaptation: string;
  readonly examples: readonly Example[];
  readonly outcome: TextOutcome;
}

/** A line about a generated text; the example has a `source` and a `target`. */
export interface GeneratedLine {
  readonly adaptation: string;
  /** The index of the example in its split. */
  readonly example: number;
  readonly generated: string;
  /** The mean of −ln p over the tokens of the target that the model was scored on; null if there is none. */
  readonly loss: number | null;
}

export function generatedLineOf({ adaptation, examples, outcome }: GeneratedLined, example: number): GeneratedLine {
  const { nats, scored } = outcome.losses;
  return {
    ...{ adaptation, example, ...(examples[example] as GenerationExample) },
    generated: outcome.texts!.generated[example]!,
    loss: scored[example] ? short(nats[example]! / scored[example]!) : null,
  };
}

/** What a line contains besides the texts of the example (`text`, `textPair`, `choices`, `words` or `sentences`). */
export interface ExampleLine {
  readonly adaptation: string;
  /** The index of the example in its split. */
  readonly example: number;
  /** Only in tasks with attributes: the example's values of each by name; an empty list is a missing attribute. */
  readonly attributes?: AskedText["attributes"];
  /** A list in tagging and document tasks. */
  readonly label: string | readonly string[];
  /** null: the model did not see the word. */
  readonly prediction: string | readonly (string | null)[] | null;
  /** By label; in tagging and document tasks, a list for each label. */
  readonly probabilities: Readonly<Record<string, number | readonly (number | null)[]>>;
  /** The mean of −ln p of the label, over the words or sentences with a prediction; null if there is none. */
  readonly loss: number | null;
  /** Only in tagging and document tasks: −ln p for each word or sentence. */
  readonly losses?: readonly (number | null)[];
}

/** Six significant digits. */
const short = (value: number): number => Number(value.toPrecision(6));

/** The index of an example's lists of labels and of their units. */
const isList = (example: Example): boolean => "words" in example || "sentences" in example;

/** The mean of −ln p of the label over an example's predictions; NaN if there is none. */
export function lossOf({ classes, starts, targets, predictions, logProbabilities }: Units, example: number): number {
  let [count, sum] = [0, 0];
  for (let unit = starts[example]!; unit < starts[example + 1]!; unit++) {
    if (predictions[unit] === NOTHING) continue;
    count++;
    sum -= logProbabilities[unit * classes + targets[unit]!]!;
  }
  return count ? sum / count : Number.NaN;
}

/** The lowest probability of an example's predictions; NaN if there is none. */
export function confidenceOf({ classes, starts, predictions, logProbabilities }: Units, example: number): number {
  let lowest = Number.NaN;
  for (let unit = starts[example]!; unit < starts[example + 1]!; unit++) {
    const prediction = predictions[unit]!;
    if (prediction === NOTHING) continue;
    const confidence = Math.exp(logProbabilities[unit * classes + prediction]!);
    if (!(confidence >= lowest)) lowest = confidence;
  }
  return lowest;
}

/** The texts, labels and attributes of an example. */
type Fields = Readonly<Record<string, unknown>> & { readonly attributes?: Attributes };

/** An example's line as a value. `most`: of more labels than this, only the most probable ones have a probability. */
export function lineOf(lined: Lined, example: number, most: number): ExampleLine {
  const { adaptation, labels, examples, units } = lined;
  const { classes, starts, targets, predictions, logProbabilities } = units;
  const { label: _, tags: __, labels: ___, attributes, ...texts } = examples[example] as unknown as Fields;
  const own = Array.from({ length: starts[example + 1]! - starts[example]! }, (_, i) => starts[example]! + i);
  const probability = (unit: number, k: number) =>
    predictions[unit] === NOTHING ? null : short(Math.exp(logProbabilities[unit * classes + k]!));
  const loss = lossOf(units, example);
  const named = lined.attributes.map((name, i): [string, readonly string[]] => [name, attributes?.[i] ?? []]);
  const common = {
    ...{ adaptation, example, ...texts },
    ...(named.length > 0 && { attributes: Object.fromEntries(named) }),
  };
  const labelOf = (prediction: number) => (prediction === NOTHING ? null : labels[prediction]!);
  if (!isList(examples[example]!)) {
    const [unit = 0] = own;
    const order = [...labels.keys()];
    if (classes > most)
      order.sort((a, b) => logProbabilities[unit * classes + b]! - logProbabilities[unit * classes + a]!);
    return {
      ...common,
      ...{ label: labels[targets[unit]!]!, prediction: labelOf(predictions[unit]!) },
      probabilities: Object.fromEntries(order.slice(0, most).map((k) => [labels[k]!, probability(unit, k)!])),
      loss: short(loss),
    };
  }
  return {
    ...common,
    label: own.map((unit) => labels[targets[unit]!]!),
    prediction: own.map((unit) => labelOf(predictions[unit]!)),
    probabilities:
      classes > most
        ? {}
        : Object.fromEntries(labels.map((label, k) => [label, own.map((unit) => probability(unit, k))])),
    loss: Number.isNaN(loss) ? null : short(loss),
    losses: own.map((unit) =>
      predictions[unit] === NOTHING ? null : short(-logProbabilities[unit * classes + targets[unit]!]!),
    ),
  };
}
