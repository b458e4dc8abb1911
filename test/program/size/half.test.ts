// Weights that stay in half precision in memory, against the same weights as float32: all numbers are the same, bit by bit.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { packBits } from "../../../src/mask/bits.ts";
import { readConfig } from "../../../src/model/config.ts";
import { heldBytes } from "../../../src/model/half.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { openPretrained, type PretrainedWeights } from "../../../src/model/pretrained.ts";
import { layout } from "../../../src/program/layout.ts";
import { type ProgramOptions, stateFor } from "../../../src/program/planned.ts";
import { Program } from "../../../src/program/program.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { encodeSafetensors, toFloat32 } from "../../../src/safetensors.ts";
import { sizeOf } from "../../../src/tensor.ts";
import { batchOf, drawn } from "../tiny.ts";

const FOLDER = "test/fixtures/models/tiny-bert";
const root = mkdtempSync(path.join(tmpdir(), "masklens-half-"));
after(() => rmSync(root, { recursive: true }));
const config = await readConfig(FOLDER);
const matrices = allMatrices(config, { labels: 2 });

/** A model's weights with random bits of a type: as they are, and widened. */
async function weightsIn(type: "F16" | "BF16"): Promise<readonly [half: PretrainedWeights, wide: PretrainedWeights]> {
  const tiny = await openPretrained(FOLDER);
  const halves = [...tiny.tensors].map(([name, { shape }]) => {
    // A positive or negative number about as large as weights are: exponents of 2⁻⁸ to 2⁻².
    const low = { F16: 0x1c00, BF16: 0x3b80 }[type];
    const words = Uint16Array.from(
      drawn(`${type} ${name}`, sizeOf(shape)),
      (u, i) => ((i % 2) << 15) + low + u * { F16: 0x1400, BF16: 0x280 }[type],
    );
    return { name, type, shape, bytes: new Uint8Array(words.buffer) };
  });
  await tiny.close();
  const wide = halves.map(({ name, shape, bytes }) => {
    const values = new Float32Array(sizeOf(shape));
    toFloat32(bytes, type, values);
    return { name, type: "F32" as const, shape, bytes: new Uint8Array(values.buffer) };
  });
  const opened = Object.entries({ half: halves, wide }).map(([as, tensors]) => {
    const folder = mkdtempSync(path.join(root, `${type}-${as}-`));
    copyFileSync(path.join(FOLDER, "config.json"), path.join(folder, "config.json"));
    writeFileSync(path.join(folder, "model.safetensors"), Buffer.concat(encodeSafetensors(tensors, {})));
    return openPretrained(folder);
  });
  return (await Promise.all(opened)) as [PretrainedWeights, PretrainedWeights];
}

const biases = layout(config, { classifier: "sequence", labels: 2 })
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".bias"));

const OPTIONS: ProgramOptions = {
  ...{ classifier: "sequence", labels: 2, matrices, trained: [], binarizer: "threshold", threshold: 0.01 },
  initialScores: ({ name, rows, columns }, weights) =>
    drawn(name, rows * columns).map((u, i) => 0.6 * u - 0.02 + 0.01 * weights[i]!),
  own: (name, shape) => (name.startsWith("classifier.") ? drawn(name, sizeOf(shape)).map((u) => u - 0.5) : undefined),
  ...{ dropout: 0, dropoutSeed: 3, steered: false, device: "cpu" },
};

const RUNS: Readonly<Record<string, { readonly options: Partial<ProgramOptions>; readonly accumulate?: number }>> = {
  "a mask": { options: {} },
  "a mask of the upper layer": { options: { matrices: matrices.filter(({ layer }) => layer === config.layers - 1) } },
  "a mask over accumulated batches": { options: {}, accumulate: 2 },
  "biases beside frozen matrices": { options: { matrices: [], trained: biases } },
  "a mask of heads and neurons": {
    options: {
      ...{ matrices: allMatrices(config, { labels: 2 }).filter(({ layer }) => layer !== null), heads: config.heads },
      initialScores: ({ name, rows, columns }) => drawn(name, rows * columns).map((u) => 0.6 * u - 0.02),
    },
  },
};

/** The losses of three steps, then the logits and the state. */
async function trained(pretrained: PretrainedWeights, { options, accumulate = 1 }: (typeof RUNS)[string]) {
  const program = await Program.create(config, pretrained, { ...OPTIONS, ...options });
  const losses: number[] = [];
  for (let step = 1; step <= 3; step++) {
    const batches = Array.from({ length: accumulate }, (_, part) => batchOf(step + 10 * part));
    losses.push((await program.step(batches, { step, learningRate: 0.01 })).loss);
  }
  const logits = await program.logits(batchOf(9));
  const state = new Map([...(await program.state())].map(([name, values]) => [name, values.slice()]));
  await program.release();
  return { losses, logits, state };
}

for (const type of ["F16", "BF16"] as const) {
  const [half, wide] = await weightsIn(type);
  after(() => Promise.all([half.close(), wide.close()]));

  for (const [name, run] of Object.entries(RUNS).slice(0, type === "F16" ? undefined : 1))
    test(`${name} over ${type} weights trains to the same bits as over the same weights in float32`, async () => {
      assert.deepEqual(await trained(half, run), await trained(wide, run));
    });

  test(`predictions, evidence and gradients over ${type} weights are those over the same weights in float32`, async () => {
    const shape = { classifier: "sequence", labels: 2 } as const;
    const adapted = {
      matrices: matrices.map(({ name, rows, columns }) => ({
        name,
        bits: packBits(drawn(name, rows * columns), rows, columns, 0.2),
      })),
      tensors: ["classifier.weight", "classifier.bias"].map((name) => {
        const extents = name.endsWith("bias") ? [2] : [2, config.hiddenSize];
        return { name, shape: extents, data: drawn(name, sizeOf(extents)) };
      }),
    };
    const found = [];
    for (const pretrained of [half, wide]) {
      const model = new ScoringModel(config, pretrained, "cpu");
      const loaded = await model.under(shape, adapted, "mask");
      const batch = batchOf(1);
      found.push({
        logits: await loaded.logits(batch),
        vectors: await loaded.vectors(batch),
        saliency: await loaded.saliency(batch),
        gradients: await loaded.gradients(batch),
        slopes: await loaded.slopes(batch, new Float32Array(batch.size * batch.length).fill(1)),
      });
      await model.release();
    }
    assert.deepEqual(found[0], found[1]);
  });
}

test("matrices stay in half precision where a step does not hold their widened values as well", async () => {
  const [half, wide] = await weightsIn("F16");
  const typesOf = (options: Partial<ProgramOptions>, pretrained = half) => {
    const state = stateFor(config, pretrained, { ...OPTIONS, ...options });
    return (name: string) => state.type(name);
  };
  const [low, high] = ["encoder.layer.0.attention.self.query.weight", "encoder.layer.1.attention.self.query.weight"];
  const upper = matrices.filter(({ layer }) => layer === 1);
  const masked = typesOf({});
  for (const name of [low!, high!, "embeddings.word_embeddings.weight"]) assert.equal(masked(name), "float16");
  for (const name of ["classifier.weight", "embeddings.LayerNorm.weight"]) assert.equal(masked(name), "float32");
  assert.equal(typesOf({}, wide)(low!), "float32");
  assert.equal(typesOf({ matrices: upper })(low!), "float16", "nothing below it is trained");
  assert.equal(typesOf({ matrices: [], trained: biases })(high!), "float32", "the backward pass reads it");
  assert.equal(typesOf({ matrices: [], trained: [high!] })(high!), "float32", "it is trained");
  assert.equal(typesOf({ matrices: [], trained: [], pruned: [low!] })(low!), "float32", "a fixed mask replaces it");
  assert.equal(typesOf({ residence: "device", device: "cuda:0" })(low!), "float32", "a GPU gets float32");
  assert.ok(heldBytes(half) < 0.55 * heldBytes(wide), `${heldBytes(half)} of ${heldBytes(wide)}`);
  await Promise.all([half.close(), wide.close()]);
});
