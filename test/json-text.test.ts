import assert from "node:assert/strict";
import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { readJsonObject } from "../src/json.ts";
import { parseJson } from "../src/json-text.ts";

const CASES: readonly (readonly [text: string, said: RegExp])[] = [
  ["", /^it is empty$/],
  [" \n", /^it is empty$/],
  ["{", /^it ends too early$/],
  ['{"a', /^it ends too early$/],
  ['{"a":[1,', /^it ends too early$/],
  ["root:x:0:0", /^unexpected character at column 1$/],
  ['{"a": 1,}', /at column 9$/],
  ["[1,]", /at column 4$/],
  ["[,1]", /at column 2$/],
  ['{"a" 1}', /at column 6$/],
  ['{"a":1 "b":2}', /at column 8$/],
  ["{a:1}", /at column 2$/],
  ['["a\nb"]', /at line 1, column 4$/],
  ['["\\x"]', /at column 3$/],
  ['{\n  "a": 01\n}\n', /at line 2, column 9$/],
  ["[1] 2", /at column 5$/],
  ["1,", /at column 2$/],
  ["[1}", /at column 3$/],
  ["nul", /at column 1$/],
];

test("what is not JSON is said by its place, in words that quote nothing of it", () => {
  for (const [text, said] of CASES)
    assert.throws(
      () => parseJson(text),
      (error) => error instanceof SyntaxError && said.test(error.message),
      JSON.stringify(text),
    );
});

test("a text has a fault's place exactly where JSON.parse refuses it", () => {
  const whole = '{"a": [1, -2.5e3, true, null, {"b": "c\\u00e9\\n"}], "d": {}, "e": []}';
  for (let at = 0; at < whole.length; at++)
    for (const put of ["", "x", '"', "{", "]", ",", ":", "0", "\\", "\u0001"]) {
      const text = whole.slice(0, at) + put + whole.slice(at + 1);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (isJson) parseJson(text);
      else
        assert.throws(
          () => parseJson(text),
          /^SyntaxError: (unexpected character at column \d+|it ends too early)$/,
          text,
        );
    }
});

test("a file that is not JSON is told by its name and the place alone", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-json-"));
  await writeFile(path.join(folder, "secret"), "root:x:0:0");
  await symlink("secret", path.join(folder, "a.json"));
  await assert.rejects(
    readJsonObject(path.join(folder, "a.json"), "repair it"),
    /a\.json: the file is not JSON \(unexpected character at column 1\); repair it\.$/,
  );
});
