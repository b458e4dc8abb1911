// Masks over the tiny model of the fixtures, made without training.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { factsOf, openBase } from "../../src/adaptation/base.ts";
import type { BitMatrix } from "../../src/mask/bits.ts";
import { encodeMask } from "../../src/mask/file.ts";
import type { InitialKind } from "../../src/mask/metadata.ts";
import { allMatrices, type Matrix } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { layout } from "../../src/program/layout.ts";
import { facts, noise, randomBits, recipe } from "../mask/fixture.ts";

export const MODEL = "test/fixtures/models/tiny-bert";

/** Writes a mask of a task (of sentences, where nothing else is said) with these labels over the matrices of the model in `base`, or of some of its layers. */
export async function maskFile(
  folder: string,
  name: string,
  labels: readonly string[],
  {
    seed = 1,
    base: place = MODEL,
    kind = "sentence",
    initial = "uniform",
    layers,
    train,
    bitsOf = ({ rows, columns }) => randomBits(rows, columns, 0.9, seed),
    tensorOf = (_, count) => Float32Array.from(noise(count, seed), (u) => u - 0.5),
  }: {
    seed?: number;
    base?: string;
    kind?: string;
    initial?: InitialKind;
    layers?: readonly number[];
    /** What the digest of the training data is of; none without. */
    train?: string;
    /** The mask of a matrix; random without. */
    bitsOf?: (matrix: Matrix) => BitMatrix;
    /** A tensor of the classifier; random without. */
    tensorOf?: (name: string, count: number) => Float32Array;
  } = {},
): Promise<string> {
  const base = await openBase(place);
  const matrices = allMatrices(base.config, { labels: labels.length, language: kind === "language" }).filter(
    ({ layer }) => !layers || (layer !== null && layers.includes(layer)),
  );
  const metadata = facts(recipe(seed, initial));
  const chunks = await encodeMask({
    metadata: {
      ...metadata,
      base: await factsOf(base, matrices),
      task: {
        ...{ ...metadata.task, name, labels, kind },
        ...(train && { dataSha256: { train: createHash("sha256").update(train).digest("hex") } }),
      },
    },
    matrices: matrices.map((matrix) => ({
      ...{ name: `${matrix.name}.weight`, layer: matrix.layer, kind: matrix.kind },
      bits: bitsOf(matrix),
    })),
    tensors: layout(base.config, { classifier: "sequence", labels: labels.length })
      .filter(({ name }) => name.startsWith("classifier."))
      .map(({ name, shape }) => {
        const count = shape.reduce((product, extent) => product * extent, 1);
        return { name, shape, data: tensorOf(name, count) };
      }),
  });
  await base.pretrained.close();
  const file = path.join(folder, `${name}.mask.safetensors`);
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

/** The model's weights with one bit of one tensor flipped. */
export async function weightsBut(tensor: string): Promise<Uint8Array> {
  const pretrained = await openPretrained(MODEL);
  const { begin } = pretrained.tensors.get(tensor)!;
  await pretrained.close();
  const bytes = await readFile(path.join(MODEL, "model.safetensors"));
  bytes[begin]! ^= 1;
  return bytes;
}
