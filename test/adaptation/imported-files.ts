// Imports of the fixtures and of files like them, changed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { type ImportOptions, importMask } from "../../src/adaptation/imports/import.ts";
import { decodeSafetensors, encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";

export const IMPORTS = "test/fixtures/imports";
export const MODEL = "test/fixtures/torch";

export const home = mkdtempSync(path.join(tmpdir(), "masklens-imports-"));
after(() => rmSync(home, { recursive: true, force: true }));
let count = 0;
export const output = () => path.join(home, `${count++}.mask.safetensors`);
export const imported = (file: string, options: Partial<ImportOptions> = {}, model = MODEL) =>
  importMask({ file, model, output: output(), ...options });

export type Changes = Readonly<Record<string, Omit<TensorBytes, "name"> | null>>;

/** The tensors of a file, some replaced or added; null leaves one out. */
export function changed(original: string, changes: Changes): string {
  const { header, bytesOf } = decodeSafetensors(readFileSync(`${IMPORTS}/${original}`), original);
  const tensors = new Map<string, TensorBytes>();
  for (const { name, type, shape } of header.entries.values())
    tensors.set(name, { name, type, shape, bytes: bytesOf(name) });
  for (const [name, tensor] of Object.entries(changes))
    if (tensor) tensors.set(name, { name, ...tensor });
    else tensors.delete(name);
  const file = path.join(home, `${count++}.safetensors`);
  writeFileSync(file, Buffer.concat(encodeSafetensors([...tensors.values()], {})));
  return file;
}

export const plain = (changes: Changes): string => changed("plain.safetensors", changes);

export const QUERY = "encoder.layer.0.attention.self.query.weight";
export const floats = (shape: readonly number[], values: (i: number) => number) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => values(i));
  return { type: "F32", shape, bytes: new Uint8Array(data.buffer) } as const;
};
