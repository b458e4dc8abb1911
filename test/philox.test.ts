import assert from "node:assert/strict";
import test from "node:test";
import { fillParts, fillWords, philox, plainKernel, streamOf, uniform } from "../src/philox.ts";
import { GROUP_WORDS, makeKernel, PAGE_WORDS } from "../src/philox-kernel.ts";
import { expected } from "./mask/fixture.ts";

test("a block is what Random123's known answers say", () => {
  const ones = 0xffffffff;
  assert.deepEqual([...philox([0, 0, 0, 0], [0, 0])], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  assert.deepEqual(
    [...philox([ones, ones, ones, ones], [ones, ones])],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assert.deepEqual(
    [...philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

test("a stream's words are numpy's, from any index on, over the 32-bit wrap of the counter too", () => {
  for (const { seed, stream, first, words } of expected.philox) {
    const out = new Uint32Array(words.length);
    fillWords(out, seed, stream, first);
    assert.deepEqual([...out], words, `from ${first}`);
  }
});

test("parts of a stream are the whole, wherever it is cut", () => {
  const whole = new Uint32Array(PAGE_WORDS + 200);
  fillWords(whole, 3, 4, 5);
  for (const [begin, end] of [
    [0, 0],
    [0, 1],
    [3, 9],
    [10, 16_500],
    [PAGE_WORDS - 6, PAGE_WORDS + 3],
  ] as const) {
    const part = new Uint32Array(end - begin);
    fillWords(part, 3, 4, 5 + begin);
    assert.deepEqual(part, whole.slice(begin, end));
  }
});

test("the WebAssembly kernel and the plain one write the same words and parts", () => {
  const [fast, plain] = [makeKernel()!, plainKernel()];
  for (const [low, high, key0, key1, groups] of [
    [0, 0, 0, 0, 1],
    [0xfffffff0, 0xffffffff, 0xdeadbeef, 0x80000000, 1],
    [12, 1, 2, 3, PAGE_WORDS / GROUP_WORDS],
  ] as const) {
    fast.fill(low, high, key0, key1, groups);
    plain.fill(low, high, key0, key1, groups);
    assert.deepEqual(fast.words, plain.words);
    for (const least of [0, 1, 5_000_000, 2 ** 24]) {
      const [one, other] = [fast, plain].map((kernel) => {
        kernel.cut(low, high, key0, key1, groups, 25, least);
        return kernel.parts.slice(0, GROUP_WORDS * groups);
      });
      assert.deepEqual(one, other);
    }
  }
});

test("a word's part is where its number lies in [0, 1), and says whether it is below the least", () => {
  const [seed, stream, least] = [7, 11, 838_861];
  for (const [length, parts] of [
    [0, 16],
    [1, 400],
    [77, 4080],
    [2 * PAGE_WORDS + 5, 400],
  ] as const) {
    const [words, found] = [new Uint32Array(length), new Uint16Array(length)];
    fillWords(words, seed, stream);
    fillParts(found, seed, stream, parts, least);
    const wanted = Uint16Array.from(words, (word) => {
      return Math.floor(parts * uniform(word)) + (uniform(word) < least * 2 ** -24 ? parts : 0);
    });
    assert.deepEqual(found, wanted);
  }
});

test("a name's stream is the FNV-1a hash of its UTF-8 bytes", () => {
  assert.equal(streamOf(""), 0x811c9dc5);
  assert.equal(streamOf("a"), 0xe40c292c);
  assert.equal(streamOf("foobar"), 0xbf9cf968);
});

test("a word becomes a number from 0 up to, not including, 1", () => {
  assert.equal(uniform(0), 0);
  assert.equal(uniform(0xffffffff), 1 - 2 ** -24);
});
