// Edits of safetensors files: the header as a tree, its length, and the bytes after it. The checksum of a mask is
// recomputed, so that the code after the check is reached, too.

import { createHash } from "node:crypto";
import { mutateBytes } from "./bytes.ts";
import type { Draw } from "./draw.ts";
import { mutateJson, mutateTree, print } from "./json.ts";

const WORDS = [
  ...[
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "format",
    "pt",
    "F32",
    "F16",
    "BF16",
    "I64",
    "U8",
    "F64",
    "BOOL",
    "F8",
  ],
  ...["embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings.weight", "classifier.weight", "module."],
];

type Header = Record<string, unknown> & { __metadata__?: Record<string, string> };

function partsOf(bytes: Uint8Array): { header: Header; data: Uint8Array } {
  const length = Number(Buffer.from(bytes).readBigUInt64LE(0));
  return {
    header: JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString()),
    data: bytes.subarray(8 + length),
  };
}

function fileOf(json: Uint8Array, data: Uint8Array, length = BigInt(json.length)): Buffer {
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(BigInt.asUintN(64, length));
  return Buffer.concat([first, json, data]);
}

export function mutateSafetensors(draw: Draw, bytes: Uint8Array, words: readonly string[] = WORDS): Uint8Array {
  return draw.one(
    () => mutateBytes(draw, bytes),
    () => {
      const { header, data } = partsOf(bytes);
      const json = mutateJson(draw, Buffer.from(JSON.stringify(header)), words);
      const length = draw.chance(0.1)
        ? BigInt(draw.pick([0, 1, json.length + 1, 25_000_001, 2 ** 40]))
        : BigInt(json.length);
      return fileOf(json, draw.chance(0.1) ? mutateBytes(draw, data) : data, length);
    },
    () => {
      // The entry of a single tensor.
      const { header, data } = partsOf(bytes);
      const name = draw.pick(Object.keys(header));
      const text = Object.entries(header).map(
        ([key, value]) =>
          `${JSON.stringify(key)}:${key === name ? print(mutateTree(draw, value, words)) : JSON.stringify(value)}`,
      );
      return fileOf(Buffer.from(`{${text.join(",")}}`), data);
    },
    () => {
      // The values: NaN, infinities, anything.
      const { header, data } = partsOf(bytes);
      return fileOf(Buffer.from(JSON.stringify(header)), mutateBytes(draw, data).subarray(0, data.length));
    },
  );
}

/**
 * Edits of a file whose metadata values are JSON texts, as in masks and checkpoints. `sign` recomputes its checksum.
 */
export function mutateMetadata(
  draw: Draw,
  bytes: Uint8Array,
  sign: (header: Header, data: Uint8Array) => void,
): Uint8Array {
  if (draw.chance(0.3)) return mutateSafetensors(draw, bytes);
  const { header, data } = partsOf(bytes);
  const metadata = header.__metadata__!;
  const key = draw.pick(Object.keys(metadata));
  if (draw.chance(0.05)) delete metadata[key];
  else metadata[key] = Buffer.from(mutateJson(draw, Buffer.from(metadata[key]!))).toString();
  const changed = draw.chance(0.1) ? mutateBytes(draw, data).subarray(0, data.length) : data;
  if (draw.chance(0.9)) sign(header, changed);
  return fileOf(Buffer.from(JSON.stringify(header)), changed);
}

/** The checksum of src/mask/file.ts, implemented a second time from docs/mask-file.md. */
export function signMask(header: Header, data: Uint8Array): void {
  const { __metadata__: metadata = {}, ...tensors } = header;
  const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
  const lines = Object.keys(metadata)
    .filter((key) => key !== "checksum")
    .sort()
    .map((key) => `${key} ${metadata[key]}\n`);
  for (const name of Object.keys(tensors).sort()) {
    const {
      dtype,
      shape,
      data_offsets: [begin = 0, end = 0] = [],
    } = tensors[name] as {
      dtype: string;
      shape: number[];
      data_offsets: number[];
    };
    lines.push(`${name} ${dtype} ${shape.join(",")} ${sha256(data.subarray(begin, end))}\n`);
  }
  metadata.checksum = JSON.stringify(sha256(lines.join("")));
}
