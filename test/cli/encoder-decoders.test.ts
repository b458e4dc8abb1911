// Encoder–decoders by the command line: what they are, what they learn, and what is refused.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { masklens, task, training } from "./run.ts";
import { json, maskOf, out } from "./trained.ts";

const base = path.resolve("test/fixtures/families/tiny-bart");
const PAIRS = Array.from({ length: 12 }, (_, i) => `a ${"good ".repeat(i % 4)}film\t${"film ".repeat(1 + (i % 3))}`);
const file = task(
  { kind: "generation", metric: "perplexity", files: { train: "pairs.tsv" } },
  { "pairs.tsv": `source\ttarget\n${PAIRS.join("\n")}\n` },
);

test("info says how many layers each stack has, and which are masked by default", async () => {
  const { code, out: printed } = await masklens(["info", "test/fixtures/families/tiny-t5"]);
  assert.equal(code, 0);
  assert.match(printed, /^tiny-t5: t5 with 2 encoder and 2 decoder layers of hidden size 16, 4 attention heads/);
  assert.match(printed, /tokens, any number per example\n/);
  assert.match(printed, /masked by default +layers E0-1,D0-1\n/);
  const { stacks, layers, encoderLayers, positions } = await json("info", base);
  assert.deepEqual(
    { stacks, layers, encoderLayers, positions },
    {
      ...{ stacks: "encoder-decoder", layers: 4, encoderLayers: 2, positions: 40 },
    },
  );
});

test("a mask of cross attention learns a generation task, and is evaluated as in its run", async () => {
  const run = await json(...training(out("generated"), { base, file }, "--layers", "D", "--kinds", "CQ,CV,CAO"));
  assert.match(run.adaptation, /generated\.mask\.safetensors$/);
  const { adaptations } = await json("evaluate", maskOf("generated"));
  assert.deepEqual(adaptations[0].metrics.perplexity, run.test.perplexity);
  assert.ok(run.test.perplexity.value > 1 && run.test.chrf.value >= 0);
  const { matrices } = await json("info", maskOf("generated"));
  assert.deepEqual(
    new Set(matrices.map(({ name }: { name: string }) => name.replace(/\d/, "N"))),
    new Set(["q", "v", "out"].map((kind) => `decoder.layers.N.encoder_attn.${kind}_proj.weight`)),
  );
});

test("texts are not classified by an encoder–decoder", async () => {
  const { code, err } = await masklens(training(out("classified"), { base }));
  assert.equal(code, 2);
  assert.match(err, /this is a sentence task, but the model is an encoder–decoder; use an encoder or a decoder\.\n$/);
});
