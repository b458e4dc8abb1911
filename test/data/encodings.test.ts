// From a file's bytes to its text: encodings, byte-order marks, gzip, and files of other kinds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { unpacked } from "../../src/data/compressed.ts";
import { cellsOf, notesOf, ROWS, read, TABLE } from "./rows.ts";

test("Latin-1 is read byte for byte, and as UTF-8 refused with line, byte and remedy", async () => {
  const bytes = Buffer.from("text,label\nok,1\ncafé,0\n", "latin1");
  assert.deepEqual((await cellsOf("csv", bytes, { encoding: "latin1" }))[1], { text: "café", label: "0" });
  await assert.rejects(
    read("csv", bytes),
    /rows\.csv, line 3: byte 19 of the file \(0xe9\) is not valid UTF-8; .*latin1/,
  );
});

test("a replacement character that stands in the text itself is no error", async () => {
  assert.deepEqual(await cellsOf("csv", "text,label\n\uFFFD,1\n"), [{ text: "\uFFFD", label: "1" }]);
  const bytes = Buffer.concat([Buffer.from("text,label\n\uFFFD,1\n"), Buffer.of(0xff), Buffer.from(",0\n")]);
  await assert.rejects(read("csv", bytes), /line 3: byte 17 of the file \(0xff\)/);
});

test("UTF-16 is read with and without a byte-order mark, in both byte orders, in any script", async () => {
  const chinese = "text,label\n你好世界这是一个很长的句子没有任何拉丁字母,正面\n坏,负面\n";
  for (const text of [TABLE, chinese]) {
    const little = Buffer.from(text, "utf16le");
    const marked = Buffer.from(`\uFEFF${text}`, "utf16le");
    for (const [bytes, order] of [
      [little, "little"],
      [marked, "little"],
      [Buffer.from(little).swap16(), "big"],
      [Buffer.from(marked).swap16(), "big"],
    ] as const) {
      assert.deepEqual(await cellsOf("csv", bytes), await cellsOf("csv", text));
      assert.deepEqual(await notesOf("csv", bytes), [`The file is UTF-16 (${order}-endian) and is read as such`]);
      assert.deepEqual(await notesOf("csv", bytes, { encoding: "utf-16" }), []);
    }
  }
});

test("a few zero bytes do not make UTF-8 UTF-16", async () => {
  assert.deepEqual((await cellsOf("csv", "text,label\na\0 b\0,x\n"))[0], { text: "a\0 b\0", label: "x" });
});

test("broken UTF-16 and UTF-32 are refused, naming byte and line", async () => {
  const bytes = Buffer.from(`\uFEFF${TABLE}`, "utf16le");
  const lone = Buffer.concat([bytes, Buffer.of(0x00, 0xd8, 0x0a, 0x00)]);
  await assert.rejects(
    read("csv", lone),
    new RegExp(`rows\\.csv, line 4: bytes ${bytes.length} and ${bytes.length + 1} of the file are not valid UTF-16`),
  );
  await assert.rejects(
    read("csv", Buffer.concat([bytes, Buffer.of(0x41)])),
    /the file is UTF-16 but ends in the middle of a character; save it as UTF-8/,
  );
  const wide = Buffer.concat(
    [...`\uFEFF${TABLE}`].map((letter) => Buffer.of(letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8, 0, 0)),
  );
  await assert.rejects(read("csv", wide), /the file is UTF-32; save it as UTF-8/);
  await assert.rejects(read("csv", wide.subarray(4)), /the file is UTF-32; save it as UTF-8/);
});

test("a UTF-8 byte-order mark goes before Latin-1, and it is said", async () => {
  const marked = `\uFEFF${TABLE.replace("a,x", "é,x")}`;
  assert.equal((await cellsOf("csv", marked, { encoding: "latin1" }))[0]!.text, "é");
  assert.deepEqual(await notesOf("csv", marked, { encoding: "latin1" }), ["The file is UTF-8 and is read as such"]);
});

test("gzip is read whatever the file is called, also in several parts", async () => {
  assert.deepEqual(await cellsOf("csv", gzipSync(TABLE)), ROWS);
  const parts = Buffer.concat([gzipSync(TABLE.slice(0, 13)), gzipSync(TABLE.slice(13))]);
  assert.deepEqual(await cellsOf("csv", parts), ROWS);
  const parquet = readFileSync("test/fixtures/data/tagged.parquet");
  assert.deepEqual(await cellsOf("parquet", gzipSync(parquet)), await cellsOf("parquet", parquet));
});

test("gzip that is cut off, damaged, too large, nested or empty is refused, each with its sentence", async () => {
  const packed = gzipSync(TABLE.repeat(100));
  await assert.rejects(
    read("csv", packed.subarray(0, -20)),
    /the gzip file is truncated; download or create the file again/,
  );
  const flipped = Buffer.from(packed);
  flipped[flipped.length - 6]! ^= 1;
  await assert.rejects(read("csv", flipped), /the gzip file is damaged \(incorrect data check\); download/);
  await assert.rejects(read("csv", gzipSync(packed)), /the file was compressed with gzip twice; unpack it once/);
  await assert.rejects(read("csv", gzipSync("")), /the gzip file contains an empty file/);
  assert.throws(
    () => unpacked(packed, "rows.csv", 1000),
    /rows\.csv: the file unpacks to more than 1\.00 kB; train on/,
  );
});

test("files of other kinds are refused by their name, with what to do", async () => {
  const files: [string, RegExp][] = [
    ["PK\x03\x04 xl/workbook.xml", /the file is an Excel workbook; save the sheet as CSV UTF-8/],
    ["PK\x03\x04 a.csv", /the file is a zip archive; unpack it \(unzip FILE\)/],
    ["\xfd7zXZ\0 ", /an xz archive; unpack it \(xz -d FILE\)/],
    ["\x28\xb5\x2f\xfd", /a Zstandard archive; unpack it \(zstd -d FILE\)/],
    ["BZh91AY&SY", /a bzip2 archive; unpack it \(bunzip2 FILE\)/],
    ["SQLite format 3\0", /an SQLite database; export the table as CSV/],
    ["ARROW1\0\0", /an Arrow \(Feather\) file; convert it/],
    ["\xff\xff\xff\xff\x10", /an Arrow stream; convert it to Parquet/],
    ["\x80\x04\x95", /a Python pickle; convert it/],
    [
      "version https://git-lfs.github.com/spec/v1\n",
      /a git-lfs pointer, not the data; fetch the data \(git lfs pull\)/,
    ],
    ["<!DOCTYPE html>", /a web page, not data; download the raw file/],
  ];
  for (const [content, sentence] of files) {
    await assert.rejects(read("csv", Buffer.from(content, "latin1")), sentence);
    await assert.rejects(read("csv", gzipSync(Buffer.from(content, "latin1"))), sentence);
  }
});
