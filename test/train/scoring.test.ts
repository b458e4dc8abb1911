// From logits to classes: of rows, of words with padding among them, and of the rows that only fill a batch.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import type { Task } from "../../src/data/task.ts";
import type { Interval } from "../../src/mask/metadata.ts";
import { largest, softmax, splitScores } from "../../src/train/scoring.ts";

/** A batch of `rows` rows in `size` places, with these targets (−1: none). */
function batch(rows: number, size: number, targets: readonly number[]): Batch {
  return { rows, size, targets: BigInt64Array.from(targets, BigInt) } as unknown as Batch;
}

const task = (kind: "sentence" | "tagging", labels: readonly string[]) =>
  ({ kind, metric: "accuracy", labels }) as unknown as Task;
const accuracy = (...given: Parameters<typeof splitScores>) => (splitScores(...given).accuracy as Interval).value;

test("each row's class is the largest of its own logits, batch after batch, without the rows that fill the last", () => {
  const labels = ["a", "b", "c"];
  const batches = [batch(2, 2, [2, 0]), batch(1, 2, [1, -1])];
  // Each row's neighbours would have another class win.
  const logits = [Float32Array.of(0, 1, 2, 3, 1, 9), Float32Array.of(5, 6, 4, 9, 9, 9)];
  const scores = splitScores(task("sentence", labels), batches, logits);
  assert.equal(scores.rows, 3);
  assert.equal((scores.accuracy as Interval).value, 2 / 3);
});

test("words are classified where they have a label, and nowhere else", () => {
  const targets = [-1, 1, 0, -1, -1, 0]; // two rows of three pieces
  const logits = Float32Array.of(9, 0, 0, 1, 1, 0, 9, 0, 0, 9, 0, 1);
  assert.equal(accuracy(task("tagging", ["O", "B"]), [batch(2, 2, targets)], [logits]), 2 / 3);
});

test("of equal logits the first is taken, and probabilities of huge ones are numbers that add to 1", () => {
  assert.equal(largest(Float32Array.of(1, 3, 3, 2)), 1);
  assert.deepEqual(softmax(Float32Array.of(1000, 1000)), [0.5, 0.5]);
  const [a, b] = softmax(Float32Array.of(0, Math.log(3)));
  assert.ok(Math.abs(a! - 0.25) < 1e-7 && Math.abs(b! - 0.75) < 1e-7);
});
