// The masks with dead heads, neurons and lines of test/fixtures/models/dead.py, as files over the tiny models.

import { readFileSync } from "node:fs";
import { strideOf } from "../../src/mask/bits.ts";
import { familyOf, type ModelType } from "../../src/model/families/families.ts";
import { canonicalName } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { maskFile } from "./tiny.ts";

/** The file of a mask over the tiny model or a copy of it, and the logits [10, 3] that transformers gives under the mask. */
export async function deadMask(
  family: string,
  folder: string,
  { base = `test/fixtures/models/tiny-${family}`, kind = "sentence" }: { base?: string; kind?: string } = {},
) {
  const file = `test/fixtures/models/tiny-${family}/dead.safetensors`;
  const { header, bytesOf } = decodeSafetensors(new Uint8Array(readFileSync(file)), file);
  const stored = new Map(
    [...header.entries.keys()].map((name) => [
      canonicalName(name.replace(/^mask\./, ""), familyOf({ modelType: family as ModelType })),
      name,
    ]),
  );
  const pretrained = await openPretrained(base);
  const own = new Map<string, Float32Array>();
  for (const name of pretrained.tensors.keys()) own.set(name, await pretrained.readFloat32(name));
  await pretrained.close();
  const mask = await maskFile(folder, family, ["a", "b", "c"], {
    ...{ base, kind },
    bitsOf: ({ name, rows, columns }) => ({
      ...{ rows, columns, stride: strideOf(columns) },
      bytes: bytesOf(stored.get(`${name}.weight`)!),
    }),
    tensorOf: (name) => own.get(name)!,
  });
  return { mask, logits: new Float32Array(bytesOf("logits").slice().buffer) };
}
