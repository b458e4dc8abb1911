import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { nameFault, nameOf, renamed } from "../../../src/extension/entries/new-name.ts";

test("a mask, a task and a run are renamed without the end of their file's name", () => {
  const folder = path.join("work", "masks");
  for (const [file, name, next] of [
    ["spam.mask.safetensors", "spam", "ham.mask.safetensors"],
    ["spam.tuned.safetensors", "spam", "ham.tuned.safetensors"],
    ["spam.task.json", "spam", "ham.task.json"],
    ["spam 2.1", "spam 2.1", "ham"],
  ] as const) {
    assert.equal(nameOf(path.join(folder, file)), name);
    assert.equal(renamed(path.join(folder, file), "ham"), path.join(folder, next));
  }
});

test("a name that is taken, too long or not allowed is refused with the reason, and the old one is not", () => {
  const file = path.join("masks", "spam.mask.safetensors");
  const taken = ["spam.mask.safetensors", "ham.mask.safetensors", "eggs"];
  const fault = (name: string) => nameFault(file, name, taken);
  assert.equal(fault("spam"), undefined);
  assert.equal(fault("eggs"), undefined);
  assert.equal(fault("ham"), "ham.mask.safetensors already exists here.");
  for (const name of ["", "a/b", "..", "a:b", "a\nb", " a", "a."]) assert.match(fault(name)!, /^Use letters/, name);
  assert.equal(fault("п".repeat(150)), "This name is too long.");
});
