import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { eventOf } from "../../src/train/events.ts";
import { logLines } from "../fuzz/seeds.ts";

const place = { file: "log.jsonl", at: "line 1", remedy: "remove it" };
const isEvent = (value: unknown) => {
  try {
    return eventOf(value, place) !== undefined;
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return false;
  }
};
const lines = logLines().trim().split("\n");

test("each kind of event is read as it was written", () => {
  assert.deepEqual([...new Set(lines.map((line) => JSON.parse(line).type))].sort(), [
    ...["checkpoint", "done", "evaluation", "note", "start", "step", "stopped"],
  ]);
  for (const line of lines) assert.deepEqual(eventOf(JSON.parse(line), place), JSON.parse(line));
});

test("a line with a key missing or of another type is no event", () => {
  for (const line of lines) {
    const event = JSON.parse(line);
    for (const key of Object.keys(event)) {
      const { [key]: _, ...without } = event;
      assert.equal(isEvent(without), ["metric", "sampled"].includes(key), `${event.type} without ${key}`);
      for (const value of [{ toString: 1 }, [[]], true])
        if (typeof event[key] !== "boolean" || typeof value !== "boolean")
          assert.equal(isEvent({ ...event, [key]: value }), false, `${event.type}, ${key}`);
    }
  }
  for (const value of [null, [], 1, { type: "toString" }, JSON.parse('{"type":"__proto__"}'), {}])
    assert.equal(isEvent(value), false);
});
