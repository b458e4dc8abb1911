// What a classifier starts from: rows of the model's own by label name, in order where asked, else new ones; and what is said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { type ModelConfig, readConfig } from "../../src/model/config.ts";
import { openPretrained, PretrainedWeights } from "../../src/model/pretrained.ts";
import { type ClassifierWanted, startOfClassifier } from "../../src/program/stored-classifier.ts";
import { copyOf } from "../model/folders.ts";

type Family = "bert" | "roberta" | "distilbert";
const T: Record<Family, string> = { bert: "classifier", roberta: "classifier.out_proj", distilbert: "classifier" };
const P: Record<Family, string> = { bert: "pooler.dense", roberta: "classifier.dense", distilbert: "pre_classifier" };

/** A copy of a tiny model, whose classifier has three rows, with these names for them. */
async function model(t: TestContext, family: Family, names?: readonly string[], architecture?: string) {
  const config = JSON.parse(readFileSync(`test/fixtures/models/tiny-${family}/config.json`, "utf8"));
  const id2label = names && Object.fromEntries(names.map((name, i) => [i, name]));
  const folder = copyOf(t, `tiny-${family}`, {
    "config.json": JSON.stringify({ ...config, id2label, architectures: architecture && [architecture] }),
  });
  const pretrained = await openPretrained(folder);
  t.after(() => pretrained.close());
  return { pretrained, config: await readConfig(path.resolve(folder)) };
}

const start = (
  { pretrained, config }: { pretrained: PretrainedWeights; config: ModelConfig },
  rowNames: readonly string[],
  more: Partial<ClassifierWanted> = {},
) =>
  startOfClassifier(pretrained, config, {
    ...{ classifier: "sequence", labels: rowNames.length, rowNames, stored: "by-name", seed: 1, ...more },
  });

test("biases of logits that a model does not have are 0", async () => {
  const config = await readConfig("test/fixtures/families/tiny-bart");
  const pretrained = new PretrainedWeights("nowhere", new Map(), new Map());
  const wanted = { classifier: "language", labels: 0, rowNames: [], stored: "by-name", seed: 1 } as const;
  const { tensors } = await startOfClassifier(pretrained, config, wanted);
  assert.deepEqual([...tensors], [["final_logits_bias", new Float32Array(config.vocabSize)]]);
});

for (const family of ["bert", "roberta", "distilbert"] as const) {
  test(`${family}: rows are matched by name, case aside, in whatever order and of however many`, async (t) => {
    const stored = await model(t, family, ["Neg", "Neutral", "Pos"]);
    const { tensors, stored: read, notes } = await start(stored, ["pos", "neg"]);
    for (const [name, width] of [
      ["weight", 32],
      ["bias", 1],
    ] as const) {
      const all = await stored.pretrained.readFloat32(`${T[family]}.${name}`);
      const row = (i: number) => [...all.subarray(i * width, (i + 1) * width)];
      assert.deepEqual([...tensors.get(`${T[family]}.${name}`)!], [...row(2), ...row(0)]);
    }
    assert.ok(read.has(`${P[family]}.weight`) && !read.has(`${T[family]}.weight`));
    assert.deepEqual(notes, [
      "The classifier starts from the model's own, whose rows were matched by label name (pos, neg).",
    ]);
  });

  test(`${family}: a classifier for other labels is left out as a whole, and a new one drawn from the seed`, async (t) => {
    const stored = await model(t, family, ["entailment", "neutral", "contradiction"]);
    const { tensors, stored: read, notes } = await start(stored, ["a", "b", "c"]);
    assert.equal(tensors.get(`${T[family]}.weight`)!.length, 3 * 32);
    assert.notDeepEqual(tensors.get(`${T[family]}.weight`), await stored.pretrained.readFloat32(`${T[family]}.weight`));
    // BERT's pooler is its encoder's; the others' dense layer was trained with their classifier.
    assert.equal(read.has(`${P[family]}.weight`), family === "bert");
    assert.equal(tensors.has(`${P[family]}.weight`), family !== "bert");
    assert.deepEqual(notes, [
      "The model's own classifier is for other labels (entailment, neutral, contradiction), so a new one for 3 labels was initialized from the seed.",
    ]);
    const again = await start(stored, ["a", "b", "c"]);
    assert.deepEqual(again.tensors, tensors);
    const other = await start(stored, ["a", "b", "c"], { seed: 2 });
    assert.notDeepEqual(other.tensors.get(`${T[family]}.weight`), tensors.get(`${T[family]}.weight`));
  });
}

test("labels that are only numbered are no names: a new classifier is drawn, and kept in order where asked", async (t) => {
  const numbered = await model(t, "bert", ["LABEL_0", "LABEL_1", "LABEL_2"]);
  for (const stored of [numbered, await model(t, "bert")]) {
    const { notes, tensors } = await start(stored, ["a", "b", "c"]);
    assert.deepEqual(notes, [
      'The model\'s own classifier, which the option storedClassifier "by-order" would keep, does not name its 3 labels, so a new one for 3 labels was initialized from the seed.',
    ]);
    assert.notDeepEqual(tensors.get("classifier.weight"), await stored.pretrained.readFloat32("classifier.weight"));
  }
  const kept = await start(numbered, ["a", "b", "c"], { stored: "by-order" });
  assert.deepEqual(kept.tensors.get("classifier.weight"), await numbered.pretrained.readFloat32("classifier.weight"));
  assert.deepEqual(kept.notes, [
    "The model's classifier was kept, with its rows in order: a = LABEL_0, b = LABEL_1, c = LABEL_2.",
  ]);
  await assert.rejects(
    start(numbered, ["a", "b"], { stored: "by-order" }),
    /storedClassifier: the model has a classifier for 3 labels, but the task has 2 labels; omit it/,
  );
});

test("a classifier can be left out although it names the labels", async (t) => {
  const { notes, tensors } = await start(await model(t, "bert", ["a", "b", "c"]), ["a", "b", "c"], { stored: "never" });
  assert.deepEqual([...tensors.keys()], ["classifier.weight", "classifier.bias"]);
  assert.match(notes[0]!, /^The model's own classifier is not used \(storedClassifier "never"\); a new one/);
});

test("names that differ only by case match exactly or not at all", async (t) => {
  const stored = await model(t, "bert", ["PER", "per", "Loc"]);
  assert.match((await start(stored, ["per", "loc"])).notes[0]!, /matched by label name/);
  assert.match((await start(stored, ["Per", "loc"])).notes[0]!, /for other labels/);
});

test("a pooler or a classifier that the model lacks is initialized, and said", async (t) => {
  const stored = await model(t, "bert", ["a", "b", "c"]);
  const { folder, shards } = stored.pretrained;
  const without = new Map([...stored.pretrained.tensors].filter(([name]) => !/^(pooler|classifier)/.test(name)));
  const pretrained = Object.assign(Object.create(stored.pretrained), {
    folder,
    shards,
    tensors: without,
  }) as PretrainedWeights;
  const { tensors, notes } = await start({ pretrained, config: stored.config }, ["a", "b"]);
  assert.deepEqual(
    [...tensors.keys()].sort(),
    ["classifier.bias", "classifier.weight", "pooler.dense.bias", "pooler.dense.weight"].sort(),
  );
  assert.deepEqual(notes, [
    "The model has no classifier, so a new one for 2 labels was initialized from the seed.",
    "The model has no pooler (pooler.dense), so a new one was initialized from the seed.",
  ]);
});

test("a classifier of another kind of task is not used, whatever its labels are called", async (t) => {
  const names = ["neg", "neutral", "pos"];
  const tagger = await model(t, "bert", names, "BertForTokenClassification");
  assert.deepEqual((await start(tagger, ["neg", "pos"])).notes, [
    "The model's own classifier is for a different kind of task (BertForTokenClassification), so a new one for 2 labels was initialized from the seed.",
  ]);
  const words = { classifier: "token" } as const;
  assert.match((await start(tagger, ["neg", "pos"], words)).notes[0]!, /matched by label name/);
  const rows = await model(t, "bert", names, "BertForSequenceClassification");
  assert.match(
    (await start(rows, ["neg", "pos"], words)).notes[0]!,
    /is for a different kind of task \(BertForSequenceClassification\)/,
  );
  assert.match((await start(rows, ["neg", "pos"])).notes[0]!, /matched by label name/);
});
