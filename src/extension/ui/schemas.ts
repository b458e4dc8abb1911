// The JSON schemas of task files and of run.json, from the tables that read these files. The build writes them to
// dist/schemas for the editor's completion and checks.

import { CLASS_WEIGHTS, NAME, UNSCORED } from "../../data/description.ts";
import { KINDS } from "../../data/examples.ts";
import { READERS } from "../../data/readers.ts";
import { ENCODINGS } from "../../data/text.ts";
import { type JsonSchema, schemaOf } from "../../recipe/option-table.ts";
import { OPTIONS } from "../../recipe/options.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";

const column = {
  anyOf: [
    { type: "string", minLength: 1 },
    { type: "integer", minimum: 0 },
  ],
};
const share = { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.1 };

/** An object that may hold these keys and no others. */
function closed(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: "object", additionalProperties: false, required, properties };
}

/** The metrics and columns of one kind of task. */
function branch(kind: keyof typeof KINDS): JsonSchema {
  const { metrics, columns } = KINDS[kind];
  const fields = Object.entries(columns).map(([field, initial]): [string, JsonSchema] => {
    const several = {
      type: "array",
      items: column,
      minItems: [initial].flat().length,
      maxItems: [initial].flat().length,
    };
    return [field, Array.isArray(initial) ? { ...several, default: initial } : { ...column, default: initial }];
  });
  return {
    if: { properties: { kind: { const: kind } }, required: ["kind"] },
    // biome-ignore lint/suspicious/noThenProperty: JSON schema calls it so
    then: { properties: { metric: { enum: metrics }, columns: closed(Object.fromEntries(fields)) } },
  };
}

const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
const path = (description: string): JsonSchema => ({ type: "string", minLength: 1, description });

export const TASK_SCHEMA: JsonSchema = {
  $schema: DRAFT,
  title: "MaskLens task",
  ...closed(
    {
      name: {
        type: "string",
        pattern: NAME.source,
        description: "the task's name; defaults to the file's name",
      },
      kind: {
        enum: kinds,
        description:
          "what an example is: one sentence, two sentences, tagged words, four choices, or a document's sentences",
      },
      metric: {
        enum: [...new Set(kinds.flatMap((kind) => KINDS[kind].metrics))],
        description: "the metric for choosing the best step",
      },
      files: {
        ...closed(
          {
            train: path("training examples; paths are relative to this file"),
            validation: path("examples for choosing the best step"),
            test: path("examples for the single evaluation at the end"),
          },
          ["train"],
        ),
        description: "data files; splits without a file are held out from the training examples",
      },
      split: {
        ...closed({
          validation: share,
          test: share,
          seed: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1, default: 1 },
        }),
        description: "fractions of the training examples to hold out for splits without a file",
      },
      format: {
        enum: Object.keys(READERS),
        description: "format of the data files; inferred from the file extension if omitted",
      },
      separator: {
        type: "string",
        minLength: 1,
        maxLength: 1,
        description: "column separator of csv, tsv and glue files; detected from the first lines if omitted",
      },
      encoding: { enum: ENCODINGS, default: "utf-8", description: "encoding of the data files" },
      labels: {
        type: "array",
        items: { type: ["string", "number", "boolean"] },
        minItems: 2,
        uniqueItems: true,
        description: "all labels, in order; defaults to those of the training examples",
      },
      skip: {
        type: "boolean",
        default: false,
        description: "skip and count malformed and unlabeled examples instead of stopping at the first",
      },
      unscored: {
        enum: UNSCORED,
        default: UNSCORED[0],
        description: "tagging: whether words beyond the maximum length count as wrong or are left out of the metrics",
      },
      classWeights: {
        enum: CLASS_WEIGHTS,
        description: "balanced: rare classes weigh as much in the loss as frequent ones",
      },
      columns: {
        type: "object",
        description: "the column of each field: a header's name, or a 0-based index where there is no header",
      },
    },
    ["kind", "files"],
  ),
  allOf: kinds.map(branch),
};

export const RUN_SCHEMA: JsonSchema = { $schema: DRAFT, title: "MaskLens run", ...schemaOf(OPTIONS) };

/** Schemas by file name. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  "task.schema.json": TASK_SCHEMA,
  "run.schema.json": RUN_SCHEMA,
};
