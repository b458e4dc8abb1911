// Encoders against transformers' hidden states, logits, losses, gradients and ten masked steps (test/fixtures/families).

import test from "node:test";
import { selectMatrices } from "../../src/model/names.ts";
import { close } from "../program/close.ts";
import { batchOf, checkGradients, checkHiddenStates, checkTenSteps, withoutMasks } from "./family-program.ts";
import { type FamilyReference, familyReference } from "./family-reference.ts";

const ENCODERS = ["xlm-roberta", "camembert", "electra", "mpnet", "albert", "deberta-v3", "modernbert"];
const SEQUENCE = { classifier: "sequence", labels: 3 } as const;

const labelled = (reference: FamilyReference) =>
  batchOf(reference, reference.tensors.get("labels")!.data as BigInt64Array);

for (const name of ENCODERS) {
  test(`${name}: hidden states of all layers`, async () => {
    const reference = await familyReference(name);
    await checkHiddenStates(name, reference, labelled(reference));
  });

  test(`${name}: logits and loss, and the gradients of all parameters`, async () => {
    const reference = await familyReference(name);
    const batch = labelled(reference);
    await withoutMasks(name, reference, SEQUENCE, async (own) => {
      close(await own.logits(batch), reference.tensors.get("logits")!.data as Float32Array, 1e-5, "logits");
      checkGradients(reference, await own.gradients(batch));
    });
  });

  test(`${name}: ten masked steps`, async () => {
    const reference = await familyReference(name);
    const matrices = selectMatrices(reference.config, { layers: "all", labels: 3 });
    await checkTenSteps(name, reference, labelled(reference), { ...SEQUENCE, matrices });
  });
}
