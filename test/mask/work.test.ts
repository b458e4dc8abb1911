// How much is drawn: counted in the kernel, which is built at its first use.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { comparePairs } from "../../src/mask/compare.ts";
import { describeMask } from "../../src/mask/describe.ts";
import { decodeMask, encodeMask, encodePacked } from "../../src/mask/file.ts";
import { GROUP_WORDS, makeKernel } from "../../src/philox-kernel.ts";
import { noise, trainedMask } from "./fixture.ts";

let drawn = 0;
beforeEach(() => {
  drawn = 0;
});

const { fill, cut, words } = makeKernel()!;
const counted = {
  fill: (...given: Parameters<typeof fill>) => {
    drawn += given[4] * GROUP_WORDS;
    fill(...given);
  },
  cut: (...given: Parameters<typeof cut>) => {
    drawn += given[4] * GROUP_WORDS;
    cut(...given);
  },
  memory: { buffer: words.buffer },
};
/** WebAssembly's own type of a module, which Node's types do not declare. */
const engine = (globalThis as unknown as { WebAssembly: { Instance: unknown } }).WebAssembly;
engine.Instance = function instance() {
  return { exports: counted };
};

const WEIGHTS = 256 * 512;
const seeds = [1, 2, 3] as const;
const masks = await Promise.all(
  seeds.map((seed) => {
    const luck = noise(WEIGHTS, seed);
    return trainedMask(seed, (i) => luck[i]! < 0.1, { file: String(seed) });
  }),
);

test("describing a mask draws the word of each weight once", () => {
  describeMask(masks[0]!);
  assert.equal(drawn, WEIGHTS);
});

test("comparing masks draws the words of each once, whatever the number of pairs", () => {
  assert.equal(comparePairs(masks).pairs.length, 3);
  assert.equal(drawn, 3 * WEIGHTS);
});

test("reading a packed mask draws the words of each weight once, and none if its streams do not use initial scores", async () => {
  const plain = Buffer.concat(await encodeMask(masks[0]!));
  for (const scores of [true, false]) {
    const choices = () => [{ scores, lines: false, signs: false }];
    const packed = Buffer.concat(await encodePacked(plain, "a", { choices }));
    drawn = 0;
    await decodeMask(packed, "a");
    assert.equal(drawn, scores ? WEIGHTS : 0);
  }
});
