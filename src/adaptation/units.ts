// An adaptation's predictions with their probabilities, flat: what is computed from them goes over 100,000 examples.

import type { Batch } from "../data/batches.ts";
import type { EncodedPart } from "../data/encode.ts";
import { logSoftmax } from "../program/graphs/log-softmax.ts";
import { NOTHING } from "./metrics.ts";
import { largest } from "./scoring.ts";

/**
 * The units of a split, each with a label: in tagging tasks the words, in document tasks the sentences, otherwise the
 * examples. E examples, U units, K labels.
 */
export interface Units {
  readonly classes: number;
  /** [E + 1]: example i has the units from starts[i] up to, but not including, starts[i + 1]. */
  readonly starts: Uint32Array;
  /** [U] */
  readonly targets: Int32Array;
  /** [U]: `NOTHING` for words that the model did not see. */
  readonly predictions: Int32Array;
  /** [U, K]: natural logarithms of the probabilities; NaN for units without a prediction. */
  readonly logProbabilities: Float32Array;
}

/**
 * The units of a split from the logits of its batches, in the order of the examples; words without a prediction are
 * included at their positions. logits: [size, K] or, with a target per token, [size · length, K].
 */
export function unitsOf(
  classes: number,
  encoded: readonly EncodedPart[],
  batches: readonly Batch[],
  logits: readonly Float32Array[],
): Units {
  const { starts, begins } = placesOf(encoded);
  const count = starts.at(-1)!;
  const targets = new Int32Array(count);
  const predictions = new Int32Array(count).fill(NOTHING);
  const logProbabilities = new Float32Array(count * classes).fill(Number.NaN);
  for (const [part, { unscored }] of encoded.entries())
    for (const { word, label } of unscored) targets[begins[part]! + word] = label;
  for (const [b, batch] of batches.entries()) {
    const width = batch.targets.length / batch.size;
    for (const [row, part] of batch.index.entries()) {
      const skipped = new Set(encoded[part]!.unscored.map(({ word }) => word));
      let word = 0;
      for (let place = row * width; place < (row + 1) * width; place++) {
        const target = Number(batch.targets[place]);
        if (target < 0) continue;
        while (skipped.has(word)) word++;
        const unit = begins[part]! + word++;
        const own = logits[b]!.subarray(place * classes, (place + 1) * classes);
        targets[unit] = target;
        predictions[unit] = largest(own);
        logSoftmax(own, logProbabilities.subarray(unit * classes, (unit + 1) * classes));
      }
    }
  }
  return { classes, starts, targets, predictions, logProbabilities };
}

/** Where each example and each of its parts begins; the parts of a document are consecutive. */
function placesOf(encoded: readonly EncodedPart[]): { starts: Uint32Array; begins: Uint32Array } {
  const starts: number[] = [];
  const begins = new Uint32Array(encoded.length);
  let units = 0;
  for (const [part, { target, unscored, example }] of encoded.entries()) {
    if (example === starts.length) starts.push(units);
    begins[part] = units;
    units += (typeof target === "number" ? 1 : target.filter((label) => label >= 0).length) + unscored.length;
  }
  return { starts: Uint32Array.from([...starts, units]), begins };
}

/** The units that count: all, or if the task leaves them out, those with a prediction. Examples keep their places. */
export function scoredUnits(units: Units, unscored: "wrong" | "leave-out"): Units {
  if (unscored === "wrong" || !units.predictions.includes(NOTHING)) return units;
  const kept = [...units.predictions.keys()].filter((unit) => units.predictions[unit] !== NOTHING);
  const { classes } = units;
  const logProbabilities = new Float32Array(kept.length * classes);
  for (const [i, unit] of kept.entries())
    logProbabilities.set(units.logProbabilities.subarray(unit * classes, (unit + 1) * classes), i * classes);
  const before = new Uint32Array(units.targets.length + 1);
  for (let unit = 0; unit < units.targets.length; unit++)
    before[unit + 1] = before[unit]! + Number(units.predictions[unit] !== NOTHING);
  return {
    classes,
    starts: units.starts.map((start) => before[start]!),
    targets: Int32Array.from(kept, (unit) => units.targets[unit]!),
    predictions: Int32Array.from(kept, (unit) => units.predictions[unit]!),
    logProbabilities,
  };
}

/** Whether each example is one unit. */
export const isOnePerExample = ({ starts, targets }: Units): boolean => targets.length === starts.length - 1;
