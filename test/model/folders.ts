// Model folders in temporary places, whole or damaged, for the tests of src/model.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { InputError } from "../../src/errors.ts";
import { encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";

/** A folder that is removed after the test, with these files in it. */
export function folderOf(t: TestContext, files: Record<string, string | Uint8Array> = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

/** A copy of one of the reference models, with these files replaced. */
export function copyOf(t: TestContext, model: string, files: Record<string, string | Uint8Array> = {}): string {
  const folder = folderOf(t);
  cpSync(path.join("test/fixtures/models", model), folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

/** The bytes of a safetensors file of F32 tensors. */
export function floats(tensors: Record<string, { shape: number[]; values: number[] }>): Buffer {
  const encoded = Object.entries(tensors).map(
    ([name, { shape, values }]): TensorBytes => ({
      name,
      type: "F32",
      shape,
      bytes: new Uint8Array(Float32Array.from(values).buffer),
    }),
  );
  return Buffer.concat(encodeSafetensors(encoded, {}));
}

/** A safetensors file with this header, whatever it says, followed by `size` zero bytes. */
export function withHeader(header: unknown, size: number): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(size)]);
}

/** The InputError that `call` throws: its sentence must match `what`, and it must name this file and place. */
export async function refuses(
  call: () => unknown,
  what: RegExp,
  { file, at }: { file?: string; at?: string },
): Promise<void> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof InputError, `not an InputError: ${error}`);
    assert.match(error.message, what);
    if (file !== undefined) assert.equal(error.place.file && path.basename(error.place.file), file);
    assert.equal(error.place.at, at);
    assert.ok(error.remedy.length > 0);
    assert.ok(!error.message.includes("\n"), "one sentence");
    return;
  }
  assert.fail(`nothing was refused; expected ${what}`);
}
