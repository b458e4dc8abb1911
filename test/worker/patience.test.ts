// When a process counts as hanging, by what it has shown: no clock, only numbers.
import assert from "node:assert/strict";
import test from "node:test";
import { type Beat, LIMITS, Patience } from "../../src/worker/patience.ts";

/** A beat after so many steps of `stepMs`. */
const beat = (steps: number, stepMs: number, more: Partial<Beat> = {}): Beat => ({
  ...{ ticks: steps, steps, stepMs, slow: false, resident: 0 },
  ...more,
});

/** A process that has begun a request and made some steps. */
function after(stepMs: readonly number[]): Patience {
  const patience = new Patience(LIMITS);
  patience.begin();
  for (const [i, ms] of stepMs.entries()) patience.hear(beat(i + 1, ms));
  return patience;
}

test("the first step has five minutes, a later one thirty seconds", () => {
  assert.equal(after([]).limit, 300_000);
  assert.equal(after([100]).limit, 30_000);
});

test("ten median steps are longer where steps are long; single ones that took longer do not count", () => {
  assert.equal(after([7_000, 8_000, 9_000]).limit, 80_000);
  assert.equal(after([100, 100, 60_000]).limit, 30_000);
  assert.equal(after([...Array(50).fill(20_000), ...Array(21).fill(4_000)]).limit, 40_000, "of the recent ones");
});

test("while a graph is compiled there are five minutes again", () => {
  const patience = after([100]);
  patience.hear(beat(1, 100, { ticks: 2, slow: true }));
  assert.equal(patience.limit, 300_000);
  patience.hear(beat(1, 100, { ticks: 3 }));
  assert.equal(patience.limit, 30_000);
});

test("any progress ends the silence, and a beat without progress does not", () => {
  const patience = after([100]);
  patience.pass(29_000);
  patience.hear(beat(1, 100, { resident: 5 }));
  patience.pass(2_000);
  assert.equal(patience.quiet, 31_000);
  patience.hear(beat(1, 100, { ticks: 2 }));
  assert.equal(patience.quiet, 0);
});

test("a new request has the time of a first step again", () => {
  const patience = after([100]);
  patience.begin();
  assert.equal(patience.limit, 300_000);
});

test("after a cancel a step may end, and what is no step is ended after five seconds", () => {
  const blocked = after([100]);
  blocked.pass(4_000);
  assert.equal(blocked.isOver(4_000, false), false);
  blocked.pass(1_000);
  assert.equal(blocked.isOver(5_000, false), true);
  const large = after([7_000, 7_000]);
  large.pass(69_000);
  assert.equal(large.isOver(69_000, false), false);
  large.pass(1_000);
  assert.equal(large.isOver(70_000, false), true);
});

test("the silence before a cancel does not count against what was cancelled", () => {
  const patience = after([100]);
  patience.pass(20_000);
  assert.equal(patience.isOver(1_000, false), false);
});

test("after a cancel compiling has a minute, and so has a checkpoint that makes progress", () => {
  const compiling = after([100]);
  compiling.hear(beat(1, 100, { ticks: 2, slow: true }));
  compiling.pass(59_000);
  assert.equal(compiling.isOver(59_000, false), false);
  compiling.pass(1_000);
  assert.equal(compiling.isOver(60_000, false), true);
  const saving = after([100]);
  for (let second = 1; second < 60; second++) {
    saving.hear(beat(1, 100, { ticks: 1 + second }));
    saving.pass(1_000);
    assert.equal(saving.isOver(1_000 * second, false), false);
  }
  assert.equal(saving.isOver(60_000, false), true);
});

test("where nothing can be lost, a cancel ends what goes on with other things after five seconds", () => {
  const tokenizing = after([]);
  tokenizing.hear(beat(0, 0, { ticks: 9 }));
  assert.equal(tokenizing.isOver(5_000, true), true);
  assert.equal(tokenizing.isOver(5_000, false), false);
});
