// The key of a task file that names the columns of attributes.

import * as z from "zod/mini";
import { onDemand } from "../../on-demand.ts";
import { atLeast, atMost, explained, type Read, worded } from "../../schema.ts";
import type { TaskKind } from "../examples.ts";
import { ATTRIBUTE, type Columns, LONGEST_LABEL } from "../fields.ts";
import { MOST_ATTRIBUTES } from "./values.ts";

/** A column of a data file. */
export const column = onDemand(() =>
  worded(
    z.union([z.string().check(atLeast(1)), z.int().check(z.minimum(0))]),
    "a name from the header or, if there is no header, a 0-based column number",
    { not: "a column" },
  ),
);

/** The column of an attribute, and what separates its values if a cell can have several. */
const attribute = onDemand(() =>
  worded(
    z.union([
      column(),
      z.strictObject({ column: column(), separator: z.exactOptional(z.string().check(atLeast(1), atMost(10))) }),
    ]),
    'a column, or an object such as {"column": "tags", "separator": "|"}',
    { not: "the column of an attribute" },
  ),
);

/** The key `attributes` of a task file. */
export const ATTRIBUTES = onDemand(() =>
  explained(
    z._default(
      worded(
        z.record(z.string().check(atLeast(1), atMost(LONGEST_LABEL)), attribute()),
        'an object such as {"user": "user_id", "tags": {"column": "tags", "separator": "|"}}',
        { not: "columns of attributes" },
      ),
      {},
    ),
    "in sentence and pair tasks, the column of each attribute of the examples, such as who wrote or rated a text, which adapters read beside the text; an empty cell is a missing value",
  ),
);

/** An attribute of the examples, and what separates its values in a cell. */
export interface AttributeColumn {
  readonly name: string;
  readonly separator: string | undefined;
}

export type Fail = (key: string, what: string, remedy: string) => never;

/** The attributes that a task file names, and their columns by field. */
export function attributesIn(
  given: Read<typeof ATTRIBUTES>,
  kind: TaskKind,
  fail: Fail,
): { readonly attributes: readonly AttributeColumn[]; readonly columns: Columns } {
  const named = Object.entries(given).map(([name, of]) => ({
    name,
    ...(typeof of === "object" ? { separator: of.separator, column: of.column } : { separator: undefined, column: of }),
  }));
  if (named.length && kind !== "sentence" && kind !== "pair")
    fail(
      "attributes",
      `attributes belong to a text that has one label, but this is a ${kind} task`,
      "remove this key, or use a sentence or pair task",
    );
  if (named.length > MOST_ATTRIBUTES)
    fail("attributes", `there are ${named.length} attributes, over the limit of ${MOST_ATTRIBUTES}`, "name fewer");
  return {
    attributes: named.map(({ name, separator }) => ({ name, separator })),
    columns: Object.fromEntries(named.map(({ name, column }) => [`${ATTRIBUTE}${name}`, column])),
  };
}
