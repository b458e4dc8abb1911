import assert from "node:assert/strict";
import { test } from "node:test";
import { bare } from "../../src/data/around.ts";
import { Draw } from "../fuzz/draw.ts";

test("blanks and hidden marks are taken off the ends, and nothing within", () => {
  const around = /^[\s\u200B\u2060]+|[\s\u200B\u2060]+$/gu;
  const withZeros = /^[\s\u200B\u2060\0]+|[\s\u200B\u2060\0]+$/gu;
  for (let round = 0; round < 3000; round++) {
    const draw = new Draw(1, `around ${round}`);
    const text = Array.from({ length: draw.below(8) }, () =>
      draw.pick([" ", "\t", "\u00A0", "\u200B", "\u2060", "\uFEFF", "\0", "a", "😀"]),
    ).join("");
    assert.equal(bare(text), text.replace(around, ""));
    assert.equal(bare(text, true), text.replace(withZeros, ""));
  }
  assert.equal(bare(`a${" ".repeat(1_000_000)}b`).length, 1_000_002);
});
