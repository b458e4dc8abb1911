// masklens attention: its JSON document, its tables, and what it refuses.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { masklens, TINY, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const file = task();
before(async () => {
  const linear = ["--linear-attention", "map=softmax,transferSteps=20", "--layers", "all"];
  await json(...training(out("linear"), { file }, ...linear));
  await json(...training(out("usual"), { file }));
});

test("every head is compared with softmax, before and after training, on examples that the seed draws", async () => {
  const found = await json("attention", maskOf("linear"), "--split", "validation");
  assert.deepEqual(
    [found.adaptation, found.task, found.split, found.examples, found.seed, found.map],
    [maskOf("linear"), { file, name: "tiny" }, "validation", 4, 1, "softmax"],
  );
  assert.ok(found.tokens > 4 && found.decoderTokens === undefined);
  for (const all of [found.before, found.after]) {
    assert.deepEqual(
      all.map((own: number[]) => own.length),
      [4, 4, 4],
    );
    for (const value of all.flat()) assert.ok(value >= 0 && Number.isFinite(value), String(value));
  }
  const mean = (all: number[][]) => all.flat().reduce((sum, value) => sum + value, 0) / 12;
  assert.ok(mean(found.after) < mean(found.before), "the maps were trained to be like softmax");
  const three = ["attention", maskOf("linear"), "--rows", "3"];
  const [one, again, other] = [await json(...three), await json(...three), await json(...three, "--seed", "2")];
  assert.equal(one.examples, 3);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one.after, other.after);
});

test("the tables say what is compared with what", async () => {
  const { code, out: text, err } = await masklens(["attention", maskOf("linear"), "--split", "test"]);
  assert.equal(code, 0, err);
  assert.match(text, /^tiny, test: 4 examples \(drawn with seed 1\), \d+ tokens; feature map softmax\n/);
  assert.match(text, /\nKL\(softmax ‖ linear attention\) in nats, mean over tokens, by layer and head; 0: equal\n/);
  assert.match(text, /\nBefore training \(the base model's weights.*\), mean \d\.\d{3}:\n +H0 +H1 +H2 +H3\n/);
  assert.match(text, /\nL2 {2}\d\.\d{3} {2}\d\.\d{3} {2}\d\.\d{3} {2}\d\.\d{3}\nAfter training /);
});

test("what cannot be compared is refused in one sentence", async () => {
  const cases: [string[], RegExp][] = [
    [["attention"], /attention takes one adaptation; run masklens attention FILE/],
    [["attention", TINY], /tiny-bert/],
    [
      ["attention", maskOf("usual")],
      /it reads by softmax, so there is no linear attention to compare with it; choose an adaptation that was trained/,
    ],
    [["attention", maskOf("linear"), "--split", "train"], /--split: unknown split "train"; choose validation or test/],
    [["attention", maskOf("linear"), "--rows", "0"], /--rows: "0" is not an integer from 1/],
    [["attention", maskOf("linear"), "--task", "gone.task.json"], /gone\.task\.json: there is no such file/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, `${words.join(" ")}: ${err}`);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1, err);
  }
});
