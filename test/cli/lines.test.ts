// Lines of standard input: split at line feeds alone, strictly UTF-8, however the chunks fall.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../src/cli/lines.ts";

/** The lines of these bytes, given in chunks of `size`. */
async function lines(bytes: Buffer | string, size = 1 << 20): Promise<string[]> {
  const all = Buffer.from(bytes as string);
  async function* chunks() {
    for (let from = 0; from < all.length; from += size) yield all.subarray(from, from + size);
  }
  const found: string[] = [];
  for await (const line of linesOf(chunks())) found.push(line);
  return found;
}

test("lines end at line feeds alone, and all other marks stay in the text", async () => {
  const marks = "a\u2028b\u2029c\u0085d\x0be\x0cf\rg";
  assert.deepEqual(await lines(`${marks}\nz\r\n`), [marks, "z"]);
});

test("an empty line is a line, a last line needs no end, and an end begins no new line", async () => {
  assert.deepEqual(await lines("a\n\n\r\nb"), ["a", "", "", "b"]);
  assert.deepEqual(await lines("a\n"), ["a"]);
  assert.deepEqual(await lines("\n"), [""]);
  assert.deepEqual(await lines(""), []);
});

test("the lines are the same however the bytes arrive", async () => {
  const text = "naïve 😀\r\n你好\n\nend";
  for (const size of [1, 2, 3, 7]) assert.deepEqual(await lines(text, size), ["naïve 😀", "你好", "", "end"]);
});

test("a byte-order mark is left out at the start only", async () => {
  assert.deepEqual(await lines("\ufeffa\n\ufeffb\n"), ["a", "\ufeffb"]);
});

test("what is not UTF-8 is refused, naming line and byte, after the lines before it", async () => {
  const bytes = Buffer.concat([Buffer.from("é�\nab"), Buffer.of(0xe9), Buffer.from("c\n")]);
  for (const size of [1, 100])
    await assert.rejects(
      lines(bytes, size),
      /^InputError: standard input, line 2: byte 8 of the input \(0xe9\) is not UTF-8; encode the texts as UTF-8\.$/,
    );
});

test("a line without end is refused before it fills the memory", async () => {
  await assert.rejects(
    lines(Buffer.alloc(17_000_000, 97)),
    /standard input, line 1: the line is longer than 16\.0 MB; write/,
  );
  assert.equal((await lines(`${"a".repeat(9_000_000)}\n${"b".repeat(9_000_000)}`)).length, 2);
});
