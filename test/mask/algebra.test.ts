import assert from "node:assert/strict";
import test from "node:test";
import { combine, combineMasks, count } from "../../src/mask/algebra.ts";
import { type BitMatrix, bitAt, countOnes } from "../../src/mask/bits.ts";
import type { Mask } from "../../src/mask/file.ts";
import { OPERATIONS } from "../../src/mask/metadata.ts";
import { facts, randomBits } from "./fixture.ts";

const MEANINGS = {
  and: (a: boolean, b: boolean) => a && b,
  or: (a: boolean, b: boolean) => a || b,
  xor: (a: boolean, b: boolean) => a !== b,
  andNot: (a: boolean, b: boolean) => a && !b,
};

for (const [rows, columns] of [
  [3, 5],
  [6, 70],
  [4, 64],
] as const)
  test(`operations mean what they say bit by bit, and their counts are those of the masks, ${rows} × ${columns}`, () => {
    const [a, b] = [randomBits(rows, columns, 0.7, 1), randomBits(rows, columns, 0.4, 2)];
    for (const operation of ["and", "or", "xor", "andNot"] as const) {
      const result = combine(operation, a, b);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          assert.equal(bitAt(result, row, column), MEANINGS[operation](bitAt(a, row, column), bitAt(b, row, column)));
      assert.equal(count(operation, a, b), countOnes(result)); // so padding bits are 0
    }
  });

/** A mask of these bits as one matrix. */
function maskOf(name: string, bits: BitMatrix): Mask {
  const metadata = { ...facts(null), base: { ...facts(null).base, weights: { w: "0".repeat(64) } } };
  const matrices = [{ name: "w", layer: 0, kind: "Q" as const, bits }];
  return { format: "mask", file: name, metadata: { ...metadata, checksum: name } as never, matrices, tensors: [] };
}

const COUNTED: Record<string, (kept: readonly boolean[]) => boolean> = {
  union: (kept) => kept.some(Boolean),
  intersection: (kept) => kept.every(Boolean),
  difference: ([first, ...others]) => first! && !others.some(Boolean),
  majority: (kept) => {
    const twice = 2 * kept.filter(Boolean).length;
    return twice === kept.length ? kept[0]! : twice > kept.length;
  },
};

for (const number of [2, 3, 4, 5])
  test(`${number} masks are combined as they are counted weight by weight, and the result says what of`, () => {
    const masks = Array.from({ length: number }, (_, i) => maskOf(`m${i}`, randomBits(7, 21, 0.3 + 0.1 * i, i + 1)));
    const names = masks.map(({ file }) => file);
    for (const operation of OPERATIONS) {
      const { metadata, matrices } = combineMasks(operation, masks, { tool: "test", names });
      const [{ bits }] = matrices as [(typeof matrices)[number]];
      for (let row = 0; row < 7; row++)
        for (let column = 0; column < 21; column++) {
          const kept = masks.map((mask) => bitAt(mask.matrices[0]!.bits, row, column));
          assert.equal(bitAt(bits, row, column), COUNTED[operation]!(kept), `${operation} ${row} ${column}`);
        }
      const unused = bits.bytes.filter((_, i) => i % bits.stride === bits.stride - 1).some((byte) => byte & 0xe0);
      assert.ok(!unused, "padding bits are 0");
      assert.deepEqual(metadata.combined, {
        operation,
        masks: names.map((name) => ({ name, task: "task", checksum: name })),
      });
      assert.deepEqual([metadata.initial, metadata.metrics, metadata.training], [null, {}, { steps: 0 }]);
    }
  });

test("masks that cannot be combined are refused with what differs", () => {
  const [one, other] = [maskOf("one", randomBits(4, 8, 0.5, 1)), maskOf("other", randomBits(4, 9, 0.5, 2))];
  const facts = { tool: "test", names: ["one", "other"] };
  assert.throws(() => combineMasks("union", [one], facts), /one mask alone cannot be combined/);
  assert.throws(
    () => combineMasks("union", [one, other], facts),
    /other: w is not masked there and in one with the same/,
  );
  const based = structuredClone(one) as { -readonly [K in keyof Mask]: Mask[K] };
  based.file = "based";
  Object.assign(based.metadata.base.weights, { w: "1".repeat(64) });
  assert.throws(() => combineMasks("union", [one, based], facts), /based: it has another base model than one/);
});
