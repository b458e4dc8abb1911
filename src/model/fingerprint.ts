// Identifies the base model of a mask: SHA-256 of each masked weight, and one hash over all of them.

import { createHash } from "node:crypto";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * Hashes of tensors that this process has read; a file with the same size and modification time counts as unchanged.
 */
const known = new Map<string, string>();

/**
 * SHA-256 (hex, see `Checkpoint.sha256`) of the matrices' stored weights by weight name (MODULE.weight). Matrices that
 * the checkpoint does not contain (a new pooler, a classifier) are left out: they are not part of the base model.
 */
export async function weightHashes(
  checkpoint: Checkpoint,
  matrices: readonly { readonly name: string }[],
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { name: module } of matrices) {
    const name = `${module}.weight`;
    const tensor = checkpoint.tensors.get(name);
    if (!tensor) continue;
    const { size, modified } = checkpoint.shards.get(tensor.shard)!;
    const key = JSON.stringify([tensor.shard, size, modified, name]);
    const hash = known.get(key) ?? (await checkpoint.sha256(name));
    known.set(key, hash);
    hashes.set(name, hash);
  }
  return hashes;
}

/** The base model's fingerprint: SHA-256 (hex) of the lines "NAME HASH\n", sorted by name (by UTF-16 code unit). */
export function fingerprintOf(hashes: ReadonlyMap<string, string>): string {
  const lines = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, hash]) => `${name} ${hash}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}
