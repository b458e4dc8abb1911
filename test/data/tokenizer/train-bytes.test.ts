// Byte-pair encoding is trained as by the library tokenizers (test/fixtures/tokenizers/train.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { trainBytePairs } from "../../../src/data/tokenizer/train-bytes.ts";

interface Case {
  readonly file?: string;
  readonly texts?: readonly string[];
  readonly size: number;
  readonly merges: readonly (readonly [string, string])[];
  /** Those after the special tokens and the bytes. */
  readonly tokens: readonly string[];
}

const SPECIAL = ["<pad>", "</s>"];
const cases = JSON.parse(readFileSync("test/fixtures/tokenizers/trained.json", "utf8")) as Case[];

for (const { file, texts = [readFileSync(file!, "utf8")], size, merges, tokens } of cases)
  test(`${file ?? texts[0]!.slice(0, 20)}: the merges of tokenizers, in their order`, () => {
    const trained = trainBytePairs(texts, size, SPECIAL);
    assert.deepEqual(trained.merges, merges);
    assert.deepEqual(trained.tokens.slice(0, 2), SPECIAL);
    assert.equal(new Set(trained.tokens).size, trained.tokens.length);
    assert.deepEqual(trained.tokens.slice(258), tokens);
  });

test("a vocabulary smaller than the bytes has all bytes, and texts without pairs add none", () => {
  assert.equal(trainBytePairs(["abab"], 10, SPECIAL).tokens.length, 258);
  assert.deepEqual(trainBytePairs(["a b"], 300, []).merges, [["Ġ", "b"]]);
});
