// A classifier of the mean of all tokens, against PyTorch's ten steps (test/fixtures/models/pooling.py).

import { test } from "node:test";
import { assertTenSteps, maskedMatrices, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference } from "./ten-steps.ts";

for (const family of FAMILIES)
  test(`${family}: ten masked steps under the mean of all tokens give PyTorch's losses and logits`, async () => {
    const { start } = await maskedReference(family);
    const program = await referenceProgram(family, {
      ...{ matrices: await maskedMatrices(family), trained: [], pooling: "mean" },
      initialScores: ({ name }) => start.get(name)!.data as Float32Array,
    });
    await assertTenSteps(program, family, "pooling");
    await program.release();
  });
