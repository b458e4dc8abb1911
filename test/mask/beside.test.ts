// Masks beside each other and beside a finetuned copy, held against numpy (test/fixtures/mask/beside.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { agreedOf, agreedTogether } from "../../src/mask/beside/agreed.ts";
import { liftOf, movedOf, movedTogether } from "../../src/mask/beside/moved.ts";
import type { Flips } from "../../src/mask/changed.ts";
import { CELLS } from "../../src/mask/strata.ts";

interface Drawn {
  readonly cells: number[];
  readonly pruned: number[];
}

const { moved, agreed } = JSON.parse(readFileSync("test/fixtures/mask/beside.json", "utf8")) as {
  moved: (Drawn & {
    before: number[];
    after: number[];
    weights: number;
    observed: number;
    expected: number;
    variance: number;
  })[];
  agreed: { masks: Drawn[]; weights: number; observed: number[]; expected: number[]; alone: number[] };
};

/** Flips as a mask's file gives them; weights that start off stay off. */
function flips({ cells, pruned }: Drawn): Flips {
  const [all, zeros] = [new Uint32Array(CELLS), new Uint32Array(CELLS)];
  for (const cell of cells) all[cell]!++;
  for (const place of pruned) zeros[cells[place]!]!++;
  return { cells: Uint16Array.from(cells), pruned: Uint32Array.from(pruned), all, zeros, heads: [] };
}

const close = (found: number, expected: number, what: string) =>
  assert.ok(Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${found}, ${expected}`);

test("weights that are pruned and moved most, given the initial scores, as numpy counts them", () => {
  const found = moved.map((one) => movedOf(flips(one), Float32Array.from(one.before), Float32Array.from(one.after)));
  for (const [i, one] of moved.entries()) {
    assert.deepEqual([found[i]!.weights, found[i]!.observed], [one.weights, one.observed]);
    close(found[i]!.expected, one.expected, "expected");
    close(found[i]!.variance, one.variance, "variance");
  }
  const together = movedTogether(found);
  close(
    together.expected,
    moved.reduce((sum, { expected }) => sum + expected, 0),
    "together",
  );
  assert.ok(liftOf(together)!.low > 1, "the drawn weights move further where they are pruned");
  assert.equal(liftOf(found.at(-1)!), null, "nothing is pruned");
});

test("weights by the number of masks that prune them, as numpy counts them", () => {
  const found = agreedOf(agreed.masks.map(flips));
  assert.deepEqual([found.weights, found.observed, found.alone], [agreed.weights, agreed.observed, agreed.alone]);
  for (const [k, expected] of agreed.expected.entries()) close(found.expected[k]!, expected, `by ${k} masks`);
  close(
    found.expected.reduce((sum, count) => sum + count, 0),
    agreed.weights,
    "all chances",
  );
  assert.equal(agreedTogether([found, found]).weights, 2 * agreed.weights);
});
