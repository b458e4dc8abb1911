// A program over the tiny BERT with drawn scores and batches, dropout on.
import type { Batch } from "../../src/data/batches.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";
import { Program } from "../../src/program/program.ts";
import type { Device } from "../../src/runtime/device.ts";
import { sizeOf } from "../../src/tensor.ts";

const FOLDER = "test/fixtures/models/tiny-bert";

/** Uniform numbers in [0, 1). */
export function drawn(name: string, count: number): Float32Array {
  const words = new Uint32Array(count);
  fillWords(words, 7, streamOf(name));
  return Float32Array.from(words, uniform);
}

/** The batch of a step. */
export function batchOf(step: number, { size = 4, length = 8 } = {}): Batch {
  const draws = drawn(`batch ${step}`, size * length);
  return {
    ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
    ids: BigInt64Array.from(draws, (u) => BigInt(Math.floor(5 + u * 170))),
    typeIds: new BigInt64Array(size * length),
    attention: new Float32Array(size * length).fill(1),
    targets: BigInt64Array.from({ length: size }, (_, i) => BigInt(Math.ceil(i / 2) % 2)),
  };
}

interface Options {
  readonly residence?: "process" | "device";
  readonly dropout?: "config" | number;
  readonly signal?: AbortSignal;
  readonly device?: Device;
}

export async function tinyProgram(
  method: "mask" | "finetune",
  { residence, dropout = "config", device = "cpu", signal }: Options = {},
): Promise<Program> {
  const config = await readConfig(FOLDER);
  const pretrained = await openPretrained(FOLDER);
  const matrices = allMatrices(config, { labels: 2 });
  const masked = method === "mask" ? matrices : [];
  const program = await Program.create(config, pretrained, {
    ...{ classifier: "sequence", labels: 2, matrices: masked, binarizer: "threshold", threshold: 0.01 },
    initialScores: ({ name, rows, columns }) => drawn(name, rows * columns).map((u) => 0.6 * u - 0.02),
    trained: method === "mask" ? [] : matrices.map(({ name }) => `${name}.weight`),
    own: (name, shape) => (name.startsWith("classifier.") ? drawn(name, sizeOf(shape)).map((u) => u - 0.5) : undefined),
    ...{ dropout, dropoutSeed: 3, steered: false, device, residence, signal },
  });
  await pretrained.close();
  return program;
}
