// Folders whose files exceed a limit, and the sentences that refuse them.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { InputError } from "../../src/errors.ts";

const root = mkdtempSync(path.join(tmpdir(), "masklens-bounds-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

/** A path where nothing exists yet. */
export const newPlace = () => path.join(root, String(folders++));

/** A new folder with these files, over a copy of another folder if one is given. */
export function folderOf(files: Record<string, string | Uint8Array>, from?: string): string {
  const folder = newPlace();
  cpSync(from ?? "test/fixtures/torch/config.json", from ? folder : path.join(folder, "config.json"), {
    recursive: true,
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

/** Whether the action throws an InputError that matches the sentence and is short enough to be shown. */
export const refuses = (action: () => unknown, sentence: RegExp) =>
  assert.rejects(
    async () => action(),
    (error) => error instanceof InputError && sentence.test(error.message) && error.message.length < 600,
  );
