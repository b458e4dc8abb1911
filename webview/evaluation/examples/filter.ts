// Which examples are shown, in which order: over typed arrays, so that 100,000 examples take milliseconds. Pure.

import { type Chosen, MISSING, type View } from "../state.ts";

type Numbers = View["examples"];
type Scored = Pick<View, "examples" | "leavesOut">;

/** How many of an example's predictions are wrong; words without a prediction do not count if the task leaves them out. */
export function wrongIn({ examples: { starts, targets, predictions }, leavesOut }: Scored, example: number): number {
  let wrong = 0;
  for (let unit = starts[example]!; unit < starts[example + 1]!; unit++)
    if (predictions[unit] !== targets[unit] && !(leavesOut && predictions[unit] === -1)) wrong++;
  return wrong;
}

export const isRight = (view: Scored, example: number): boolean => wrongIn(view, example) === 0;

function differ(a: Numbers, b: Numbers, example: number): boolean {
  const [from, to] = [a.starts[example]!, a.starts[example + 1]!];
  for (let unit = from; unit < to; unit++)
    if (a.predictions[unit] !== b.predictions[b.starts[example]! + unit - from]) return true;
  return false;
}

/** Whether one of an example's words, sentences or the example itself has this label and this prediction. */
function has({ starts, targets, predictions }: Numbers, example: number, label: number, predicted: number): boolean {
  const wanted = predicted === MISSING ? -1 : predicted;
  for (let unit = starts[example]!; unit < starts[example + 1]!; unit++)
    if ((label < 0 || targets[unit] === label) && (predicted === -1 || predictions[unit] === wanted)) return true;
  return false;
}

type Filter = Pick<Chosen, "right" | "label" | "predicted" | "disagreement" | "sort">;

/**
 * The examples that pass the filter, in order. `other`: the adaptation with which the shown one disagrees; `found`: the examples
 * with the text that is searched for, if any.
 */
export function matching(
  own: Scored,
  other: Scored | undefined,
  { right, label, predicted, disagreement, sort }: Filter,
  found: ReadonlySet<number> | undefined,
): Uint32Array {
  const kept: number[] = [];
  const ofLabels = label !== -1 || predicted !== -1;
  for (let example = 0; example < own.examples.losses.length; example++) {
    if (found && !found.has(example)) continue;
    if (ofLabels && !has(own.examples, example, label, predicted)) continue;
    if (right !== "all" && isRight(own, example) !== (right === "right")) continue;
    if (other && !disagrees(own, other, example, disagreement)) continue;
    kept.push(example);
  }
  return sorted(Uint32Array.from(kept), own.examples, sort);
}

function disagrees(a: Scored, b: Scored, example: number, who: Filter["disagreement"]): boolean {
  if (!differ(a.examples, b.examples, example)) return false;
  if (who === "any") return true;
  const [isA, isB] = [isRight(a, example), isRight(b, example)];
  if (who === "a") return isA && !isB;
  return who === "b" ? isB && !isA : !isA && !isB;
}

/** Examples without a prediction come last. */
function sorted(examples: Uint32Array, { losses, confidences }: Numbers, by: Filter["sort"]): Uint32Array {
  if (by === "order") return examples;
  const values = by === "confidence" ? confidences : losses;
  const sign = by === "loss" ? -1 : 1;
  const keys = values.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value));
  return examples.sort((a, b) => keys[a]! - keys[b]! || a - b);
}
