// Encoders against transformers' hidden states, logits, losses, gradients and ten masked steps (test/fixtures/families).

import assert from "node:assert/strict";
import test from "node:test";
import { selectMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { ScoringModel } from "../../src/program/scoring-model.ts";
import { close } from "../program/close.ts";
import { batchOf, checkHiddenStates, checkTenSteps } from "./family-program.ts";
import { type FamilyReference, familyReference, folderOf } from "./family-reference.ts";

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
    const { config, tensors } = reference;
    const pretrained = await openPretrained(folderOf(name));
    const model = new ScoringModel(config, pretrained, "cpu");
    const own = await model.under(SEQUENCE, { matrices: [], tensors: [] }, name);
    const batch = labelled(reference);
    close(await own.logits(batch), tensors.get("logits")!.data as Float32Array, 1e-5, "logits");
    const { loss, gradients } = await own.gradients(batch);
    close([loss], tensors.get("loss")!.data as Float32Array, 1e-5, "loss");
    const wanted = new Map([...reference.logical("grad.")].filter(([parameter]) => !parameter.startsWith("0.")));
    assert.deepEqual(new Set(gradients.keys()), new Set(wanted.keys()));
    // A key's bias adds the same to all logits of a query: its gradient is 0 but for rounding, so that sizes begin at this one.
    const size = 1e-3 * Math.max(...[...wanted.values()].flatMap(({ data }) => [...data].map(Math.abs)));
    for (const [parameter, { data }] of wanted)
      close([...gradients.get(parameter)!, size], [...data, size], 1e-4, parameter);
    own.release();
    await model.release();
    await pretrained.close();
  });

  test(`${name}: ten masked steps`, async () => {
    const reference = await familyReference(name);
    const matrices = selectMatrices(reference.config, { layers: "all", labels: 3 });
    await checkTenSteps(name, reference, labelled(reference), { ...SEQUENCE, matrices });
  });
}
