// The vectors that classifiers read, against transformers' last hidden states (test/fixtures/models/representation.py).

import { test } from "node:test";
import { close } from "../close.ts";
import { FAMILIES, maskedFixture } from "../masked-fixture.ts";

for (const family of FAMILIES)
  test(`${family}: classifiers read transformers' last hidden states, under a mask and without`, async () => {
    const { batch, scorer, config, floats, under, masked, release } = await maskedFixture(family, "representation");
    const pretrained = await under([]);
    close(await scorer.vectors(batch), floats("first"), 1e-5, "first token");
    close(await pretrained.vectors(batch), floats("pretrained"), 1e-5, "without a mask");
    const mean = await masked({ classifier: "sequence", pooling: "mean", labels: 3 });
    close(await mean.vectors(batch), floats("mean"), 1e-5, "mean");
    const width = config.hiddenSize;
    const own = [
      { name: "classifier.weight", shape: [3, width], data: new Float32Array(3 * width) },
      { name: "classifier.bias", shape: [3], data: new Float32Array(3) },
    ];
    const tokens = await masked({ classifier: "token", labels: 3 }, own);
    // Padding tokens are computed, but nobody reads them, and transformers has other numbers there.
    const seen = (all: Float32Array) =>
      [...batch.attention].flatMap((kept, i) => (kept ? [...all.subarray(i * width, (i + 1) * width)] : []));
    close(seen(await tokens.vectors(batch)), seen(floats("all")), 1e-5, "tokens, batch-major");
    for (const one of [pretrained, mean, tokens]) one.release();
    await release();
  });
