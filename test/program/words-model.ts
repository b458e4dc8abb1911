// The tiny models with the head of a masked language model (test/fixtures/models/words.py) beside their weights.

import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";

/** A new folder with a family's tiny model and its head. */
export function wordsModel(family: string): string {
  const source = `test/fixtures/models/tiny-${family}`;
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-words-"));
  const tensors = ["model", "words-head"].flatMap((name) => {
    const file = path.join(source, `${name}.safetensors`);
    const { header, bytesOf } = decodeSafetensors(new Uint8Array(readFileSync(file)), file);
    return [...header.entries.values()].map(({ name, type, shape }) => ({ name, type, shape, bytes: bytesOf(name) }));
  });
  for (const name of ["config.json", "tokenizer.json"]) copyFileSync(path.join(source, name), path.join(folder, name));
  writeFileSync(path.join(folder, "model.safetensors"), Buffer.concat(encodeSafetensors(tensors, {})));
  return folder;
}
