// The checksum that shows whether a safetensors file written by MaskLens is unchanged.

import type { TensorBytes } from "./safetensors.ts";

/**
 * SHA-256 (hex) of the metadata's lines "KEY VALUE\n", except for the key checksum, sorted by key, followed by the
 * tensors' lines "NAME TYPE SHAPE HASH\n", sorted by name, where HASH is the SHA-256 of a tensor's bytes.
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
