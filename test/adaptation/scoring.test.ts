// From logits to classes: of rows, of words with padding among them, and of the rows that only fill a batch.
import assert from "node:assert/strict";
import { test } from "node:test";
import { largest, lossesOf, metricsWithLosses, outcomeOf, softmax } from "../../src/adaptation/scoring.ts";
import type { Batch } from "../../src/data/batches.ts";
import type { EncodedPart } from "../../src/data/encode.ts";
import type { Task } from "../../src/data/task.ts";
import type { Interval, Metrics } from "../../src/mask/metadata.ts";

/** A batch of `rows` rows from row `from` on in `size` places, with these targets (−1: none). */
function batch(rows: number, size: number, targets: readonly number[], from = 0): Batch {
  const index = Array.from({ length: rows }, (_, i) => from + i);
  return { rows, size, targets: BigInt64Array.from(targets, BigInt), index } as unknown as Batch;
}

/** So many rows of which these words have no prediction. */
const encoded = (count: number, unscored: EncodedPart["unscored"] = [], cut = false): EncodedPart[] =>
  Array.from({ length: count }, (_, example) => ({ sequences: [], target: 0, cut, unscored, example }));

function splitScores(
  task: Parameters<typeof outcomeOf>[0],
  encoded: readonly EncodedPart[],
  ...more: [batches: Batch[], logits: Float32Array[]]
): Metrics {
  return metricsWithLosses(outcomeOf(task, encoded, ...more), encoded);
}

const task = (kind: "sentence" | "tagging", labels: readonly string[], unscored: Task["unscored"] = "wrong") =>
  ({ kind, metric: "accuracy", labels, unscored }) as unknown as Task;
const accuracy = (...given: Parameters<typeof splitScores>) => (splitScores(...given).accuracy as Interval).value;

test("each row's class is the largest of its own logits, batch after batch, without the rows that fill the last", () => {
  const labels = ["a", "b", "c"];
  const batches = [batch(2, 2, [2, 0]), batch(1, 2, [1, -1], 2)];
  // Each row's neighbours would have another class win.
  const logits = [Float32Array.of(0, 1, 2, 3, 1, 9), Float32Array.of(5, 6, 4, 9, 9, 9)];
  const metrics = splitScores(task("sentence", labels), encoded(3), batches, logits);
  assert.equal(metrics.examples, 3);
  assert.equal((metrics.accuracy as Interval).value, 2 / 3);
});

test("words are classified where they have a label, and nowhere else", () => {
  const targets = [-1, 1, 0, -1, -1, 0]; // two rows of three pieces
  const logits = Float32Array.of(9, 0, 0, 1, 1, 0, 9, 0, 0, 9, 0, 1);
  assert.equal(accuracy(task("tagging", ["O", "B"]), encoded(2), [batch(2, 2, targets)], [logits]), 2 / 3);
});

test("words without a prediction are counted, and are wrong at their places unless the task leaves them out", () => {
  const labels = ["O", "B-X", "I-X"];
  // B-X ? I-X ?: of four words the model saw the first and the third, and labels both rightly.
  const batches = [batch(1, 1, [-1, 1, 2, -1])];
  const logits = [Float32Array.of(9, 0, 0, 0, 1, 0, 0, 0, 1, 9, 0, 0)];
  const words = [
    { word: 1, label: 2 },
    { word: 3, label: 0 },
  ];
  const [wrong, left] = (["wrong", "leave-out"] as const).map((unscored) =>
    splitScores({ kind: "tagging", metric: "entityF1", labels, unscored }, encoded(1, words, true), batches, logits),
  );
  const losses = ({ examples, cut, unscored }: Metrics) => [examples, cut, unscored];
  assert.deepEqual(
    [losses(wrong!), losses(left!)],
    [
      [1, 1, 2],
      [1, 1, 2],
    ],
  );
  const value = (metrics: Metrics, metric: string) => (metrics[metric] as Interval).value;
  assert.equal(value(wrong!, "accuracy"), 1 / 2);
  assert.equal(value(left!, "accuracy"), 1);
  // There: X at words 0 to 2. Predicted: B-X, nothing, I-X, so X at 0 and X at 2.
  assert.equal(value(wrong!, "entityF1"), 0);
  assert.equal(value(left!, "entityF1"), 1);
});

test("the parts of a document are one example, in the order of its sentences, whatever batches they are in", () => {
  const parts = [0, 1, 1, 2].map((example, i) => ({ ...encoded(1)[0]!, example, cut: i === 1 || i === 2 }));
  // Shortest first: parts 3, 0, then 2 and 1.
  const batches = [
    { ...batch(2, 2, [0, -1, 1, -1]), index: [3, 0] },
    { ...batch(2, 2, [1, 0, 0, 1]), index: [2, 1] },
  ];
  const logits = [Float32Array.of(1, 0, 9, 9, 0, 1, 9, 9), Float32Array.of(0, 1, 0, 1, 1, 0, 0, 1)];
  const outcome = outcomeOf({ ...task("tagging", ["a", "b"]), kind: "document" }, parts, batches, logits);
  assert.deepEqual(outcome.targets, [[1], [0, 1, 1, 0], [0]]);
  assert.deepEqual(outcome.predictions, [[1], [0, 1, 1, 1], [0]]);
  assert.deepEqual(lossesOf(parts), { examples: 3, cut: 1, unscored: 0 });
  const { examples, cut } = metricsWithLosses(outcome, parts);
  assert.deepEqual([examples, cut], [3, 1]);
});

test("of equal logits the first is taken, and probabilities of huge ones are numbers that add to 1", () => {
  assert.equal(largest(Float32Array.of(1, 3, 3, 2)), 1);
  assert.deepEqual(softmax(Float32Array.of(1000, 1000)), [0.5, 0.5]);
  const [a, b] = softmax(Float32Array.of(0, Math.log(3)));
  assert.ok(Math.abs(a! - 0.25) < 1e-7 && Math.abs(b! - 0.75) < 1e-7);
});
