import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { HeadKind } from "../../src/kinds.ts";
import { bitAt } from "../../src/mask/bits.ts";
import type { Mask } from "../../src/mask/file.ts";
import { type HeadPlace, headAsNumpy, maskAsNumpy, matrixAsNumpy } from "../../src/mask/numpy.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { unpackingCommand } from "../../webview/heatmap/command.ts";
import { pythonMask } from "./fixture.ts";

const UNPACKED =
  /np\.unpackbits\(file\.get_tensor\("([^"]+)"\), axis=1, count=(\d+), bitorder="little"\)\.astype\(bool\)(?:\[(:, )?(\d+):(\d+)\])?/g;

/** What the expressions of a text give by numpy's rules, straight from the bytes of the file: rows of true and false. */
function read(text: string, mask: Mask): boolean[][][] {
  const { bytesOf, header } = decodeSafetensors(readFileSync(mask.file), mask.file);
  return [...text.matchAll(UNPACKED)].map(([, name, count, ofColumns, from, to]) => {
    const [rows, stride] = header.entries.get(name!)!.shape as [number, number];
    const bytes = bytesOf(name!);
    const unpacked = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: 8 * stride }, (_, i) => ((bytes[row * stride + (i >> 3)]! >> (i % 8)) & 1) === 1),
    ).map((row) => row.slice(0, Number(count)));
    if (from === undefined) return unpacked;
    const [first, last] = [Number(from), Number(to)];
    return ofColumns ? unpacked.map((row) => row.slice(first, last)) : unpacked.slice(first, last);
  });
}

const kept = ({ bits }: Mask["matrices"][number], rows: readonly number[], columns: readonly number[]) =>
  rows.map((row) => columns.map((column) => bitAt(bits, row, column)));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test("a matrix as NumPy is unpacked to its rows and columns, without the padding", async () => {
  const mask = await pythonMask("sentiment");
  for (const [i, matrix] of mask.metadata.matrices.entries()) {
    const [values] = read(matrixAsNumpy(mask.file, matrix), mask);
    assert.deepEqual(
      values,
      kept(mask.matrices[i]!, range(0, matrix.rows), range(0, matrix.columns)).map((row) => row.map(Boolean)),
      matrix.name,
    );
  }
});

test("a head as NumPy is its rows of Q, K and V and its columns of AO, alone or together", async () => {
  const mask = await pythonMask("sentiment");
  const { matrices, base } = mask.metadata;
  const textOf = (place: HeadPlace) => headAsNumpy(mask.file, matrices, base, place)!;
  const size = base.hiddenSize / base.heads;
  for (const head of [0, base.heads - 1]) {
    const own = mask.matrices.filter(({ layer, kind }) => layer === 1 && ["Q", "K", "V", "AO"].includes(kind));
    assert.equal(own.length, 4);
    const wanted = own.map((matrix) => {
      const lines = range(head * size, (head + 1) * size);
      const { rows, columns } = matrix.bits;
      const part = matrix.kind === "AO" ? kept(matrix, range(0, rows), lines) : kept(matrix, lines, range(0, columns));
      return part.map((row) => row.map(Boolean));
    });
    const all = textOf({ layer: 1, head, kind: "all" });
    assert.deepEqual(read(all, mask), wanted);
    assert.deepEqual(
      [...all.matchAll(/^ {8}"(\w+)": /gm)].map(([, kind]) => kind),
      own.map(({ kind }) => kind),
    );
    for (const [i, { kind }] of own.entries())
      assert.deepEqual(read(textOf({ layer: 1, head, kind: kind as HeadKind }), mask), [wanted[i]], kind);
  }
  assert.equal(
    headAsNumpy(mask.file, matrices, { heads: 5 }, { layer: 1, head: 0, kind: "all" }),
    undefined,
    "5 heads do not divide it",
  );
  assert.equal(headAsNumpy(mask.file, matrices, base, { layer: 9, head: 0, kind: "Q" }), undefined);
});

test("a head as NumPy has no part of keys that other heads share, and none of self-attention in cross attention", async () => {
  const grouped = await pythonMask("grouped");
  const all = headAsNumpy(grouped.file, grouped.metadata.matrices, grouped.metadata.base, {
    layer: 1,
    head: 3,
    kind: "all",
  })!;
  assert.match(all, /# without its keys and values, which 2 heads share\n/);
  const [q, ao] = ["Q", "AO"].map((kind) => grouped.matrices.find((one) => one.layer === 1 && one.kind === kind)!);
  const rows = kept(q!, range(30, 40), range(0, 36)).map((row) => row.map(Boolean));
  const columns = kept(ao!, range(0, 36), range(30, 40)).map((row) => row.map(Boolean));
  assert.deepEqual(read(all, grouped), [rows, columns]);
  const keys = headAsNumpy(grouped.file, grouped.metadata.matrices, grouped.metadata.base, {
    layer: 1,
    head: 1,
    kind: "K",
  });
  const k = grouped.matrices.find((one) => one.layer === 1 && one.kind === "K")!;
  assert.deepEqual(read(keys!, grouped), [kept(k, range(10, 20), range(0, 36)).map((row) => row.map(Boolean))]);

  const stacks = await pythonMask("stacks");
  const cross = headAsNumpy(stacks.file, stacks.metadata.matrices, stacks.metadata.base, {
    layer: 1,
    head: 0,
    kind: "cross",
  })!;
  assert.match(cross, /\(for CAO, the columns\) of head D0H0;/);
  assert.deepEqual(
    [...cross.matchAll(/"layers\.1\.(\w+)\.weight"/g)].map(([, kind]) => kind),
    ["CQ", "CK", "CV", "CAO"],
  );
  const inEncoder = { layer: 0, head: 0, kind: "cross" } as const;
  assert.equal(headAsNumpy(stacks.file, stacks.metadata.matrices, stacks.metadata.base, inEncoder), undefined);
});

test("a whole mask as NumPy takes its matrices and their columns from the file's metadata", async () => {
  const mask = await pythonMask("sentiment");
  const text = maskAsNumpy(mask.file);
  assert.match(text, /for matrix in json\.loads\(file\.metadata\(\)\["matrices"\]\)/);
  assert.match(text, /get_tensor\(matrix\["name"\]\), axis=1, count=matrix\["columns"\], bitorder="little"/);
  const { header } = decodeSafetensors(readFileSync(mask.file), mask.file);
  const listed = JSON.parse(header.metadata.matrices!) as { name: string; columns: number }[];
  assert.deepEqual(
    listed.map(({ name, columns }) => [name, columns]),
    mask.matrices.map(({ name, bits }) => [name, bits.columns]),
  );
});

test("the command that unpacks a file gives its name to a shell as it is", () => {
  const command = unpackingCommand("/m/$(x) `y`'s.mask.safetensors", "plain.mask.safetensors");
  assert.equal(
    command,
    `npx masklens pack --plain '/m/$(x) \`y\`'\\''s.mask.safetensors' --out plain.mask.safetensors`,
  );
});

test("a path is a Python string with the same characters, and none of them is hidden", () => {
  const path = 'C:\\маски "a"\t\u202e日本 \u00a0𝄞\u{e0041}/a.mask.safetensors';
  const [, literal] = /safe_open\((".*"), framework="np"\)/.exec(maskAsNumpy(path))!;
  assert.equal(literal, '"C:\\\\маски \\"a\\"\\u0009\\u202e日本 \\u00a0𝄞\\U000e0041/a.mask.safetensors"');
  const inJson = literal!.replace(/\\U000(\w{5})/g, (_, code) => {
    const [high, low] = [...Array(2).keys()].map((i) => String.fromCodePoint(Number.parseInt(code, 16)).charCodeAt(i));
    return `\\u${high!.toString(16)}\\u${low!.toString(16)}`;
  });
  assert.equal(JSON.parse(inJson), path);
});
