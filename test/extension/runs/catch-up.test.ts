import assert from "node:assert/strict";
import { test } from "node:test";
import { CatchUp } from "../../../src/extension/runs/catch-up.ts";

/** A promise that is resolved from outside. */
function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test("events that are added until the whole reading is done are told after it, and later ones are not", async () => {
  const events = new CatchUp<string>();
  const first = deferred();
  const second = deferred();
  events.add("before");
  const reading = events.read(async () => {
    await first.promise;
    await second.promise;
    return "read";
  });
  events.add("start");
  first.resolve();
  await new Promise(setImmediate);
  events.add("step");
  second.resolve();
  assert.deepEqual(await reading, { result: "read", missed: ["start", "step"] });
  events.add("after");
  assert.deepEqual((await events.read(async () => "again"))?.missed, []);
});

test("of two readings at once only the later one counts", async () => {
  const events = new CatchUp<string>();
  const slow = deferred<string>();
  const first = events.read(() => slow.promise);
  const second = events.read(async () => "new");
  slow.resolve("old");
  assert.equal(await first, undefined);
  assert.equal((await second)?.result, "new");
});
