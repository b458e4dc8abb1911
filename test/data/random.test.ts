// The one generator: draws that depend on seed, name and position alone.
import assert from "node:assert/strict";
import test from "node:test";
import { Random } from "../../src/data/random.ts";
import { fillWords, streamOf } from "../../src/philox.ts";

const take = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32());

test("draws are the words of the stream of seed and name, in order", () => {
  const words = new Uint32Array(700);
  fillWords(words, 9, streamOf("data"));
  assert.deepEqual(take(new Random(9, "data"), 700), [...words]);
});

test("the state brings a generator back to where it stood, within a block and beyond", () => {
  for (const before of [0, 3, 255, 256, 1000]) {
    const random = new Random(1, "order");
    take(random, before);
    const { seed, stream, position } = random.state();
    assert.deepEqual(take(new Random(seed, stream, position), 300), take(random, 300));
  }
});

test("names and seeds give draws of their own", () => {
  const [a, b, c] = [new Random(1, "order"), new Random(1, "dropout"), new Random(2, "order")].map((r) => take(r, 50));
  assert.equal(new Set([...a!, ...b!, ...c!]).size, 150);
});

test("whole numbers below n are equally likely", () => {
  const random = new Random(4, "below");
  const counts = Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++;
  const chi = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chi < 22.46, `${counts}`); // 99.9 % of χ² with 6 degrees of freedom lies below
});

test("normal numbers have mean 0, variance 1 and a normal share within one deviation", () => {
  const random = new Random(4, "normal");
  const numbers = Array.from({ length: 100_000 }, () => random.normal());
  const mean = numbers.reduce((a, b) => a + b) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  const within = numbers.filter((x) => Math.abs(x) < 1).length / numbers.length;
  assert.ok(Math.abs(mean) < 0.01 && Math.abs(variance - 1) < 0.015 && Math.abs(within - 0.6827) < 0.005);
});

test("shuffling loses nothing, and every order of three comes up", () => {
  const random = new Random(2, "shuffle");
  const seen = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const array = ["a", "b", "c"];
    random.shuffle(array);
    const order = array.join("");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.equal(seen.size, 6);
  for (const [order, times] of seen) assert.ok(Math.abs(times - 1000) < 120, `${order}: ${times}`);
});
