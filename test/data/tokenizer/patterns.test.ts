// Matching without an engine of regular expressions: what is found against what V8's finds, and the work that it takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addedToken, finderOf } from "../../../src/data/tokenizer/added-tokens.ts";
import { type Merge, merged, pairOf } from "../../../src/data/tokenizer/merges.ts";
import { patternOf } from "../../../src/data/tokenizer/patterns.ts";
import { Draw } from "../../fuzz/draw.ts";

const place = { file: "tokenizer.json", at: "pre_tokenizer" };

/** Texts of few characters, one of them of two code units. */
const textOf = (draw: Draw, length: number) => Array.from({ length }, () => draw.pick(["a", "a", "b", "😀"])).join("");

test("plain expressions and literal texts find what V8 finds", () => {
  for (let round = 0; round < 5000; round++) {
    const draw = new Draw(1, `patterns ${round}`);
    const items = Array.from({ length: 1 + draw.below(4) }, () => {
      const count = draw.pick(["", "", "+", "{1}", "{2}", "{2,}", "{1,2}", "{1,3}"]);
      return draw.pick(["a", "b", "😀"]) + count;
    });
    const isLiteral = draw.chance(0.3);
    const source = isLiteral ? textOf(draw, 1 + draw.below(4)) : items.join("");
    const text = textOf(draw, draw.below(14));
    const found = [...patternOf(isLiteral ? { String: source } : { Regex: source }, place)(text)];
    const wanted = Array.from(text.matchAll(new RegExp(source, "gu")), ({ 0: match, index }) => ({
      start: index,
      end: index + match.length,
    }));
    assert.deepEqual(found, wanted, `${JSON.stringify(source)} in ${JSON.stringify(text)}`);
  }
});

test("a pattern that an engine would try in all ways is matched, whatever it is", () => {
  const find = patternOf({ Regex: `${"a+".repeat(40)}b` }, place);
  assert.deepEqual([...find("a".repeat(100_000))], []);
  assert.deepEqual([...find(`${"a".repeat(100)}bb`)], [{ start: 0, end: 101 }]);
  assert.deepEqual([...find(`${"a".repeat(39)}b`)], []);
});

test("patterns with a class, a group, an end or a choice, empty ones and endless ones are refused by name", () => {
  for (const regex of [
    "(a+)+$",
    "[ab]",
    "a|b",
    ".",
    "\\s",
    "^a",
    "a*",
    "a{0}",
    "a{2,1}",
    "a++",
    "a{1",
    "",
    "a{1,9999999999}",
  ])
    assert.throws(() => patternOf({ Regex: regex }, place), /pre_tokenizer: the pattern .* is not supported; use a/);
  assert.throws(() => patternOf({ String: "" }, place), /a pattern is empty/);
  assert.throws(
    () => patternOf({ String: "a".repeat(1001) }, place),
    /a pattern has 1001 characters, over the limit of 1000/,
  );
});

test("added tokens are found as an expression of all of them finds them", () => {
  for (let round = 0; round < 2000; round++) {
    const draw = new Draw(2, `added ${round}`);
    const tokens = [...new Set(Array.from({ length: 1 + draw.below(5) }, () => textOf(draw, 1 + draw.below(3))))];
    const found = finderOf(new Map(tokens.map((text, id) => [text, { ...addedToken(text, {}, place), id }])));
    const text = textOf(draw, draw.below(14));
    const longestFirst = tokens.toSorted((a, b) => b.length - a.length);
    const matches = text.matchAll(new RegExp(longestFirst.join("|"), "gu"));
    const wanted = Array.from(matches, ({ 0: match, index }) => ({
      text: match,
      start: index,
      id: tokens.indexOf(match),
    }));
    assert.deepEqual(
      found(text).filter(({ id }) => id !== undefined),
      wanted,
    );
  }
});

/** The best pair is looked for again after each merge, as byte-pair encoding is described. */
function plainlyMerged(symbols: readonly number[], merges: ReadonlyMap<number, Merge>): number[] {
  const ids = [...symbols];
  for (;;) {
    let [best, at]: [Merge | undefined, number] = [undefined, 0];
    for (let i = 0; i + 1 < ids.length; i++) {
      const merge = merges.get(pairOf(ids[i]!, ids[i + 1]!));
      if (merge && (!best || merge.rank < best.rank)) [best, at] = [merge, i];
    }
    if (!best) return ids;
    ids.splice(at, 2, best.id);
  }
}

test("merges give what looking for the best pair again and again gives", () => {
  for (let round = 0; round < 3000; round++) {
    const draw = new Draw(3, `merges ${round}`);
    const merges = new Map<number, Merge>();
    for (let rank = 0; rank < 16; rank++)
      merges.set(pairOf(draw.below(3 + rank), draw.below(3 + rank)), { rank, id: 3 + rank });
    const symbols = Array.from({ length: draw.below(30) }, () => draw.below(3));
    assert.deepEqual(merged(symbols, merges), plainlyMerged(symbols, merges));
  }
});

test("a word as long as a file takes look-ups by its length, not by its square", () => {
  let lookups = 0;
  class Counted extends Map<number, Merge> {
    override get(key: number): Merge | undefined {
      lookups++;
      return super.get(key);
    }
  }
  const merges = new Counted([
    [pairOf(0, 0), { rank: 0, id: 1 }],
    [pairOf(1, 1), { rank: 1, id: 2 }],
  ]);
  const length = 20_000;
  assert.equal(merged(new Array<number>(length).fill(0), merges).length, length / 4);
  assert.ok(lookups < 10 * length, `${lookups} look-ups`);
});
