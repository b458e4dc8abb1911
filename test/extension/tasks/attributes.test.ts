// Attributes of a task's texts in the editor: the columns that New Task offers for them, and their values, which the view counts.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseDescription } from "../../../src/data/description.ts";
import { attributeColumns, attributesJson, guessColumns } from "../../../src/extension/tasks/columns.ts";
import { detect } from "../../../src/extension/tasks/detect.ts";
import { TASK_SCHEMA } from "../../../src/extension/ui/schemas.ts";
import { folderOf } from "../../model/folders.ts";
import { dataThread } from "./thread.ts";

const ROWS = Array.from({ length: 30 }, (_, i) => {
  const review = `${"The plot of this film is told too slowly. ".repeat(2)}${i}`;
  return `"${review}",user ${i % 7},${["short|sad", "", "funny"][i % 3]},en,"${review}",${i % 2 ? "pos" : "neg"}\n`;
});
const CSV = `review,user,tags,language,summary,stars\n${ROWS.join("")}`;

test("New Task offers the other columns of short values that differ, and recognizes several values in a cell", async (t) => {
  const file = path.join(folderOf(t), "reviews.csv");
  writeFileSync(file, CSV);
  const detected = await detect(file);
  const columns = { ...guessColumns(detected, "sentence"), text: "review", label: "stars" };
  const offered = attributeColumns(detected, "sentence", Object.values(columns));
  assert.deepEqual(
    offered.map(({ column }) => column),
    ["user", "tags"], // all are in one language, and a summary is another text
  );
  const attributes = attributesJson(offered);
  assert.deepEqual(attributes, { user: "user", tags: { column: "tags", separator: "|" } });
  for (const kind of ["document", "language", "generation"] as const)
    assert.deepEqual(attributeColumns(detected, kind, []), []);
  const json = { kind: "sentence", files: { train: "reviews.csv" }, columns, attributes };
  assert.deepEqual(parseDescription(json, path.join(path.dirname(file), "a.task.json")).attributes, [
    { name: "user", separator: undefined },
    { name: "tags", separator: "|" },
  ]);
});

test("a file without a header has attributes named after the numbers of their columns", async (t) => {
  const file = path.join(folderOf(t), "reviews.tsv");
  const rows = ["yes", "no"].flatMap((label) => ["ann", "bob"].map((who) => `A film of words\t${who}\t${label}\n`));
  writeFileSync(file, rows.join("").repeat(3));
  const detected = await detect(file);
  assert.equal(detected.header, false);
  assert.deepEqual(attributesJson(attributeColumns(detected, "sentence", [0, 2])), { "column 1": 1 });
});

test("the thread counts the values in the training examples, unless the data is too large to read for a view", async (t) => {
  const folder = folderOf(t);
  const task = path.join(folder, "reviews.task.json");
  const columns = { text: "review", label: "stars" };
  const attributes = { user: "user", tags: { column: "tags", separator: "|" } };
  writeFileSync(task, JSON.stringify({ kind: "sentence", files: { train: "reviews.csv" }, columns, attributes }));
  writeFileSync(path.join(folder, "reviews.csv"), CSV);
  const [users, tags] = (await dataThread(t).ask("attributes", { task }))!;
  assert.deepEqual([users!.name, users!.count, users!.first.length], ["user", 7, 5]);
  assert.deepEqual([tags!.name, tags!.count, [...tags!.first].sort()], ["tags", 3, ["funny", "sad", "short"]]);
  writeFileSync(path.join(folder, "reviews.csv"), CSV + ROWS.join("").repeat(1000));
  assert.equal(await dataThread(t).ask("attributes", { task }), null);
});

test("the editor's schema of task files explains attributes and knows both forms of a column", () => {
  const { attributes } = TASK_SCHEMA.properties as {
    attributes: { description: string; additionalProperties: object };
  };
  assert.match(attributes.description, /the column of each attribute/);
  const forms = JSON.stringify(attributes.additionalProperties);
  for (const part of ['"string"', '"integer"', '"column"', '"separator"']) assert.ok(forms.includes(part), forms);
});
