// Groups of tasks that are related, as the setting holds them.
import assert from "node:assert/strict";
import test from "node:test";
import { relatedGroups, withoutRelated, withRelated } from "../../../src/extension/masks/related.ts";

test("of a setting that was written by hand the groups of two or more names are taken, and the rest is left out", () => {
  assert.deepEqual(relatedGroups([["a", "b"], ["c"], "d", ["e", 5], ["f", "g", "h"]]), [
    ["a", "b"],
    ["f", "g", "h"],
  ]);
  for (const none of [undefined, null, "a", {}, []]) assert.deepEqual(relatedGroups(none), []);
});

test("tasks become a group of their own, once, and others do not become related by it", () => {
  assert.deepEqual(withRelated([["a", "b"]], ["b", "c"]), [
    ["a", "b"],
    ["b", "c"],
  ]);
  assert.deepEqual(withRelated([["a", "b", "c"]], ["c", "a"]), [["a", "b", "c"]]);
});

test("two tasks that are no longer related stay related to the others of their group", () => {
  assert.deepEqual(withoutRelated([["a", "b"]], ["a", "b"]), []);
  assert.deepEqual(
    withoutRelated(
      [
        ["a", "b", "c"],
        ["d", "e"],
      ],
      ["a", "b"],
    ),
    [
      ["a", "c"],
      ["b", "c"],
      ["d", "e"],
    ],
  );
});
