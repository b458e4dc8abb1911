// Parquet pages and chunks that would unpack to more than they declare, or run beyond their end.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { snappyCompress } from "hysnappy";
import { compressorsFor } from "../../src/data/parquet/compressors.ts";
import { checkPage } from "../../src/data/parquet/pages.ts";
import { readTask } from "../../src/data/task.ts";
import { refuses } from "./refused.ts";

describe("Parquet pages and chunks", () => {
  const kept = (name: string) => readTask(`test/fixtures/fuzz/parquet/${name}/a.task.json`, { trains: false });
  for (const [name, sentence] of [
    ["gzip-of-3-MB-in-a-page-of-100-bytes", /a page unpacks to more than the 100 bytes that it declares/],
    ["zstd-of-40-blocks-in-a-page-of-100-bytes", /a page is damaged, or unpacks to more than the 100 bytes/],
    ["zstd-that-announces-2-GB", /a page is damaged, or unpacks to more than the 100 bytes/],
    ["lz4-beyond-its-page", /an LZ4 page has more bytes than it declares/],
    ["snappy-that-announces-2-GB", /a page declares 100 bytes, but its compressed data declares 2147483647/],
    ["values-that-reach-beyond-their-pages", /a value is longer than its page/],
    ["decimal-of-9000-bytes-in-its-statistics", /a decimal number in the statistics has more than 64 bytes/],
    [
      "row-groups-of-the-same-empty-pages",
      /the file declares columns of over 27844 bytes, which is more than its size allows/,
    ],
  ] as const)
    test(`${name}: refused`, () => refuses(() => kept(name), sentence));

  const values = { kind: "data, version 2", values: 8, nulls: 0, unpacked: 20, packed: 20, compressed: false } as const;
  const levels = { definitionBytes: 0, repetitionBytes: 0 };
  const column = { type: "INT32", typeLength: undefined, codec: "UNCOMPRESSED", longest: Infinity } as const;
  const check = (encoding: number, bytes: number[]) =>
    checkPage(
      { ...values, ...levels, encoding },
      Uint8Array.from(bytes),
      { ...column, repetition: 0, definition: 0 },
      {},
      1e6,
    );
  // A run of 2³⁰ values, as a five-byte number.
  const huge = [0x80, 0x80, 0x80, 0x80, 0x08];
  for (const [name, encoding, bytes] of [
    ["of single bits, of numbers", 3, [0, 0, 0, 0, ...huge, 1]],
    ["without bits", 8, [0, ...huge]],
    ["that a group of none hides", 8, [32, 1, 2, ...huge, 0, 0, 0, 0]],
  ] as const)
    test(`a run ${name}: refused`, () =>
      assert.throws(() => check(encoding, [...bytes]), /a run is longer than its page/));
  test("runs that fit are walked", () => {
    check(3, [2, 0, 0, 0, 16, 1]);
    check(8, [0, 16]);
    check(8, [3, 3, 0x88, 0xc6, 0xfa]);
  });

  test("each codec gives the announced bytes in a buffer of their own, or an error", async () => {
    const bytes = Buffer.from("good film, bad film, ".repeat(500));
    const codecs = await compressorsFor(new Set(["SNAPPY"]));
    const packed = {
      GZIP: gzipSync(bytes),
      BROTLI: brotliCompressSync(bytes),
      SNAPPY: Buffer.from(snappyCompress(bytes)),
      // Literals only; a repeated match of 21 letters; a block in Hadoop's framing.
      LZ4_RAW: lz4Of(bytes),
      LZ4: framed(lz4Of(bytes), bytes.length),
    };
    for (const [codec, page] of Object.entries(packed)) {
      const unpack = codecs[codec as keyof typeof packed]!;
      const whole = unpack(page, bytes.length);
      assert.ok(bytes.equals(whole), codec);
      assert.equal(whole.buffer.byteLength, bytes.length, codec);
      for (const length of [1, 20, 21, bytes.length - 1, bytes.length + 1])
        assert.throws(() => unpack(page, length), `${codec} ${length}`);
      for (let end = 0; end < page.length; end += 7)
        assert.throws(() => unpack(page.subarray(0, end), bytes.length), codec);
    }
  });
});

/** An LZ4 block: the first 21 letters as literals, then matches of them, with five letters at the end. */
function lz4Of(bytes: Buffer): Buffer {
  const rest = bytes.length - 21 - 5 - 4 - 15;
  const full = Buffer.alloc(Math.floor(rest / 255), 255);
  return Buffer.concat([
    ...[Buffer.from([0xff, 21 - 15]), bytes.subarray(0, 21), Buffer.from([21, 0])],
    ...[full, Buffer.from([rest % 255]), Buffer.from([5 << 4]), bytes.subarray(-5)],
  ]);
}

function framed(block: Buffer, length: number): Buffer {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(length);
  lengths.writeUInt32BE(block.length, 4);
  return Buffer.concat([lengths, block]);
}
