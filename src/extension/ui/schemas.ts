// The JSON schemas of task files, of run.json and of study.json, derived from the schemas that validate these files. The build writes them to
// dist/schemas, where the editor uses them for completion and validation.

import * as z from "zod/mini";
import { ofKind, TASK } from "../../data/description.ts";
import type { TaskKind } from "../../data/examples.ts";
import { OPTIONS } from "../../recipe/options.ts";
import type { Schema } from "../../schema.ts";
import { STUDY } from "../../study/description.ts";

/** A JSON schema, or a part of one. */
type JsonSchema = Readonly<Record<string, unknown>>;

/** A file's JSON schema in draft 7, which the editor supports. */
function written(schema: Schema): JsonSchema {
  return z.toJSONSchema(schema, { target: "draft-07", io: "input", reused: "inline" });
}

/** The metrics and columns of one kind of task. */
function branch(kind: TaskKind): JsonSchema {
  return {
    if: { properties: { kind: { const: kind } }, required: ["kind"] },
    // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
    then: { properties: written(ofKind(kind)).properties },
  };
}

export const TASK_SCHEMA: JsonSchema = {
  title: "MaskLens task",
  ...written(TASK()),
  allOf: TASK().shape.kind.options.map(branch),
};

export const RUN_SCHEMA: JsonSchema = { title: "MaskLens run", ...written(OPTIONS()) };

export const STUDY_SCHEMA: JsonSchema = { title: "MaskLens study", ...written(STUDY()) };

/** Schemas by file name. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  "task.schema.json": TASK_SCHEMA,
  "run.schema.json": RUN_SCHEMA,
  "study.schema.json": STUDY_SCHEMA,
};
