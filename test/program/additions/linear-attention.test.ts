// Linear attention against PyTorch (test/fixtures/linear-attention): hidden states, losses and gradients, steps of the transfer stage,
// and steps of the task.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import type { LinearAttention } from "../../../src/anatomy/additions.ts";
import type { Batch } from "../../../src/data/batches.ts";
import { addedTensors } from "../../../src/model/additions/additions.ts";
import { readConfig } from "../../../src/model/config.ts";
import { familyOf } from "../../../src/model/families/families.ts";
import { allMatrices, canonicalName } from "../../../src/model/names.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { rowMajor } from "../../../src/program/feeds.ts";
import { layout } from "../../../src/program/layout.ts";
import { Program } from "../../../src/program/program.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { decodeSafetensors } from "../../../src/safetensors.ts";
import { nextTokens } from "../../model/family-program.ts";
import { familyReference, folderOf } from "../../model/family-reference.ts";
import { close } from "../close.ts";
import { referenceBatch } from "../reference-program.ts";

const MODELS = ["bert", "gpt2", "llama"] as const;
const TRANSFER = { transferSteps: 10, transferLearningRate: 0.01 };
const MAPS: readonly LinearAttention[] = [
  { map: "softmax", ...TRANSFER },
  { map: "relu", size: 6, ...TRANSFER },
];

/** PyTorch's tensors by name. */
async function numbers(name: string): Promise<Map<string, Float32Array>> {
  const file = `test/fixtures/linear-attention/${name}.safetensors`;
  const { header, bytesOf } = decodeSafetensors(new Uint8Array(await readFile(file)), file);
  return new Map([...header.entries.keys()].map((key) => [key, new Float32Array(bytesOf(key).slice().buffer)]));
}

async function opened(name: (typeof MODELS)[number], linearAttention: LinearAttention) {
  const folder = name === "bert" ? "test/fixtures/models/tiny-bert" : folderOf(name);
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const want = await numbers(`${name}-${linearAttention.map}`);
  const additions = { linearAttention };
  const batch = name === "bert" ? await referenceBatch("bert") : nextTokens(await familyReference(name));
  const tensors = addedTensors(config, additions).map(({ name, shape }) => {
    const data = want.get(`map.${name}`);
    assert.equal(
      data?.length,
      shape.reduce((product, extent) => product * extent, 1),
      name,
    );
    return { name, shape, data: data! };
  });
  const shape = {
    classifier: name === "bert" ? "sequence" : "language",
    labels: name === "bert" ? 3 : 0,
    additions,
  } as const;
  const program = (trained: readonly string[]) =>
    Program.create(config, pretrained, {
      ...{ ...shape, matrices: [], trained: [...trained, ...tensors.map(({ name }) => name)] },
      ...{ binarizer: "threshold", threshold: 0.01, initialScores: () => assert.fail("nothing is masked") },
      own: (name) => tensors.find((tensor) => tensor.name === name)?.data,
      ...{ dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
    });
  return { config, pretrained, want, batch, tensors, shape, program };
}

/** The values of real tokens, of values [B·T, width]. */
function real(values: Float32Array, { attention }: Batch): number[] {
  const width = values.length / attention.length;
  return [...values].filter((_, i) => attention[Math.floor(i / width)]);
}

for (const name of MODELS)
  for (const linear of MAPS)
    describe(`${name} with map ${linear.map}`, () => {
      test("hidden states, the loss and its gradients are PyTorch's, and divergences of heads", async () => {
        const { config, pretrained, want, batch, tensors, shape } = await opened(name, linear);
        const model = new ScoringModel(config, pretrained, "cpu");
        const adapted = { matrices: [], tensors };
        const loaded = await model.under(shape, adapted, name);
        const all = name === "bert" ? await model.under({ ...shape, classifier: "token" }, adapted, name) : loaded;
        const found = await all.vectors(batch);
        const hidden = name === "bert" ? found : rowMajor(found, batch, config.hiddenSize);
        close(real(hidden, batch), real(want.get("hidden")!, batch), 1e-5, "hidden");
        const { loss, gradients } = await loaded.gradients(batch);
        close([loss], want.get("loss")!, 1e-5, "loss");
        let compared = 0;
        for (const [key, data] of want) {
          if (!key.startsWith("grad.")) continue;
          const own = canonicalName(key.slice("grad.".length), familyOf(config));
          close(gradients.get(own)!, data, 1e-4, own);
          compared++;
        }
        assert.ok(compared >= tensors.length);
        const tokens = batch.attention.reduce((sum, one) => sum + one, 0);
        const divergences = await loaded.divergences(batch);
        const means = [...divergences.values()].flatMap((heads) => [...heads].map((sum) => sum / tokens));
        assert.deepEqual([...divergences.keys()], [...Array(config.layers).keys()]);
        close(means, want.get("divergence")!, 1e-5, "divergence");
        await model.release();
        await pretrained.close();
      });

      test("ten steps of the transfer stage give PyTorch's divergences and maps, and change nothing else", async () => {
        const { config, pretrained, want, batch, tensors, program: make } = await opened(name, linear);
        const program = await make(
          [allMatrices(config, { labels: 0, language: true })[0]!.name].map((own) => `${own}.weight`),
        );
        const before = new Map([...(await program.state())].map(([key, data]) => [key, data.slice()]));
        const losses: number[] = [];
        for (let step = 1; step <= 10; step++)
          losses.push(await program.transfer!.step(batch, { step, learningRate: 1e-2 }));
        close(losses, want.get("transfer")!, 1e-5, "transfer");
        const maps = new Set(tensors.flatMap(({ name }) => [name, `first.${name}`, `second.${name}`]));
        for (const [key, data] of await program.state())
          if (!maps.has(key)) assert.deepEqual(data, before.get(key), key);
        for (const { name } of tensors)
          close((await program.state()).get(name)!, want.get(`after.${name}`)!, 1e-3, name);
        await program.release();
        await pretrained.close();
      });

      test("ten steps of the task give PyTorch's losses", async () => {
        const { config, pretrained, want, batch, shape, program: make } = await opened(name, linear);
        const all = layout(config, shape).map(({ name }) => name);
        const program = await make(all.filter((name) => pretrained.tensors.has(name)));
        const losses: number[] = [];
        for (let step = 1; step <= 10; step++)
          losses.push((await program.step([batch], { step, learningRate: 1e-3 })).loss);
        close(losses, want.get("task")!, 1e-5, "task");
        await program.release();
        await pretrained.close();
      });
    });

test("a batch of filler rows and padding counts only its own tokens", async () => {
  const { config, pretrained, batch, tensors, shape } = await opened("bert", MAPS[0]!);
  const model = new ScoringModel(config, pretrained, "cpu");
  const loaded = await model.under(shape, { matrices: [], tensors }, "bert");
  const all = await loaded.divergences({ ...batch, rows: 2, index: [0, 1] });
  const { length } = batch;
  const cut = <A extends BigInt64Array | Float32Array>(values: A): A => values.subarray(0, 2 * length) as A;
  const two = await loaded.divergences({
    ...{ ...batch, size: 2, rows: 2, index: [0, 1], targets: batch.targets.subarray(0, 2) },
    ...{ ids: cut(batch.ids), typeIds: cut(batch.typeIds), attention: cut(batch.attention) },
  });
  for (const [layer, heads] of two) close(all.get(layer)!, heads, 1e-5, `layer ${layer}`);
  await model.release();
  await pretrained.close();
});

test("the divergence of a layer that is computed several times is the mean over these", async () => {
  const { config, pretrained, batch, tensors, shape } = await opened("bert", MAPS[0]!);
  /** The second layer has the first one's values. */
  const copied = await Promise.all(
    layout(config, shape).map(async ({ name, shape }) => {
      const from = name.replace(/(layer|featureMap)\.1\./, "$1.0.");
      const own = tensors.find((tensor) => tensor.name === from)?.data;
      return { name, shape, data: own ?? (await pretrained.readFloat32(from)) };
    }),
  );
  const of = async (order: readonly number[]) => {
    const model = new ScoringModel({ ...config, order }, pretrained, "cpu");
    const loaded = await model.under(shape, { matrices: [], tensors: copied }, "copied");
    const found = await loaded.divergences(batch);
    await model.release();
    return found;
  };
  const apart = await of([0, 1]);
  const twice = await of([0, 0]);
  assert.deepEqual([[...apart.keys()], [...twice.keys()]], [[0, 1], [0]]);
  const means = [...apart.get(0)!].map((sum, head) => (sum + apart.get(1)![head]!) / 2);
  close(twice.get(0)!, means, 1e-5, "divergence");
  await pretrained.close();
});
