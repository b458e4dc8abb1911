// Parts of a mask set to zero, one after another: against PyTorch's losses and logits, and PyTorch's gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { largestChange } from "../../../src/adaptation/effect/difference.ts";
import { changeOf, type MaskPart, partsOf, replacedIn } from "../../../src/adaptation/effect/parts.ts";
import type { Batch } from "../../../src/data/batches.ts";
import { emptyBits } from "../../../src/mask/bits.ts";
import type { Mask } from "../../../src/mask/file.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { FAMILIES, maskedFixture } from "../masked-fixture.ts";

/** As effect.py names it. */
function keyOf({ layer, head, kind }: MaskPart): string {
  return head === null ? `kind.${layer ?? "top"}.${kind}` : `head.${layer}.${head}`;
}

function lossOf(logits: Float32Array, { targets }: Batch): number {
  const labels = logits.length / targets.length;
  let sum = 0;
  for (const [row, target] of targets.entries()) {
    const own = [...logits.subarray(row * labels, (row + 1) * labels)];
    sum += Math.log(own.reduce((total, x) => total + Math.exp(x), 0)) - own[Number(target)]!;
  }
  return sum / targets.length;
}

for (const family of FAMILIES)
  test(`${family}: each head and kind set to zero changes loss and logits as in PyTorch, and so do the estimates`, async () => {
    const { batch, scorer, config, matrices, expected, release } = await maskedFixture(family, "effect");
    const known = allMatrices(config, { labels: 3 });
    const masked = matrices.map(({ name, bits }) => {
      const { layer, kind } = known.find((matrix) => matrix.name === name)!;
      return { name: `${name}.weight`, layer, kind, bits };
    });
    const mask = { matrices: masked, metadata: { base: { heads: config.heads } } } as unknown as Mask;
    const before = await scorer.logits(batch);
    const slopes = await scorer.saliency(batch);
    const parts = partsOf(mask);
    assert.deepEqual(parts.map(keyOf).sort(), [...expected.header.entries.keys()].sort());
    for (const part of parts) {
      const bitsOf = (name: string) => masked.find((matrix) => matrix.name === name)!.bits;
      const none = ({ rows, columns }: ReturnType<typeof bitsOf>) => emptyBits(rows, columns);
      const replaced = part.regions.map((region) => {
        const bits = bitsOf(region.matrix);
        return [region.matrix, replacedIn(bits, none(bits), region)] as const;
      });
      const after = await scorer.logits(batch, new Map(replaced));
      const estimate = part.regions.reduce((sum, region) => {
        const bits = bitsOf(region.matrix);
        return sum + changeOf(bits, none(bits), region, Float64Array.from(slopes.get(region.matrix)!));
      }, 0);
      const found = [
        lossOf(after, batch) - lossOf(before, batch),
        estimate / batch.size,
        largestChange([batch], [after], [before]),
      ];
      const wanted = new Float64Array(expected.bytesOf(keyOf(part)).slice().buffer);
      for (const [i, value] of wanted.entries())
        assert.ok(Math.abs(found[i]! - value) < 1e-5, `${keyOf(part)}, ${i}: ${found[i]} for ${value}`);
    }
    assert.deepEqual(await scorer.logits(batch), before, "the mask itself is as it was");
    await release();
  });
