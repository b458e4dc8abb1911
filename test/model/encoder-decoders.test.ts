// Encoder–decoders against transformers' hidden states, losses, gradients and ten masked steps (test/fixtures/families).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { parseConfig } from "../../src/model/config.ts";
import { selectMatrices } from "../../src/model/names.ts";
import { checkShapes } from "../../src/model/weights/shapes.ts";
import { divided } from "../../src/program/parts.ts";
import { close } from "../program/close.ts";
import {
  batchOf,
  checkGradients,
  checkHiddenStates,
  checkTenSteps,
  programOf,
  withoutMasks,
} from "./family-program.ts";
import { type FamilyReference, familyReference, folderOf } from "./family-reference.ts";
import { openFiles } from "./weights/opened.ts";

const ENCODER_DECODERS = ["t5", "flan-t5", "bart", "mbart"];
const LANGUAGE = { classifier: "language", labels: 0 } as const;

/** The reference's sources and targets. */
function pairsOf(reference: FamilyReference) {
  const { shape, data } = reference.tensors.get("labels")!;
  const targets = (data as BigInt64Array).map((id) => (id < 0n ? -1n : id));
  const decoder = {
    length: shape[1]!,
    ids: reference.tensors.get("decoder_input_ids")!.data as BigInt64Array,
    attention: Float32Array.from(targets, (id) => (id < 0n ? 0 : 1)),
  };
  return { ...batchOf(reference, targets), decoder };
}

for (const name of ENCODER_DECODERS) {
  test(`${name}: hidden states of all layers of both stacks`, async () => {
    const reference = await familyReference(name);
    await checkHiddenStates(name, reference, pairsOf(reference));
  });

  test(`${name}: the loss of each token, and the gradients of all parameters`, async () => {
    const reference = await familyReference(name);
    const batch = pairsOf(reference);
    await withoutMasks(name, reference, LANGUAGE, async (own) => {
      close(await own.losses(batch), reference.tensors.get("token_losses")!.data as Float32Array, 1e-5, "losses");
      const constants = name.endsWith("bart") ? ["final_logits_bias"] : [];
      checkGradients(reference, await own.gradients(batch), constants);
    });
  });

  test(`${name}: ten masked steps`, async () => {
    const reference = await familyReference(name);
    const matrices = selectMatrices(reference.config, { layers: "all", ...LANGUAGE, language: true });
    await checkTenSteps(name, reference, pairsOf(reference), { ...LANGUAGE, matrices });
  });
}

test("a batch in two parts, with what its decoder reads, gives the loss and the step of the whole", async () => {
  const reference = await familyReference("flan-t5");
  const matrices = selectMatrices(reference.config, { layers: "D", kinds: ["CQ", "CV"], ...LANGUAGE, language: true });
  const [whole, halved] = await Promise.all(
    [0, 1].map(() => programOf("flan-t5", reference, { ...LANGUAGE, matrices })),
  );
  const batch = pairsOf(reference);
  const at = { step: 1, learningRate: 1e-2 };
  const parts = divided(batch, 2);
  assert.deepEqual(
    parts.map(({ size, decoder }) => [size, decoder!.ids.length]),
    [3, 2].map((size) => [size, size * batch.decoder.length]),
  );
  close([(await halved!.step(parts, at)).loss], [(await whole!.step([batch], at)).loss], 1e-6, "loss");
  const [after, wanted] = [await halved!.state(), await whole!.state()];
  for (const [name, values] of wanted) close(after.get(name)!, values, 1e-3, name);
  await Promise.all([whole!.release(), halved!.release()]);
});

test("weights with fewer layers in a stack than config.json specifies are refused, and more are said to be unused", async (t) => {
  const config = JSON.parse(readFileSync(`${folderOf("t5")}/config.json`, "utf8"));
  const weights = readFileSync(`${folderOf("t5")}/model.safetensors`);
  const withLayers = async (num_decoder_layers: number) => {
    const json = { ...config, num_decoder_layers };
    const pretrained = await openFiles(t, { "config.json": JSON.stringify(json), "model.safetensors": weights });
    return checkShapes(pretrained, parseConfig(json, "config.json"));
  };
  await assert.rejects(withLayers(3), /they have 2 decoder layers, but config\.json specifies 3 decoder layers/);
  assert.deepEqual(await withLayers(2), []);
  assert.deepEqual(await withLayers(1), [
    "config.json specifies 1 decoder layer, but the weights have 2; layers from decoder.block.1 onward are not used.",
  ]);
});
