import assert from "node:assert/strict";
import { test } from "node:test";
import { eventOf } from "../../src/train/event-check.ts";
import { logLines } from "../fuzz/seeds.ts";

const lines = logLines().trim().split("\n");

test("each kind of event is read as it was written", () => {
  assert.deepEqual([...new Set(lines.map((line) => eventOf(line)?.type))].sort(), [
    ...["checkpoint", "done", "evaluation", "note", "start", "step", "stopped"],
  ]);
  for (const line of lines) assert.deepEqual(eventOf(line), JSON.parse(line));
});

test("a line with a key missing or of another type is no event", () => {
  /** What logs of earlier versions may lack. */
  const optional = ["cut", "metric", "dynamics"];
  for (const line of lines) {
    const event = JSON.parse(line);
    for (const key of Object.keys(event)) {
      const { [key]: _, ...without } = event;
      const isEvent = optional.includes(key);
      assert.equal(eventOf(JSON.stringify(without)) !== undefined, isEvent, `${event.type} without ${key}`);
      for (const value of [{ toString: 1 }, [[]], true])
        if (typeof event[key] !== "boolean" || typeof value !== "boolean")
          assert.equal(eventOf(JSON.stringify({ ...event, [key]: value })), undefined, `${event.type}, ${key}`);
    }
  }
  for (const line of [
    "",
    "null",
    "[]",
    "1",
    '{"type":"toString"}',
    '{"type":"__proto__"}',
    '{"type":"do',
    "[".repeat(200),
  ])
    assert.equal(eventOf(line), undefined, line);
});
