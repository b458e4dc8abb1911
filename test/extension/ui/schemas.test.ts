// The schemas that the editor completes by say what the readers of these files accept.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDescription } from "../../../src/data/description.ts";
import { KINDS, type TaskKind } from "../../../src/data/examples.ts";
import { RUN_SCHEMA, STUDY_SCHEMA, TASK_SCHEMA } from "../../../src/extension/ui/schemas.ts";
import { OPTIONS, parseRunOptions } from "../../../src/recipe/options.ts";
import { parseStudy } from "../../../src/study/description.ts";

type Properties = Record<string, { description?: string; default?: unknown; enum?: unknown[] }>;
const run = RUN_SCHEMA.properties as Properties;
const task = TASK_SCHEMA.properties as Properties;
const folder = "media/sample/tasks";

test("the schema of run.json explains every option, and its defaults are the run's", () => {
  const needed = { model: "m", task: "t.task.json", out: "." };
  const options = parseRunOptions(needed) as unknown as Record<string, unknown>;
  assert.deepEqual(Object.keys(run), Object.keys(OPTIONS().shape));
  assert.deepEqual(RUN_SCHEMA.required, Object.keys(needed));
  for (const [key, { description, default: initial }] of Object.entries(run)) {
    assert.ok(description, key);
    if (initial !== undefined) assert.deepEqual(initial, options[key], key);
  }
});

test("a run.json may hold every value that its schema lists, and no other", () => {
  for (const method of run.method!.enum!) parseRunOptions({ model: "m", task: "t", out: "o", method });
  assert.throws(() => parseRunOptions({ model: "m", task: "t", out: "o", method: "other" }), /use mask, finetune/);
});

test("the schema of task files lists the keys that its reader knows", () => {
  const files = { train: "a.csv" };
  assert.throws(
    () => parseDescription({ kind: "sentence", files, zzzzzzzz: 1 }, "x.task.json"),
    new RegExp(`choose from ${Object.keys(task).join(", ")}`),
  );
});

test("every kind of task is in the schema with its metrics and columns", () => {
  for (const branch of TASK_SCHEMA.allOf as { if: never; then: { properties: Properties } }[]) {
    const kind = (branch.if as { properties: { kind: { const: string } } }).properties.kind.const;
    const columns = (branch.then.properties.columns as { properties: Properties }).properties;
    const { columns: own, alternatives = [] } = KINDS[kind as TaskKind];
    const sets = [own, ...alternatives].map((fields) => Object.keys(fields));
    assert.deepEqual([...new Set(sets.flat())].sort(), Object.keys(columns).sort());
    for (const metric of branch.then.properties.metric!.enum!)
      for (const set of sets) {
        const given = Object.fromEntries(set.map((key) => [key, columns[key]!.default]));
        parseDescription({ kind, metric, files: { train: "a.jsonl" }, columns: given }, "x.task.json");
      }
  }
});

test("the sample's tasks hold only keys of the schema", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".task.json")))
    for (const key of Object.keys(JSON.parse(readFileSync(`${folder}/${name}`, "utf8")))) assert.ok(task[key], key);
});

test("the schema of study.json explains every key, and the options that may be shared or varied", () => {
  const study = STUDY_SCHEMA.properties as Record<string, { description?: string; properties?: Properties }>;
  const needed = { models: ["m"], tasks: ["t.task.json"] };
  assert.deepEqual(Object.keys(study), ["description", ...Object.keys(parseStudy(needed, "study.json")).sort(byPlan)]);
  assert.deepEqual(STUDY_SCHEMA.required, Object.keys(needed));
  const own = ["model", "task", "out", "method", "seed"];
  for (const { description } of Object.values(study)) assert.ok(description);
  for (const key of ["options", "grid"]) {
    const options = study[key]!.properties!;
    assert.deepEqual(
      Object.keys(options),
      Object.keys(run).filter((name) => !own.includes(name)),
    );
    for (const [name, { description }] of Object.entries(options)) assert.equal(description, run[name]!.description);
  }
});

const PLAN = ["models", "tasks", "methods", "options", "grid", "seeds"];
const byPlan = (a: string, b: string) => PLAN.indexOf(a) - PLAN.indexOf(b);
