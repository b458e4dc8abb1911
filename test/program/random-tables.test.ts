import assert from "node:assert/strict";
import test from "node:test";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";
import { PAGE_WORDS } from "../../src/philox-kernel.ts";
import { dropoutTable, UNIFORM_TABLE } from "../../src/program/graphs/parameters.ts";
import { RandomTables, type Window } from "../../src/program/random-tables.ts";
import type { Tensor } from "../../src/tensor.ts";

const LENGTH = 8 * PAGE_WORDS;
const RATE = 0.25;

const numbersAt = async (tables: RandomTables, name: string, step: number, windows: readonly Window[]) =>
  ((await tables.table(name, step, windows)) as Tensor<"float32">).data;

/** The uniform numbers of a window, from the definition. */
function uniforms(name: string, generation: number, { start, count }: Window): number[] {
  const words = new Uint32Array(count);
  fillWords(words, 7, streamOf(name), generation * LENGTH + start);
  return Array.from(words, uniform);
}

test("windows have the same numbers whatever was read before, and a table draws only what windows reach", async () => {
  const tables = new RandomTables(7, LENGTH, [RATE]);
  for (const name of [UNIFORM_TABLE, dropoutTable(RATE)])
    for (const [step, start, count] of [
      [1, PAGE_WORDS - 3, 10],
      [2, 5 * PAGE_WORDS, PAGE_WORDS],
      [64, 3, 8],
      [65, PAGE_WORDS - 3, 10], // the next numbers
    ] as const) {
      const found = await numbersAt(tables, name, step, [{ start, count }]);
      const wanted = uniforms(name, step > 64 ? 1 : 0, { start, count }).map((u) =>
        name === UNIFORM_TABLE ? u : u < RATE ? 0 : 1 / (1 - RATE),
      );
      assert.deepEqual(found.slice(start, start + count), Float32Array.from(wanted), `${name}, step ${step}`);
    }
  const drawn = await numbersAt(tables, UNIFORM_TABLE, 65, []);
  assert.deepEqual(drawn.slice(7 * PAGE_WORDS), new Float32Array(PAGE_WORDS), "no window reached the last page");
});
