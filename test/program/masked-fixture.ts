// The tiny models of the fixtures under the masks of masking.safetensors, with their batch, and numbers of PyTorch's.

import { readFileSync } from "node:fs";
import type { Batch } from "../../src/data/batches.ts";
import { packBits } from "../../src/mask/bits.ts";
import type { NamedTensor } from "../../src/mask/stored.ts";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { ScoringModel } from "../../src/program/scoring-model.ts";
import type { ClassifierShape } from "../../src/recipe/recipe.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";

export const FAMILIES = ["bert", "roberta", "distilbert"] as const;

const readTensors = (file: string) => decodeSafetensors(new Uint8Array(readFileSync(file)), file);

/**
 * The model under its mask, its batch, and the tensors of the file `numbers`. Names have no model prefix. `under`: the model with
 * other tensors, without a mask; `masked`: with its mask and another classifier.
 */
export async function maskedFixture(family: string, numbers: string) {
  const folder = `test/fixtures/models/tiny-${family}`;
  const [forward, masking, expected] = ["forward", "masking", numbers].map((name) =>
    readTensors(`${folder}/${name}.safetensors`),
  );
  const floats = (from = expected!, name: string) => new Float32Array(from.bytesOf(name).slice().buffer);
  const integers = (name: string) => new BigInt64Array(forward!.bytesOf(name).slice().buffer);
  const [size, length] = forward!.header.entries.get("input_ids")!.shape as [number, number];
  const batch: Batch = {
    ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
    ids: integers("input_ids"),
    typeIds: forward!.header.entries.has("token_type_ids")
      ? integers("token_type_ids")
      : new BigInt64Array(size * length),
    attention: Float32Array.from(integers("attention_mask"), Number),
    targets: integers("labels"),
  };
  const matrices = [...masking!.header.entries].flatMap(([name, { shape }]) => {
    if (!name.startsWith("scores.0.")) return [];
    const [rows, columns] = shape as [number, number];
    const bare = name.slice("scores.0.".length).replace(`${family}.`, "");
    return [{ name: bare, bits: packBits(floats(masking, name), rows, columns, 0.01) }];
  });
  const pretrained = await openPretrained(folder);
  const config = await readConfig(folder);
  const model = new ScoringModel(config, pretrained, "cpu");
  const shape = { classifier: "sequence", labels: 3 } as const;
  const scorer = await model.under(shape, { matrices, tensors: [] }, folder);
  const under = (tensors: readonly NamedTensor[]) => model.under(shape, { matrices: [], tensors }, folder);
  const masked = (other: ClassifierShape, tensors: readonly NamedTensor[] = []) =>
    model.under(other, { matrices, tensors }, folder);
  const weightsOf = (name: string) => pretrained.readFloat32(name);
  const release = async () => {
    scorer.release();
    await model.release();
    await pretrained.close();
  };
  return {
    ...{ batch, scorer, config, matrices, expected: expected!, under, masked, weightsOf, release },
    floats: (name: string) => floats(undefined, name),
  };
}
