// The checksum by which a safetensors file of ours is known to be what was written, bit by bit.

import type { TensorBytes } from "./safetensors.ts";

/**
 * SHA-256 (hex) of the lines "KEY VALUE\n" of the metadata but for the key checksum, sorted by key, then
 * "NAME TYPE SHAPE HASH\n" of the tensors, sorted by name, where HASH is the SHA-256 of the tensor's bytes.
 */
export async function checksumOf(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly TensorBytes[],
): Promise<string> {
  const keys = Object.keys(metadata).filter((key) => key !== "checksum");
  const lines = keys.sort().map((key) => `${key} ${metadata[key]}\n`);
  for (const { name, type, shape, bytes } of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1)))
    lines.push(`${name} ${type} ${shape.join(",")} ${await sha256(bytes)}\n`);
  return sha256(new TextEncoder().encode(lines.join("")));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
