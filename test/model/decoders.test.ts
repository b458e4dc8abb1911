// Decoders against transformers' hidden states, losses, gradients and ten masked steps (test/fixtures/families).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { parseConfig } from "../../src/model/config.ts";
import { selectMatrices } from "../../src/model/names.ts";
import { nextTokenFeeds, scoredRows } from "../../src/program/next-tokens.ts";
import { close } from "../program/close.ts";
import { checkHiddenStates, checkTenSteps, nextTokens, programOf } from "./family-program.ts";
import { type FamilyReference, familyReference, folderOf } from "./family-reference.ts";

const DECODERS = ["gpt2", "llama", "qwen2", "qwen3", "smollm", "llama3", "mistral"];
const LANGUAGE = { classifier: "language", labels: 0 } as const;

/** The mean loss of the reference's tokens. */
async function meanLoss(name: string, reference: FamilyReference): Promise<number> {
  const batch = nextTokens(reference);
  const pretrained = await programOf(name, reference, { ...LANGUAGE, matrices: [] });
  const losses = await pretrained.losses(batch);
  await pretrained.release();
  const count = batch.targets.filter((target) => target >= 0n).length;
  return losses.reduce((sum, loss) => sum + loss, 0) / count;
}

for (const name of DECODERS) {
  test(`${name}: hidden states of all layers`, async () => {
    const reference = await familyReference(name);
    await checkHiddenStates(name, reference, nextTokens(reference));
  });

  test(`${name}: the loss of each token, and ten masked steps`, async () => {
    const reference = await familyReference(name);
    const { config, tensors } = reference;
    const batch = nextTokens(reference);
    close([await meanLoss(name, reference)], tensors.get("loss")!.data as Float32Array, 1e-5, "loss");
    const matrices = selectMatrices(config, { layers: "all", language: true, labels: 0 });
    await checkTenSteps(name, reference, batch, { ...LANGUAGE, matrices });
  });
}

test("qwen2: the layers that layer_types names have a window", async () => {
  const reference = await familyReference("qwen2");
  const json = JSON.parse(readFileSync(`${folderOf("qwen2")}/config.json`, "utf8"));
  // transformers' losses: AutoModelForCausalLM.from_pretrained(FOLDER, **these), of the same batch
  const window = { use_sliding_window: true, sliding_window: 4 };
  const [full, local] = ["full_attention", "sliding_attention"];
  const lossFor = (more: object) =>
    meanLoss("qwen2", { ...reference, config: parseConfig({ ...json, ...window, ...more }, "m/config.json") });
  close([await lossFor({ layer_types: [local, local] })], [6.364063262939453], 1e-5, "both layers");
  close([await lossFor({ layer_types: [local, full] })], [6.276388645172119], 1e-5, "the first layer");
  close([await lossFor({ layer_types: null, max_window_layers: 0 })], [6.364063262939453], 1e-5, "from layer 0 on");
});

test("logits are computed only for tokens with a target, up to a quarter of all, and losses stay in their places", async () => {
  const reference = await familyReference("llama");
  const whole = nextTokens(reference);
  const { size, length } = whole;
  const few = {
    ...whole,
    targets: whole.targets.map((target, i) => (i % length < 6 && i % length > 2 ? target : -1n)),
  };
  const count = few.targets.filter((target) => target >= 0n).length;
  const rows = scoredRows(few)!;
  assert.ok(count <= rows && rows < count + (size * length) / 4, `${rows}`);
  const feeds = nextTokenFeeds(few);
  assert.deepEqual(
    [feeds.targets, feeds.weights, feeds.scored].map((tensor) => tensor?.shape),
    [[rows], [rows], [rows]],
  );
  const model = await programOf("llama", reference, { ...LANGUAGE, matrices: [] });
  const [all, some] = [await model.losses(whole), await model.losses(few)];
  await model.release();
  close(
    some,
    all.map((loss, i) => (few.targets[i]! < 0n ? 0 : loss)),
    1e-6,
    "losses",
  );
  assert.equal(scoredRows({ targets: whole.targets.fill(1n) }), undefined);
});
