// Identifies the base model of a mask: the SHA-256 of each masked matrix's weights, and one hash of all these hashes.

import { createHash } from "node:crypto";
import type { PretrainedWeights } from "./pretrained.ts";

/**
 * Hashes of tensors that this process has read; a file with the same size and modification time counts as unchanged.
 */
const known = new Map<string, string>();

/**
 * For each matrix, the SHA-256 of its stored weights (hex, see `PretrainedWeights.sha256`), keyed by the weights' name
 * (MODULE.weight). Matrices that the pretrained weights do not contain (a new pooler, a classifier) are omitted,
 * because they are not part of the base model.
 */
export async function weightHashes(
  pretrained: PretrainedWeights,
  matrices: readonly { readonly name: string }[],
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { name: module } of matrices) {
    const name = `${module}.weight`;
    const tensor = pretrained.tensors.get(name);
    if (!tensor) continue;
    const { size, modified } = pretrained.shards.get(tensor.shard)!;
    const key = JSON.stringify([tensor.shard, size, modified, name]);
    const hash = known.get(key) ?? (await pretrained.sha256(name));
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
