// Attributes of examples: read from columns, numbered by the training examples, placed in batches, and dropped in training.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { type Attributes, inOrder, ValueNumbers, vocabularyOf } from "../../src/data/attributes/values.ts";
import { evaluationBatches, lengthBuckets, trainingBatches } from "../../src/data/batches.ts";
import type { Encoded } from "../../src/data/encode.ts";
import type { SentenceExample } from "../../src/data/examples.ts";
import { Random } from "../../src/data/random.ts";
import { readTask } from "../../src/data/task.ts";

const home = mkdtempSync(path.join(tmpdir(), "masklens-attributes-"));
after(() => rmSync(home, { recursive: true, force: true }));

function taskOf(task: object, name: string, content: string) {
  const file = path.join(home, "a.task.json");
  writeFileSync(path.join(home, name), content);
  const files = { train: name, validation: name, test: name };
  writeFileSync(file, JSON.stringify({ kind: "sentence", files, ...task }));
  return readTask(file);
}
const attributesIn = (rows: readonly object[]) => rows.map((row) => (row as SentenceExample).attributes);
const ATTRIBUTES = { user: "user_id", tags: { column: "tags", separator: "|" } };

test("values are read from cells: one, several, a number, or none", async () => {
  const csv = "text,label,user_id,tags\na,yes,7,x|y\nb,no,,\nc,yes, ann ,y | x|y\n";
  const task = await taskOf({ attributes: ATTRIBUTES }, "rows.csv", csv);
  assert.deepEqual(task.attributes, ["user", "tags"]);
  const want = [
    [["7"], ["x", "y"]],
    [[], []],
    [["ann"], ["y", "x"]],
  ];
  assert.deepEqual(attributesIn(task.splits.train), want);
  const rows = [
    { text: "a", label: "yes", user_id: 7, tags: ["x", "y"] },
    { text: "b", label: "no", user_id: null },
    { text: "c", label: "yes", user_id: "ann", tags: "y|x" },
  ];
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  assert.deepEqual(
    attributesIn((await taskOf({ attributes: ATTRIBUTES }, "rows.jsonl", lines)).splits.train),
    want,
    "JSON",
  );
  const none = await taskOf({}, "rows.csv", csv);
  assert.deepEqual([none.attributes, attributesIn(none.splits.train)], [[], [undefined, undefined, undefined]]);
});

test("what cannot be an attribute is refused with its place", async () => {
  const csv = "text,label,user_id\na,yes,7\nb,no,8\n";
  const refused = (task: object, name: string, content: string, message: RegExp) =>
    assert.rejects(() => taskOf(task, name, content), message);
  await refused(
    { attributes: { user: "usr_id" } },
    "rows.csv",
    csv,
    /no column "usr_id" for the field attributes\.user/,
  );
  await refused({ attributes: { user: "label" } }, "rows.csv", csv, /two fields use the column "label"/);
  await refused(
    { attributes: { user: 2 } },
    "rows.csv",
    csv,
    /some columns are specified by name and others by number/,
  );
  await refused({ attributes: { user: { colum: "x" } } }, "rows.csv", csv, /not the column of an attribute/);
  await refused({ attributes: ["user"] }, "rows.csv", csv, /attributes/);
  await refused({ kind: "tagging", attributes: { user: "user_id" } }, "rows.jsonl", "{}", /this is a tagging task/);
  const object = '{"text": "a", "label": "yes", "user_id": {"name": "ann"}}\n{"text": "b", "label": "no"}\n';
  await refused({ attributes: { user: "user_id" } }, "rows.jsonl", object, /is not a value of an attribute/);
  const long = `text,label,user_id\na,yes,${"x".repeat(1001)}\nb,no,8\n`;
  await refused({ attributes: { user: "user_id" } }, "rows.csv", long, /1,001 characters, over the limit of 1,000/);
  const many = `text,label,user_id\na,yes,${Array.from({ length: 101 }, (_, i) => i).join("|")}\nb,no,8\n`;
  const several = { attributes: { user: { column: "user_id", separator: "|" } } };
  await refused(several, "rows.csv", many, /101 values in one example, over the limit of 100/);
});

test("values are numbered by frequency, then by name, and attributes after each other; unseen ones are counted", () => {
  const rows = [
    [["b"], ["x"]],
    [["a"], []],
    [["c"], ["y", "x"]],
    [["c"], []],
  ].map((attributes) => ({ attributes }));
  const vocabulary = vocabularyOf(["user", "tags"], rows, "t.json");
  assert.deepEqual(vocabulary, [
    { name: "user", values: ["c", "a", "b"] },
    { name: "tags", values: ["x", "y"], several: true },
  ]);
  const numbers = new ValueNumbers(vocabulary);
  const of = (attributes: Attributes) => {
    const { attributes: found, unseen } = numbers.of(attributes);
    return [found.map(({ attribute, value, weight }) => [attribute, value, weight]), unseen];
  };
  const both = [
    [0, 2, 1],
    [1, 3, 0.5],
    [1, 4, 0.5],
  ];
  assert.deepEqual(of([["b"], ["x", "y"]]), [both, 0]);
  assert.deepEqual(of([["d"], ["x", "z"]]), [[[1, 3, 1]], 2]);
  assert.deepEqual(of([[], []]), [[], 0]);
  assert.deepEqual(inOrder(vocabulary, ["tags", "other"], [["x"], ["o"]]), [[], ["x"]]);
  const most = Array.from({ length: 100_001 }, (_, i) => ({ attributes: [[String(i)]] }));
  assert.throws(() => vocabularyOf(["user"], most, "t.json"), /100,001 different values .* over the limit of 100,000/);
});

const rows: Encoded[] = Array.from({ length: 400 }, (_, i) => ({
  ...{ sequences: [{ ids: [1, 2, 3], typeIds: [0, 0, 0] }], target: 0, cut: false, unscored: [] },
  attributes: [
    { attribute: 0, value: i, weight: 1 },
    ...[400, 401].slice(0, i % 3).map((value) => ({ attribute: 1, value, weight: 1 / (i % 3) })),
  ],
}));
const options = { size: 16, buckets: lengthBuckets(8), padId: 0, segments: 2 };

test("a batch has its examples' values with their weights, in a power of 2 of slots", () => {
  const [batch] = evaluationBatches(rows.slice(0, 3), { ...options, size: 4 });
  const { slots, values, weights } = batch!.attributes!;
  assert.equal(slots, 4);
  assert.deepEqual([...values], [0, 0, 0, 0, 1, 400, 0, 0, 2, 400, 401, 0, 0, 0, 0, 0].map(BigInt));
  assert.deepEqual([...weights], [1, 0, 0, 0, 1, 1, 0, 0, 1, 0.5, 0.5, 0, 0, 0, 0, 0]);
  const plain = evaluationBatches([{ ...rows[0]!, attributes: undefined } as unknown as Encoded], options);
  assert.equal("attributes" in plain[0]!, false);
  const missing = evaluationBatches([{ ...rows[0]!, attributes: [] }], options);
  assert.deepEqual([missing[0]!.attributes!.slots, missing[0]!.attributes!.weights.some(Boolean)], [1, false]);
});

test("dropped attributes are drawn with all their values, anew in each epoch, and leave the order of examples", () => {
  const random = new Random(1, "order");
  const dropped = trainingBatches(rows, { ...options, random, dropAttributes: 0.25 });
  const whole = trainingBatches(rows, { ...options, random: new Random(1, "order") });
  assert.deepEqual(
    dropped.map(({ index }) => index),
    whole.map(({ index }) => index),
  );
  const again = trainingBatches(rows, { ...options, random: new Random(1, "order"), dropAttributes: 0.25 });
  assert.deepEqual(again, dropped);
  assert.notDeepEqual(trainingBatches(rows, { ...options, random, dropAttributes: 0.25 }), dropped);
  let [users, both, one] = [0, 0, 0];
  for (const { index, attributes } of dropped)
    for (const [place, i] of index.entries()) {
      const { slots, values, weights } = attributes!;
      const kept = [...values.subarray(place * slots, (place + 1) * slots)].filter(
        (_, slot) => weights[place * slots + slot],
      );
      users += Number(kept.includes(BigInt(i)));
      if (i % 3 !== 2) continue;
      const tags = kept.filter((value) => value >= 400n && value !== BigInt(i)).length;
      both += Number(tags === 2);
      one += Number(tags === 1);
    }
  assert.ok(users > 260 && users < 340, `${users} of 400 users are kept`);
  assert.ok(both > 80 && both < 120, `${both} of 133 pairs of tags are kept`);
  assert.equal(one, 0);
});
