// Encoders against transformers' tokens, hidden states, logits, losses, gradients and ten masked steps (test/fixtures/families).

import assert from "node:assert/strict";
import test from "node:test";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import { selectMatrices } from "../../src/model/names.ts";
import { close } from "../program/close.ts";
import { batchOf, checkGradients, checkHiddenStates, checkTenSteps, withoutMasks } from "./family-program.ts";
import { type FamilyReference, familyReference, folderOf } from "./family-reference.ts";

const ENCODERS = ["xlm-roberta", "camembert", "electra", "mpnet", "albert", "deberta-v3", "modernbert"];
const SEQUENCE = { classifier: "sequence", labels: 3 } as const;

/** TEXT and PAIR of test/fixtures/families/make.py. */
const TEXTS: [text: string, pair?: string][] = [
  ["a gripping , funny and moving film ."],
  ["how many people live in Oslo ?", "700 thousand ."],
  ["dull and slow .", "it drags on ."],
  ["the budget was approved on Tuesday .", "granted ."],
  ["Is the moon made of cheese ?"],
];

const labelled = (reference: FamilyReference) =>
  batchOf(reference, reference.tensors.get("labels")!.data as BigInt64Array);

for (const name of ENCODERS) {
  test(`${name}: the reference's texts give its tokens`, async () => {
    const { tensors, config } = await familyReference(name);
    const tokenizer = await loadTokenizer(folderOf(name));
    const { shape, data } = tensors.get("input_ids")!;
    const length = shape[1]!;
    for (const [row, [text, pair]] of TEXTS.entries()) {
      const { ids } = tokenizer.encode(text, pair, 64);
      const padding = new Array<number>(length - ids.length).fill(config.padId);
      assert.deepEqual([...ids, ...padding], Array.from(data.slice(row * length, (row + 1) * length), Number), text);
    }
    assert.equal(tokenizer.padId, config.padId);
  });

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
