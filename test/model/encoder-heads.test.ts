// Encoders' classifiers of tokens and of choices, and their masked language models' heads, against transformers'
// (test/fixtures/families/heads.py).

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { CHOICES } from "../../src/data/examples.ts";
import { familyOf } from "../../src/model/families/families.ts";
import { canonicalName } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { ScoringModel } from "../../src/program/scoring-model.ts";
import type { ClassifierShape } from "../../src/recipe/recipe.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { close } from "../program/close.ts";
import { batchOf } from "./family-program.ts";
import { familyReference, folderOf } from "./family-reference.ts";

const SHAPES: Record<string, ClassifierShape> = {
  token: { classifier: "token", labels: 3 },
  choice: { classifier: "choice", labels: 1 },
  words: { classifier: "sequence", labels: 3, words: true },
};
const FAMILIES: Record<string, readonly (keyof typeof SHAPES)[]> = {
  "xlm-roberta": ["token", "words"],
  electra: ["token", "words"],
  mpnet: ["token", "words"],
  albert: ["token", "choice", "words"],
  "deberta-v3": ["token", "choice"],
  modernbert: ["token", "choice", "words"],
};

for (const [name, heads] of Object.entries(FAMILIES))
  test(`${name}: logits of ${heads.join(", ")}`, async () => {
    const file = `${folderOf(name)}/heads.safetensors`;
    const { header, bytesOf } = decodeSafetensors(new Uint8Array(await readFile(file)), file);
    const reference = await familyReference(name);
    const { config } = reference;
    const family = familyOf(config);
    const pretrained = await openPretrained(folderOf(name));
    const model = new ScoringModel(config, pretrained, "cpu");
    const whole = batchOf(reference, new BigInt64Array(5));
    const { length } = whole;
    const some = (data: BigInt64Array) => data.slice(0, CHOICES * length);
    for (const head of heads) {
      const stored = [...header.entries.values()].filter((entry) => entry.name.startsWith(`${head}.`));
      const tensors = stored.map(({ name, shape }) => {
        const own = canonicalName(name.slice(head.length + 1), family).replace(/^T\./, `${family.names.sequence.T}.`);
        return { name: own, shape, data: new Float32Array(bytesOf(name).slice().buffer) };
      });
      const { data: wanted } = tensors.find((tensor) => tensor.name === "logits")!;
      const own = tensors.filter((tensor) => tensor.name !== "logits");
      const batch =
        head === "choice"
          ? {
              ...{ size: 1, rows: 1, choices: CHOICES, length, index: [0], targets: new BigInt64Array(1) },
              ...{ ids: some(whole.ids), typeIds: some(whole.typeIds) },
              attention: whole.attention.slice(0, CHOICES * length),
            }
          : whole;
      const loaded = await model.under(SHAPES[head]!, { matrices: [], tensors: own }, file);
      const logits = await loaded.logits(batch);
      assert.equal(logits.length, wanted.length);
      const isRead = (i: number) => head !== "token" || batch.attention[Math.floor(i / 3)] === 1;
      const read = (values: Float32Array) => values.filter((_, i) => isRead(i));
      close(read(logits), read(wanted), 1e-5, head);
      loaded.release();
    }
    await model.release();
    await pretrained.close();
  });
