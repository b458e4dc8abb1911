import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { neededBy } from "../../src/device/cuda/elf.ts";
import { packagedLibrary } from "../../src/runtime/library.ts";
import { elfOf } from "./elf-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));

function fileOf(bytes: Uint8Array): string {
  const file = path.join(folder, "library.so");
  writeFileSync(file, bytes);
  return file;
}

test("a library names those that it needs, in its order", async () => {
  assert.deepEqual(await neededBy(fileOf(elfOf(["libx.so.1", "liby.so"]))), ["libx.so.1", "liby.so"]);
  if (process.platform !== "linux") return;
  const needed = await neededBy(packagedLibrary(path.resolve("package.json")));
  assert.ok(needed.includes("libstdc++.so.6") && needed.includes("libc.so.6"), needed.join());
});

test("a file that is cut anywhere, or is no library, is refused", async () => {
  const whole = elfOf(["libx.so.1"]);
  for (let length = 0; length < whole.length; length += 7)
    await assert.rejects(
      neededBy(fileOf(whole.subarray(0, length))),
      /library\.so: this is not a complete shared library/,
    );
  await assert.rejects(neededBy(fileOf(readFileSync("package.json"))), /not a complete shared library/);
});
