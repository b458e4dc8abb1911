// Task files without their data: their keys, defaults and names.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { parseDescription } from "../../src/data/description.ts";

const sentence = { kind: "sentence", files: { train: "train.csv" } };

test("what a task file leaves out has its default, and paths are relative to the file", () => {
  const { name, metric, files, split, encoding, columns, header, ...more } = parseDescription(
    { kind: "pair", files: { train: "a/train.tsv" } },
    "/data/mrpc.task.json",
  );
  assert.deepEqual(
    { name, metric, files, split, encoding, columns, header },
    {
      ...{ name: "mrpc", metric: "accuracy", files: { train: path.resolve("/data/a/train.tsv") }, encoding: "utf-8" },
      ...{ split: { validation: 0.1, test: 0.1, seed: 1 }, header: true },
      columns: { text: "text", textPair: "textPair", label: "label" },
    },
  );
  const { separator, skip, unscored, classWeights } = more;
  assert.deepEqual(
    { separator, skip, unscored, classWeights },
    {
      ...{ separator: undefined, skip: false, unscored: "wrong", classWeights: null },
    },
  );
});

test("the format is that of the ending, before .gz where the file is compressed", () => {
  for (const file of ["a.csv.gz", "a.TSV", "a.jsonl.GZ", "a.json", "a.conllu.gz"])
    parseDescription({ kind: file.includes("conllu") ? "tagging" : "sentence", files: { train: file } }, "t.task.json");
  assert.throws(
    () => parseDescription({ kind: "sentence", files: { train: "a.gz" } }, "t.task.json"),
    /the format of a\.gz cannot be inferred from its extension; set "format" in the task file to one of csv, tsv, glue, jsonl, json, parquet\.?$/,
  );
  const refused = { kind: "tagging", files: { train: "a.gz" } };
  assert.throws(() => parseDescription(refused, "t.task.json"), /one of jsonl, json, parquet, conll, conllu\.?$/);
  const texts = { kind: "language", files: { train: "a.gz" } };
  assert.throws(() => parseDescription(texts, "t.task.json"), /one of csv, tsv, glue, jsonl, json, parquet, txt\.?$/);
});

test("a name has letters of any language, and can be that of a file on every system", () => {
  const named = (name: string) => parseDescription({ ...sentence, name }, "t.task.json").name;
  for (const name of ["sst2", "a", "отзывы о фильмах", "v1.5_b-c"]) assert.equal(named(name), name);
  for (const name of [" a", "a ", "a.", "../a", "a/b", "a:b", ".a", "-a"])
    assert.throws(
      () => named(name),
      /name: ".*" is not a valid name; use at most 200 letters, digits, spaces and \. _ -/,
      name,
    );
});

test("an unknown key is refused at every depth, with the key that was meant", () => {
  for (const [task, sentence] of [
    [{ kind: "sentence", file: { train: "x.csv" } }, /file: unknown key "file"; did you mean .*files/],
    [{ kind: "sentence", files: { trian: "x.csv" } }, /files\.trian: unknown key "trian"; did you mean .*train/],
    [{ kind: "sentense", files: { train: "x.csv" } }, /kind: "sentense" is not a valid value; did you mean .*sentence/],
    [
      { kind: "sentence", files: { train: "x.csv" }, metric: "entityF1" },
      /metric: "entityF1" is not a valid value; use accuracy, f1/,
    ],
    [{ kind: "sentence", files: { train: "x.csv" }, columns: { txt: "a" } }, /columns\.txt: .*did you mean .*text/],
    [{ kind: "sentence", files: { train: "x.csv" }, split: { test: 2 } }, /split\.test: 2 is not a fraction/],
    [{ kind: "sentence", files: { train: "x.csv" }, labels: ["a", "a"] }, /labels: "a" is listed twice/],
    [{ kind: "sentence", files: { train: "x.data" } }, /format: the format of x\.data cannot be inferred/],
    [{ kind: "sentence", files: { train: "x.csv" }, separator: ";;" }, /separator: ";;" is not a single character/],
    [
      { kind: "sentence", files: { train: "x.csv" }, separator: '"' },
      /separator: .* is not a single character that could/,
    ],
    [
      { kind: "sentence", files: { train: "x.csv" }, skip: "true" },
      /skip: "true" is not a valid value; use true or false, without quotes/,
    ],
    [
      { kind: "choice", files: { train: "x.csv" }, classWeights: "balanced" },
      /classWeights: the labels of a choice task are positions, not classes that can be weighted; remove this key/,
    ],
    [
      { kind: "tagging", files: { train: "x.conll" }, unscored: "left-out" },
      /unscored: "left-out" is not a valid value; use wrong or leave-out/,
    ],
    [
      { kind: "sentence", files: { train: "x.csv" }, unscored: "wrong" },
      /unscored: this key is only for tagging tasks, but this is a sentence task/,
    ],
    [{ kind: "sentence", files: { train: "x.csv" }, classWeights: "even" }, /classWeights: .*use balanced/],
    [{ kind: "sentence", files: { train: "x.csv" }, encoding: "cp1252" }, /encoding: .*use utf-8, utf-16 or latin1/],
    [{ kind: "tagging", files: { train: "x.csv" } }, /files\.train: csv files cannot hold examples of a tagging task/],
  ] as const)
    assert.throws(() => parseDescription(task, "t.task.json"), sentence);
});
