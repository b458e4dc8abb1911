// docs/behaviours.md: every behaviour has a test of that name and a picture.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

interface Row {
  readonly behaviour: string;
  /** Of the test, without its ending, from the folder of tests. */
  readonly file: string;
  readonly test: string;
  readonly picture: string;
}

const { lists, page } = (await import(pathToFileURL(path.resolve("test/behaviours.mjs")).href)) as {
  lists(): readonly { readonly rows: readonly Row[] }[];
  page(): string;
};

test("every behaviour has a test and a picture", () => {
  const rows = lists().flatMap(({ rows }) => rows);
  const missing = rows.flatMap(({ behaviour, file, test, picture }) => {
    const text = readFileSync(`test/${file}.ts`, "utf8");
    return [
      ...(behaviour.trim() ? [] : [`${test}: says nothing`]),
      ...(text.includes(`test(${JSON.stringify(test)},`) ? [] : [`${file}: no test "${test}"`]),
      ...(text.includes(`"${picture}"`) ? [] : [`${file}: takes no picture "${picture}"`]),
      ...(existsSync(`docs/behaviours/${picture}.jpg`) ? [] : [`no picture ${picture}: run npm run behaviours`]),
    ];
  });
  assert.deepEqual(missing, []);
});

test("the page of behaviours is up to date", () => {
  assert.equal(readFileSync("docs/behaviours.md", "utf8"), page(), "run npm run behaviours -- --table");
});
