// Encoder–decoders against transformers' hidden states, losses, gradients and ten masked steps (test/fixtures/families).

import test from "node:test";
import { selectMatrices } from "../../src/model/names.ts";
import { close } from "../program/close.ts";
import { batchOf, checkGradients, checkHiddenStates, checkTenSteps, withoutMasks } from "./family-program.ts";
import { type FamilyReference, familyReference } from "./family-reference.ts";

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
