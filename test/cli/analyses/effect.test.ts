// masklens effect: its JSON document, its table, and what it refuses.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { folder, masklens, TINY, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const file = task();
before(async () => {
  await json(...training(out("one"), { file }, "--layers", "all"));
});

test("effect measures every head and kind, with the mask's own loss and metric to compare with", async () => {
  const found = await json("effect", maskOf("one"), "--change", "zeroed");
  assert.deepEqual([found.mask, found.change, found.other, found.split], [maskOf("one"), "zeroed", null, "validation"]);
  const { accuracy, examples } = (await json("evaluate", maskOf("one"), "--split", "validation")).adaptations[0]
    .metrics;
  assert.deepEqual([found.metric, found.examples], [accuracy.value, examples]);
  assert.equal(found.parts.length, 3 * 4 + 3 * 6 + 2); // heads, kinds, pooler and classifier
  for (const { measured, weights, changed } of found.parts) assert.ok(measured && changed > 0 && changed <= weights);
  assert.equal(found.heads.parts + found.kinds.parts, found.parts.length);
});

test("effect says in words what was changed, measured and found", async () => {
  const whole = await masklens(["effect", maskOf("one")]);
  assert.equal(whole.code, 0, whole.err);
  assert.match(whole.out, /^tiny, validation: \d+ examples, loss \d\.\d{4}, accuracy \d+\.\d %\n/);
  assert.match(whole.out, /if one part of the mask is changed: its initial mask is restored\n/);
  assert.match(
    whole.out,
    /\npart .* bits changed +loss, estimated +loss +accuracy, points +largest logit change +p \(Holm\) +z\n/,
  );
  assert.match(whole.out, /\nlayer \d, head \d +[\d,]+ +[\d,]+ +[+−]?0\.\d{4} +[+−]?0\.\d{4} \(/);
  assert.match(whole.out, /\n12 more parts; --json has all\.\n32 of 32 parts were measured/);
  assert.match(
    whole.out,
    /\nRank correlation over the 12 measured heads, which have the largest estimates: of estimate and exact change of loss [−\d.]+ \[/,
  );
  const head = await masklens([
    "effect",
    maskOf("one"),
    "--change",
    "zeroed",
    "--head",
    "0.1",
    "2.3",
    "--seconds",
    "0",
  ]);
  assert.match(head.out, /\n2 of 2 parts were measured/);
  assert.match(head.out, /\nNo measured head is dead: each changes a logit by more than 0\.000001\.\n/);
  const none = await masklens(["effect", maskOf("one"), "--seconds", "0"]);
  assert.match(none.out, /\n0 of 32 parts were measured/);
  assert.doesNotMatch(none.out, /Rank correlation|dead/);
});

test("effect refuses what it cannot measure in one sentence", async () => {
  const tuned = folder();
  await json(...training(`${tuned}/tuned`, { file }, "--method", "finetune"));
  const cases: [string[], RegExp][] = [
    [["effect"], /effect takes one mask; run masklens effect MASK/],
    [["effect", TINY], /tiny-bert/],
    [["effect", `${tuned}/tuned/tuned.tuned.safetensors`], /it contains no mask/],
    [["effect", maskOf("one"), "--change", "removed"], /--change: unknown change "removed"; choose restored, zeroed/],
    [["effect", maskOf("one"), "--change", "swapped"], /--other: there is no mask to swap parts with/],
    [
      ["effect", maskOf("one"), "--change", "zeroed", "--other", maskOf("one")],
      /--other: it applies only to swapped parts; write --change swapped/,
    ],
    [["effect", maskOf("one"), "--head", "3"], /--head: "3" is not a head; write LAYER\.HEAD/],
    [["effect", maskOf("one"), "--head", "7.0"], /the mask has no part layer 7, head 0/],
    [["effect", maskOf("one"), "--seconds", "soon"], /--seconds: "soon" is not a number of seconds/],
    [["effect", maskOf("one"), "--split", "train"], /--split: unknown split "train"/],
  ];
  for (const [words, what] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, what);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
});
