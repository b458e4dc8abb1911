// A thousand masks, generated from real ones: the rows of each matrix's bits are rotated, each mask by another number of rows.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { readMask } from "../../../src/adaptation/read.ts";
import type { BitMatrix } from "../../../src/mask/bits.ts";
import { encodeMask } from "../../../src/mask/file.ts";

/** Coprime to the usual numbers of rows, so that masks of one real mask differ. */
const ROWS = 37;

/** Row i of the result is row i + by of the bits, cyclically. */
function rotated({ rows, columns, stride, bytes }: BitMatrix, by: number): BitMatrix {
  const start = (by % rows) * stride;
  const turned = new Uint8Array(bytes.length);
  turned.set(bytes.subarray(start));
  turned.set(bytes.subarray(0, start), bytes.length - start);
  return { rows, columns, stride, bytes: turned };
}

/** Writes `count` masks to `folder`: the real ones, then those with rotated rows, in turn. */
export async function generated(real: readonly string[], count: number, folder: string): Promise<string[]> {
  const masks = await Promise.all(real.map((file) => readMask(file)));
  const files: string[] = [];
  for (let i = 0; i < count; i++) {
    const file = path.join(folder, `${String(i).padStart(4, "0")}.mask.safetensors`);
    const { metadata, matrices, tensors } = masks[i % masks.length]!;
    const turn = ROWS * Math.floor(i / masks.length);
    const turned = matrices.map((matrix) => ({ ...matrix, bits: rotated(matrix.bits, turn) }));
    writeFileSync(file, Buffer.concat(await encodeMask({ metadata, matrices: turned, tensors })));
    files.push(file);
  }
  return files;
}
