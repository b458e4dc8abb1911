// Decoders against transformers' hidden states, losses, gradients and ten masked steps (test/fixtures/families).

import test from "node:test";
import { selectMatrices } from "../../src/model/names.ts";
import { close } from "../program/close.ts";
import { checkHiddenStates, checkTenSteps, nextTokens, programOf } from "./family-program.ts";
import { familyReference } from "./family-reference.ts";

const DECODERS = ["gpt2", "llama", "qwen2", "qwen3", "smollm", "llama3", "mistral"];
const LANGUAGE = { classifier: "language", labels: 0 } as const;

for (const name of DECODERS) {
  test(`${name}: hidden states of all layers`, async () => {
    const reference = await familyReference(name);
    await checkHiddenStates(name, reference, nextTokens(reference));
  });

  test(`${name}: the loss of each token, and ten masked steps`, async () => {
    const reference = await familyReference(name);
    const { config, tensors } = reference;
    const batch = nextTokens(reference);
    const pretrained = await programOf(name, reference, { ...LANGUAGE, matrices: [] });
    const losses = await pretrained.losses(batch);
    await pretrained.release();
    const count = batch.targets.filter((target) => target >= 0n).length;
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / count;
    close([mean], tensors.get("loss")!.data as Float32Array, 1e-5, "loss");
    const matrices = selectMatrices(config, { layers: "all", language: true, labels: 0 });
    await checkTenSteps(name, reference, batch, { ...LANGUAGE, matrices });
  });
}
