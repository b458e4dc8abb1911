// Errors about values from outside are ours: zod only finds the place.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod/mini";
import { ofKind, TASK } from "../src/data/description.ts";
import { InputError } from "../src/errors.ts";
import { OPTIONS } from "../src/recipe/options.ts";
import {
  accepted,
  checked,
  core,
  count,
  defOf,
  explanationOf,
  list,
  oneOf,
  record,
  type Schema,
  text,
  wordsOf,
} from "../src/schema.ts";

const FORMAT = z.strictObject({
  name: text,
  kind: z._default(oneOf(["sentence", "pair"]), "pair"),
  rows: z.exactOptional(list(z.strictObject({ weight: z.nullable(count) }), 5)),
  hashes: z.exactOptional(record(count)),
});

function messageOf(check: () => unknown): string {
  try {
    return assert.fail(`taken: ${JSON.stringify(check())}`);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
}
const written = (value: unknown) => messageOf(() => accepted(FORMAT, value, { file: "a.json" }));
const stored = (value: unknown) =>
  messageOf(() => checked(FORMAT, value, { file: "a", at: "line 1", remedy: "repair it" }));

test("what a person wrote is refused with the place and with what may be given", () => {
  assert.equal(written({}), "a.json, name: it is missing; use a string of at most 10000 characters.");
  assert.equal(
    written({ name: "a", kind: "pairr" }),
    'a.json, kind: "pairr" is not a valid value; did you mean "pair"? If not, use sentence or pair.',
  );
  assert.equal(
    written({ name: "a", rows: [{ weight: null }, { weight: -1 }] }),
    "a.json, rows.weight: -1 is not a valid value; use a whole number of at least 0.",
  );
});

test("what a program wrote is refused with the place and the remedy of its reader", () => {
  assert.equal(stored({}), "a, line 1.name: it is missing; repair it.");
  assert.equal(
    stored({ name: "a", rows: [{ weight: 1 }, { weight: "\u202e" }] }),
    'a, line 1.rows.1.weight: it must be a whole number of at least 0, but is "\\u{202e}"; repair it.',
  );
  assert.equal(
    stored({ name: "a", rows: Array(6).fill({ weight: 1 }) }).slice(0, 62),
    "a, line 1.rows: it must be a list of at most 5 entries, but is",
  );
  assert.equal(stored(null), "a, line 1: it must be an object, but is null; repair it.");
});

test("an unknown key comes before all that it may explain, whatever its name", () => {
  assert.equal(
    written({ nam: "a" }),
    'a.json, nam: unknown key "nam"; did you mean "name"? If not, choose from name, kind, rows, hashes.',
  );
  assert.match(written({ name: "a", rows: [{ wait: 1 }] }), /rows\.wait: unknown key "wait"/);
  for (const key of ["", "__proto__", "constructor", "toString"])
    assert.match(written(JSON.parse(`{"name":"a","${key}":1}`)), new RegExp(`unknown key "${key}"`));
});

test("keys that are data may have any name, and none of them reaches a prototype", () => {
  const { hashes } = accepted(
    FORMAT,
    JSON.parse('{"name":"a","hashes":{"__proto__":1,"constructor":2,"toString":3}}'),
    {},
  );
  assert.deepEqual(Object.entries(hashes!), [
    ["constructor", 2],
    ["toString", 3],
  ]);
  assert.equal(Object.getPrototypeOf(hashes), Object.prototype);
});

test("a fault under a key that objects inherit is found, too", () => {
  const metrics = z.catchall(z.object({ examples: count }), z.object({ value: count }));
  for (const key of ["toString", "constructor", "valueOf"])
    assert.equal(
      messageOf(() => checked(metrics, { examples: 1, [key]: 0 }, { remedy: "repair it" })),
      `${key}: it must be an object, but is 0; repair it.`,
    );
});

test("a million faults take no longer than the first, and a million keys are not looked at one by one", () => {
  const faults = Array(1_000_000).fill("x");
  const start = process.cpuUsage();
  const read = () => checked(list(count, faults.length), faults, { at: "rows", remedy: "repair it" });
  assert.equal(messageOf(read), 'rows.0: it must be a whole number of at least 0, but is "x"; repair it.');
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 200_000, `${user + system} µs`);
  const keys = Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`k${i}`, 0]));
  assert.match(stored({ name: "a", hashes: keys }), /hashes: it must be an object with at most 100000 keys/);
});

test("every option and every key of a task file is explained, and says what it may be", () => {
  const visit = (schema: Schema, at: string): void => {
    const def = core(schema);
    assert.doesNotMatch(wordsOf(schema).expected, /^an object$/, at);
    if (def.type === "object") for (const [key, member] of Object.entries(def.shape)) visit(member, `${at}.${key}`);
  };
  for (const [key, schema] of Object.entries({ ...OPTIONS().shape, ...TASK().shape })) {
    assert.ok(explanationOf(schema), key);
    visit(schema, key);
  }
  for (const kind of TASK().shape.kind.options) visit(ofKind(kind).shape.metric, kind);
  assert.equal(defOf(OPTIONS()).type, "object");
});
