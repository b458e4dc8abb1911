import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { placeAfter } from "../../../src/extension/ui/watch.ts";
import { Uri } from "../vscode.ts";

const file = (...parts: string[]) => path.join(path.sep, ...parts);

test("a file is where its own new name, or that of a folder above it, puts it", () => {
  const renames = [
    [file("w", "a.mask"), file("w", "b.mask")],
    [file("w", "runs", "old"), file("w", "kept", "new")],
  ] as const;
  const changes = renames.map(([from, to]) => ({ oldUri: Uri.file(from), newUri: Uri.file(to) }));
  const after = (...parts: string[]) => placeAfter(changes as never, file(...parts));
  assert.equal(after("w", "a.mask"), file("w", "b.mask"));
  assert.equal(after("w", "runs", "old", "x", "c.mask"), file("w", "kept", "new", "x", "c.mask"));
  assert.equal(after("w", "runs", "older", "c.mask"), file("w", "runs", "older", "c.mask"));
});
