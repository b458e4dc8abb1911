// What Delete, Copy Path and Reveal ask of the editor.

import assert from "node:assert/strict";
import path from "node:path";
import test, { beforeEach } from "node:test";
import type { FileEntry } from "../../../src/extension/entries/chosen.ts";
import { copyPaths } from "../../../src/extension/entries/copy-path.ts";
import { deleteEntries } from "../../../src/extension/entries/delete.ts";
import type { Loads } from "../../../src/extension/masks/loads.ts";
import type { Runs } from "../../../src/extension/runs/runs.ts";
import { reveal } from "../../../src/extension/ui/reveal.ts";
import { asked, files, Uri, workspace } from "../vscode.ts";

const folder = path.resolve("work");
const entryOf = (name: string): FileEntry => ({ label: name, file: path.join(folder, `${name}.mask.safetensors`) });
const [spam, ham] = [entryOf("spam"), entryOf("ham")];
const idle = { isRunning: () => false } as unknown as Runs;
const none = { all: [] } as unknown as Loads;

beforeEach(() => {
  asked.length = 0;
  workspace.workspaceFolders = [{ uri: Uri.file(folder) }];
  files.haveTrash = true;
});

test("what is deleted goes to the trash, after one question that names every file", async () => {
  await deleteEntries([spam, ham], idle, none);
  const trash = { recursive: true, useTrash: true };
  assert.deepEqual(asked, [
    ["Delete these 2 entries?", `The file ${spam.file}\nThe file ${ham.file}`],
    ["delete", spam.file, trash],
    ["delete", ham.file, trash],
  ]);
});

test("where there is no trash, nothing is deleted for good before another question", async () => {
  files.haveTrash = false;
  await deleteEntries([spam], idle, none);
  const questions = asked.map(([what]) => what);
  assert.deepEqual(questions, [
    "Delete spam?",
    "delete",
    "spam could not be moved to the trash. Delete it permanently?",
    "delete",
  ]);
  assert.match(String(asked[2]![1]), /This cannot be undone\..*there is no trash/);
  assert.deepEqual(asked.at(-1), ["delete", spam.file, { recursive: true, useTrash: false }]);
});

test("the paths of several entries are copied one to a line", async () => {
  await copyPaths([spam, ham]);
  assert.deepEqual(asked, [["copy", `${spam.file}\n${ham.file}`]]);
});

test("a file is revealed in the explorer, and one outside the workspace in the system's file manager", async () => {
  const outside = path.resolve("elsewhere", "model");
  await reveal(spam.file);
  await reveal(outside);
  assert.deepEqual(asked, [
    ["revealInExplorer", Uri.file(spam.file)],
    ["revealFileInOS", Uri.file(outside)],
  ]);
});
