// A run as it is shown: a bar that fits its terminal, and plain lines where there is none.
import assert from "node:assert/strict";
import test from "node:test";
import { barLine, Progress, type Standing, stepText } from "../../src/cli/progress.ts";
import type { StepEvent } from "../../src/train/events.ts";

const step = (number: number): StepEvent => ({
  ...{ type: "step", step: number, epoch: 1, learningRate: 0.001 },
  ...{ loss: 0.41234, sparsity: 0.061, secondsLeft: 72 },
});
const standing: Standing = { steps: 264, last: step(66) };

test("the bar fills with the steps and gives way to what is written behind it", () => {
  assert.equal(
    barLine("", standing, 100),
    "▕██████░░░░░░░░░░░░░░░░░░▏ step 66/264  loss 0.412  sparsity 6.1 %  1 min 12 s left",
  );
  const narrow = barLine("mask: ", standing, 79);
  assert.equal(narrow.length, 79);
  assert.match(narrow, /^mask: ▕█+░+▏ step 66\/264 .* left$/);
  assert.equal(barLine("", standing, 60), "step 66/264  loss 0.412  sparsity 6.1 %  1 min 12 s left");
  assert.equal(barLine("", standing, 20).length, 20);
});

test("an evaluation is named by the task's metric, also where another has the same value", () => {
  let text = "";
  const stream = { isTTY: false, write: (part: string) => (text += part) };
  const one = { value: 0.5, low: 0.4, high: 0.6 };
  const metrics = { examples: 4, accuracy: one, macroF1: one };
  new Progress(stream).show({
    ...{ type: "evaluation", step: 8, split: "validation", metrics, value: 0.5, metric: "macroF1" },
    ...{ best: true, dynamics: null },
  });
  assert.equal(text, "validation after step 8: macroF1 50.0 %  (best so far)\n");
});

test("a run without masks shows no sparsity, and that of masks that are drawn is named as evaluated", () => {
  const none = { ...step(67), sparsity: null };
  assert.equal(stepText({ ...standing, last: none }), "step 67/264  loss 0.412  1 min 12 s left");
  assert.equal(
    stepText({ ...standing, sampled: true }),
    "step 66/264  loss 0.412  sparsity 6.1 % when evaluated  1 min 12 s left",
  );
});

/** What a run's events write to a stream, a step every `pause` milliseconds. */
function written(isTTY: boolean, steps: number, pause: number): string {
  let [text, now] = ["", 0];
  const stream = { isTTY, columns: 90, write: (part: string) => (text += part) };
  const progress = new Progress(stream, "", () => now);
  const labels = [
    { label: "no", train: 6, validation: 3, test: 2 },
    { label: "yes", train: 4, validation: 2, test: 3 },
  ];
  const examples = { train: 10, validation: 5, test: 5 };
  progress.show({ type: "start", run: "a", step: 0, steps: 264, examples, cut: examples, labels });
  for (let number = 1; number <= steps; number++, now += pause) progress.show(step(number));
  progress.show({ type: "note", text: "a note" });
  progress.end();
  return text;
}

test("without a terminal there are plain lines, one in ten seconds", () => {
  const lines = written(false, 25, 1000).trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => line.split("  ")[0]),
    [
      "10 training, 5 validation, 5 test examples; 264 steps",
      "labels (training, validation, test): no 6, 3, 2; yes 4, 2, 3",
      "step 1/264",
      "step 11/264",
      "step 21/264",
      "a note",
    ],
  );
  assert.ok(lines.every((line) => !line.includes("\r") && !line.includes("\x1b")));
});

test("on a terminal the bar is drawn over itself, and a line takes its place", () => {
  const text = written(true, 3, 1000);
  assert.equal(text.split("\r▕").length, 4);
  assert.ok(text.endsWith("\r\x1b[Ka note\n"));
});

test("of the transfer to linear attention there is a line in ten seconds, and one of its last step", () => {
  let [text, now] = ["", 0];
  const stream = { isTTY: false, write: (part: string) => (text += part) };
  const progress = new Progress(stream, "", () => now);
  for (let step = 1; step <= 25; step++, now += 1000)
    progress.show({ type: "transfer", step, steps: 25, loss: 0.5 / step, learningRate: 0.01, secondsLeft: 25 - step });
  assert.deepEqual(text.trimEnd().split("\n"), [
    "transfer 1/25  divergence from softmax 0.500 nats  24 s left",
    "transfer 11/25  divergence from softmax 0.0455 nats  14 s left",
    "transfer 21/25  divergence from softmax 0.0238 nats  4 s left",
    "transfer 25/25  divergence from softmax 0.0200 nats",
  ]);
});
