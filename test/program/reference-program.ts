// The real program over a tiny model and the batch on which PyTorch trained it (test/fixtures/models).

import assert from "node:assert/strict";
import type { Batch } from "../../src/data/batches.ts";
import { readConfig } from "../../src/model/config.ts";
import { type Matrix, selectMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import type { ProgramOptions } from "../../src/program/planned.ts";
import { Program } from "../../src/program/program.ts";
import { close } from "./close.ts";
import { tensors } from "./ten-steps.ts";

const folderOf = (family: string) => `test/fixtures/models/tiny-${family}`;

/** The matrices that the references mask. */
export async function maskedMatrices(family: string): Promise<Matrix[]> {
  return selectMatrices(await readConfig(folderOf(family)), { layers: "1,2", labels: 3 });
}

/** A program without dropout over a family's tiny model, or over the one in `folder`. */
export async function referenceProgram(
  family: string,
  options: Pick<ProgramOptions, "matrices" | "trained"> & Partial<ProgramOptions>,
  folder = folderOf(family),
): Promise<Program> {
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const program = await Program.create(config, pretrained, {
    ...{ classifier: "sequence", labels: 3, binarizer: "threshold", threshold: 0.01, own: () => undefined },
    initialScores: () => {
      throw new Error("nothing is masked");
    },
    ...{ dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
    ...options,
  });
  await pretrained.close();
  return program;
}

/** Ten steps at 1e-2 give the losses and logits of one of a family's references, whose numbers are those and no others. */
export async function assertTenSteps(program: Program, family: string, reference: string): Promise<void> {
  const [want, batch] = [await tensors(family, reference), await referenceBatch(family)];
  const losses: number[] = [];
  for (let step = 1; step <= 10; step++) losses.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
  close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
  close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
  assert.deepEqual(want.left, []);
}

/** A family's batch. */
export async function referenceBatch(family: string): Promise<Batch> {
  const forward = await tensors(family, "forward");
  const [size, length] = forward.get("input_ids")!.shape as [number, number];
  return {
    ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
    ids: forward.get("input_ids")!.data as BigInt64Array,
    typeIds: (forward.get("token_type_ids")?.data ?? new BigInt64Array(size * length)) as BigInt64Array,
    attention: Float32Array.from(forward.get("attention_mask")!.data, Number),
    targets: forward.get("labels")!.data as BigInt64Array,
  };
}
