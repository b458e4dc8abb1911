// Folders of tokenizers for tests: copies of fixtures, with files changed.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";

export const FIXTURES = "test/fixtures/tokenizers";

const folder = mkdtempSync(path.join(tmpdir(), "masklens-tokenizers-"));
after(() => rmSync(folder, { recursive: true }));

/** A copy of a fixture with files changed (an object: keys merged into the JSON) or, where null, removed. */
export function changed(fixture: string, files: Record<string, object | string | Buffer | null>): string {
  const target = mkdtempSync(path.join(folder, "changed-"));
  cpSync(path.join(FIXTURES, fixture), target, { recursive: true });
  for (const [name, change] of Object.entries(files)) {
    const file = path.join(target, name);
    if (change === null) rmSync(file);
    else if (typeof change === "string" || Buffer.isBuffer(change)) writeFileSync(file, change);
    else {
      let before = {};
      try {
        before = JSON.parse(readFileSync(file, "utf8")) as object;
      } catch {}
      writeFileSync(file, JSON.stringify({ ...before, ...change }));
    }
  }
  return target;
}
