// Adapters and attributes in tiny models, against PyTorch (test/fixtures/adapters/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Batch } from "../../../src/data/batches.ts";
import { addedTensors } from "../../../src/model/additions/additions.ts";
import type { Additions } from "../../../src/model/additions/kinds.ts";
import { readConfig } from "../../../src/model/config.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { startOfAdditions } from "../../../src/program/added.ts";
import { divided } from "../../../src/program/parts.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { decodeSafetensors } from "../../../src/safetensors.ts";
import { close } from "../close.ts";
import { referenceBatch, referenceProgram } from "../reference-program.ts";

const ADAPTERS = { size: 4 };
const FORMS: readonly (readonly [name: string, additions: Additions])[] = [
  ["plain", { adapters: ADAPTERS }],
  ...(["independent", "joint"] as const).flatMap((attributes) =>
    (["full", "low-rank", "phm"] as const).map((weights): [string, Additions] => {
      const rank = weights === "full" ? {} : { rank: 2 };
      return [
        `${attributes}-${weights}`,
        { adapters: { ...ADAPTERS, attributes, weights, ...rank }, attributeValues: 7 },
      ];
    }),
  ),
];

/** A form's numbers, and the family's batch with the attributes of the fixture. */
async function fixture(family: string, form: string) {
  const file = `test/fixtures/adapters/${family}-${form}.safetensors`;
  const { header, bytesOf } = decodeSafetensors(new Uint8Array(readFileSync(file)), file);
  const floats = (name: string) => new Float32Array(bytesOf(name).slice().buffer);
  const under = (prefix: string) =>
    new Map(
      [...header.entries.keys()].flatMap((name): [string, Float32Array][] =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), floats(name)]] : [],
      ),
    );
  const own = await referenceBatch(family);
  const values = header.entries.get("values");
  const batch: Batch = {
    ...own,
    ...(values && {
      attributes: {
        slots: values.shape[1]!,
        values: new BigInt64Array(bytesOf("values").slice().buffer),
        weights: floats("weights"),
      },
    }),
  };
  return { batch, floats, start: under("start."), gradients: under("grad.") };
}

for (const family of ["bert", "distilbert"])
  for (const [form, additions] of FORMS)
    test(`${family}, ${form}: hidden states, gradients and ten steps are PyTorch's`, async () => {
      const { batch, floats, start, gradients } = await fixture(family, form);
      const folder = `test/fixtures/models/tiny-${family}`;
      const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
      const names = addedTensors(config, additions).map(({ name }) => name);
      assert.deepEqual(names.toSorted(), [...start.keys()].toSorted());

      // 1. Forward and backward, also in parts of the batch.
      const shape = { classifier: "sequence", labels: 3, additions } as const;
      const model = new ScoringModel(config, pretrained, "cpu");
      const tensors = [...start].map(([name, data]) => ({ name, shape: [], data }));
      const loaded = await model.under(shape, { matrices: [], tensors }, form);
      const parts = await Promise.all(divided(batch, 2).map((part) => loaded.vectors(part)));
      for (const vectors of [[await loaded.vectors(batch)], parts])
        close(Float32Array.from(vectors.flatMap((part) => [...part])), floats("vectors"), 1e-5, "vectors");
      const found = await loaded.gradients(batch);
      close([found.loss], floats("loss"), 1e-5, "loss");
      for (const [name, want] of gradients) close(found.gradients.get(name)!, want, 1e-4, name);
      await model.release();
      await pretrained.close();

      // 2. Ten steps.
      const program = await referenceProgram(family, {
        ...{ matrices: [], trained: names, additions, own: (name: string) => start.get(name)?.slice() },
      });
      const losses: number[] = [];
      for (let step = 1; step <= 10; step++)
        losses.push((await program.step([batch], { step, learningRate: 2e-3 })).loss);
      close(losses, floats("losses"), 1e-5, "loss");
      close(await program.logits(batch), floats("logits.10"), 1e-5, "logits");
      await program.release();
    });

test("attributes change nothing at the start of a run, and batches without them are those with missing ones", async () => {
  for (const [form, additions] of FORMS.slice(1)) {
    const { batch, start } = await fixture("bert", form);
    const folder = "test/fixtures/models/tiny-bert";
    const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
    const model = new ScoringModel(config, pretrained, "cpu");
    const { attributes: _, ...without } = batch;
    const missing = { ...batch, attributes: { ...batch.attributes!, weights: new Float32Array(batch.size * 4) } };
    const logitsUnder = async (tensors: ReadonlyMap<string, Float32Array>) => {
      const own = [...tensors].map(([name, data]) => ({ name, shape: [], data }));
      const shape = { classifier: "sequence", labels: 3, additions } as const;
      const loaded = await model.under(shape, { matrices: [], tensors: own }, form);
      return [await loaded.logits(batch), await loaded.logits(without), await loaded.logits(missing)];
    };
    const [given, absent, zero] = await logitsUnder(start);
    close(zero!, absent!, 1e-6, `${form}: missing attributes`);
    assert.ok(given!.some((logit, i) => Math.abs(logit - absent![i]!) > 1e-3));
    const [first, plain] = await logitsUnder(startOfAdditions(config, additions, 1));
    close(first!, plain!, 1e-6, `${form}: attributes at the start`);
    await model.release();
    await pretrained.close();
  }
});
