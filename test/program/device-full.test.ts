// A device whose memory is full: batches are divided, and training goes on as it would have.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { divided } from "../../src/program/parts.ts";
import { DeviceFull } from "../../src/runtime/device-full.ts";
import { type Places, Session } from "../../src/runtime/session.ts";
import { sizeOf } from "../../src/tensor.ts";
import { batchOf, tinyProgram } from "./tiny.ts";

const run = Session.prototype.run;

/** From its `first` run of a training graph on, the device holds batches of at most this many tokens. */
function deviceOf({ tokens, first = 1 }: { readonly tokens: number; readonly first?: number }): void {
  let runs = 0;
  Session.prototype.run = function (this: Session, feeds: Places, ...rest) {
    const size = feeds.ids ? sizeOf(feeds.ids.shape) : 0;
    if (feeds.targets && size && ++runs >= first && size > tokens)
      return Promise.reject(new DeviceFull("the GPU has too little free memory", { at: "device cuda:0" }, "use less"));
    return run.call(this, feeds, ...rest);
  };
}

afterEach(() => {
  Session.prototype.run = run;
});

const SIZE = 8;
const LENGTH = 8;
const STEPS = 12;

/** Losses and notes of some steps, without dropout. */
async function trained(
  residence: "process" | "device" = "process",
): Promise<{ losses: number[]; notes: string[]; state: Float32Array[] }> {
  const program = await tinyProgram("mask", { dropout: 0, residence });
  const [losses, notes]: [number[], string[]] = [[], []];
  for (let step = 1; step <= STEPS; step++) {
    const batch = batchOf(step, { size: SIZE, length: LENGTH });
    const { loss, note } = await program.step([batch], { step, learningRate: 1e-3 });
    losses.push(loss);
    if (note !== undefined) notes.push(note);
  }
  const state = [...(await program.state()).values()].map((array) => array.slice());
  await program.release();
  return { losses, notes, state };
}

const near = (have: readonly number[], want: readonly number[]) =>
  have.forEach((x, i) => {
    assert.ok(Math.abs(x - want[i]!) <= 1e-5 * Math.abs(want[i]!), `step ${i + 1}: ${x}, not ${want[i]}`);
  });

for (const [when, first, residence] of [
  ["at the first step", 1, "process"],
  ["at a later step", 7, "process"],
  ["at the first step, with the state on a device", 1, "device"],
  ["at a later step, with the state on a device", 7, "device"],
] as const)
  test(`where memory runs out ${when}, batches are halved and the losses stay the same`, async () => {
    const whole = await trained(residence);
    deviceOf({ tokens: (SIZE * LENGTH) / 2, first });
    const { losses, notes } = await trained(residence);
    near(losses, whole.losses);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^The GPU has too little free memory for batches of 8, so each is computed in parts of 4/);
  });

test("batches are halved three times, and then what to do is said, with the state as it was", async () => {
  deviceOf({ tokens: LENGTH });
  const { notes } = await trained();
  assert.match(notes[0]!, /in parts of 1 whose gradients are summed/);
  deviceOf({ tokens: LENGTH - 1 });
  await assert.rejects(trained(), {
    name: "InputError",
    message: "device cuda:0: the GPU has too little free memory; use less.",
  });
});

test("a failure of another kind is not tried again", async () => {
  Session.prototype.run = () => Promise.reject(new Error("another one"));
  await assert.rejects(trained(), /another one/);
});

test("the parts of a batch are its examples in order, without those that are only filler", () => {
  const batch = { ...batchOf(1, { size: 5, length: 3 }), rows: 3, index: [7, 8, 9] };
  const parts = divided(batch, 2);
  assert.deepEqual(
    parts.map(({ size, rows, index }) => ({ size, rows, index })),
    [{ size: 3, rows: 3, index: [7, 8, 9] }],
  );
  const four = divided({ ...batch, rows: 5, index: [1, 2, 3, 4, 5] }, 4);
  assert.deepEqual(
    four.map(({ index }) => index),
    [[1, 2], [3, 4], [5]],
  );
  assert.deepEqual(
    Buffer.concat(four.map(({ ids }) => Buffer.from(ids.slice().buffer))),
    Buffer.from(batch.ids.buffer),
  );
  const frames = { features: 2, data: Float32Array.from({ length: 5 * 3 * 2 }, (_, i) => i) };
  assert.deepEqual(
    divided({ ...batch, frames }, 2).map(({ frames }) => frames),
    [{ features: 2, data: frames.data.subarray(0, 3 * 3 * 2) }],
  );
});
