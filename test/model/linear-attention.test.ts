// Which models can read by linear attention.

import assert from "node:assert/strict";
import test from "node:test";
import { addedTensors } from "../../src/model/additions/additions.ts";
import { checkLinear } from "../../src/model/additions/linear-attention.ts";
import { readConfig } from "../../src/model/config.ts";
import { folderOf } from "./family-reference.ts";

const REFUSED = {
  t5: /by the distance of two tokens/,
  mpnet: /by the distance of two tokens/,
  "deberta-v3": /depends on the distance/,
  mistral: /within a window/,
  modernbert: /within a window/,
};

for (const [name, reason] of Object.entries(REFUSED))
  test(`${name} is refused with the reason`, async () => {
    const config = await readConfig(folderOf(name));
    assert.throws(() => checkLinear(config), reason);
  });

test("other families can, and each query head of each layer has its maps", async () => {
  for (const name of ["gpt2", "llama", "qwen2", "qwen3", "smollm", "bart", "electra", "xlm-roberta", "albert"]) {
    const config = await readConfig(folderOf(name));
    checkLinear(config);
    const linearAttention = { map: "softmax", transferSteps: 1, transferLearningRate: 0.01 } as const;
    const tensors = addedTensors(config, { linearAttention });
    assert.equal(tensors.length, 4 * config.layers, name);
    const { heads, headSize } = config;
    assert.deepEqual(tensors[0], {
      ...{ name: "featureMap.0.queries.weight", shape: [heads, headSize, headSize], start: "identity" },
    });
  }
});
