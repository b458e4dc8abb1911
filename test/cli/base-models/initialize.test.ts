// masklens initialize: the written models' tensors and tokenizers, and that they are trained, exported and masked.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openBase } from "../../../src/adaptation/base.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { folder, masklens } from "../run.ts";
import { json } from "../trained.ts";

const home = folder();
const TASK = path.resolve("test/fixtures/texts/tasks/kitchen.task.json");
const SMALL = ["--hidden-size", "32", "--layers", "2", "--heads", "4", "--vocab-size", "300"];

const made = (name: string, family: string, ...more: string[]) =>
  json("initialize", "--family", family, "--task", TASK, "--out", path.join(home, name), ...SMALL, ...more);

/** The standard deviation of each weight, in transformers; undefined where all weights are 1 and all biases 0. */
const DEVIATIONS: Record<string, [parameters: number, architecture: string, (name: string) => number | undefined]> = {
  gpt2: [
    300 * 32 + 512 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32,
    "GPT2LMHeadModel",
    (name) => (/ln_|bias/.test(name) ? undefined : name.includes("c_proj") ? 0.02 / Math.sqrt(4) : 0.02),
  ],
  llama: [
    2 * 300 * 32 + 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 88 + 2 * 32) + 32,
    "LlamaForCausalLM",
    (name) => (name.includes("norm") ? undefined : 0.02),
  ],
  t5: [
    300 * 32 + 2 * (12 * 32 * 32 + 2 * 32) + 2 * (16 * 32 * 32 + 3 * 32) + 2 * 32 + 2 * 32 * 4,
    "T5ForConditionalGeneration",
    (name) => {
      if (name.includes("norm")) return undefined;
      if (name === "shared.weight") return 1;
      return (name.endsWith(".q.weight") ? 32 * 8 : name.endsWith(".wo.weight") ? 128 : 32) ** -0.5;
    },
  ],
};

for (const [family, [parameters, architecture, deviationOf]] of Object.entries(DEVIATIONS))
  test(`${family}: tensors are drawn as transformers draws them, and the tokenizer's vocabulary is the model's`, async () => {
    const found = await made(family, family, ...(family === "llama" ? ["--key-value-heads", "2"] : []));
    assert.deepEqual([found.parameters, found.architecture, found.vocabSize], [parameters, architecture, 300]);
    const { config, tokenizer, pretrained } = await openBase(path.join(home, family));
    assert.deepEqual([config.vocabSize, tokenizer.size, config.architecture], [300, 300, architecture]);
    assert.ok(tokenizer.endId !== undefined);
    const text = "Take some flour, é\n";
    assert.equal(tokenizer.decode(tokenizer.piecesOf(text)), text);
    for (const name of pretrained.tensors.keys()) {
      const values = await pretrained.readFloat32(name);
      const [wanted, count] = [deviationOf(name), values.length];
      if (wanted === undefined) {
        assert.ok(values.every((value) => value === (name.endsWith(".bias") ? 0 : 1)));
        continue;
      }
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / count);
      // Four standard errors.
      assert.ok(Math.abs(deviation / wanted - 1) < 4 / Math.sqrt(2 * count), `${name}: ${deviation} for ${wanted}`);
    }
    await pretrained.close();
  });

test("the seed determines the weights, and sizes that are given are the model's", async () => {
  const sizes = ["--intermediate-size", "48", "--positions", "40"];
  const bytes = async (name: string, ...more: string[]) => {
    await made(name, "gpt2", ...sizes, ...more);
    return readFileSync(path.join(home, name, "model.safetensors"));
  };
  const first = await bytes("first", "--seed", "7");
  assert.ok((await bytes("again", "--seed", "7")).equals(first));
  assert.ok(!(await bytes("other")).equals(first));
  const pretrained = await openPretrained(path.join(home, "first"));
  assert.deepEqual(pretrained.tensors.get("wpe.weight")!.shape, [40, 32]);
  assert.deepEqual(pretrained.tensors.get("h.1.mlp.c_fc.weight")!.shape, [48, 32]);
  await pretrained.close();
});

test("a model is finetuned from nothing, exported, and masked; an untied head is trained, too", async () => {
  const [start, base] = [path.join(home, "start"), path.join(home, "base")];
  await made("start", "llama", "--positions", "32");
  const run = (name: string, model: string, ...more: string[]) =>
    json(
      "train",
      "--model",
      model,
      "--task",
      TASK,
      "--out",
      path.join(home, name),
      "--preset",
      "paper",
      "--max-steps",
      "3",
      ...more,
    );
  const brief = ["--max-length", "16", "--batch-size", "4", "--limit", "train=20", "--evaluate-every", "0"];
  const tuned = await run("tuned", start, "--method", "finetune", "--learning-rate", "0.01", ...brief);
  assert.equal((await json("export", tuned.adaptation, "--out", base)).architecture, "LlamaForCausalLM");
  const [before, after] = [await openPretrained(start), await openPretrained(base)];
  assert.deepEqual([...after.tensors.keys()].sort(), [...before.tensors.keys()].sort());
  assert.notDeepEqual(await after.readFloat32("lm_head.weight"), await before.readFloat32("lm_head.weight"));
  await before.close();
  await after.close();
  const masked = await run("masked", base, ...brief);
  assert.ok(masked.sparsity > 0.03);
});

test("what cannot be initialized is refused in one sentence", async () => {
  const out = path.join(home, "refused");
  const gpt2 = ["--family", "gpt2", "--out", out];
  const texts = ["--texts", path.resolve("README.md")];
  const cases: [string[], RegExp][] = [
    [["--out", out, ...texts], /--family: no family is specified; choose gpt2, llama, t5/],
    [["--family", "gtp2", "--out", out, ...texts], /unknown family "gtp2"/],
    [gpt2, /--texts: no texts for the tokenizer are specified; give either --task or --texts/],
    [[...gpt2, ...texts, "--task", TASK], /the task has texts of its own/],
    [[...gpt2, "--texts", path.join(home, "none.txt")], /none\.txt: there is no such file/],
    [[...gpt2, ...texts, "--heads", "5"], /--heads: 5 does not divide the hidden size, 128/],
    [[...gpt2, ...texts, "--key-value-heads", "2"], /--key-value-heads: gpt2 has keys and values for each head/],
    [["--family", "t5", "--out", out, ...texts, "--positions", "9"], /--positions: t5 has no limit on the length/],
    [
      ["--family", "llama", "--out", out, ...texts, "--key-value-heads", "3"],
      /3 does not divide the number of heads, 4/,
    ],
    [["--family", "llama", "--out", out, ...texts, "--hidden-size", "12"], /the size of a head, 3, is odd/],
    [
      [...gpt2, ...texts, "--hidden-size", "8192", "--layers", "99"],
      /\d+,\d+,\d+,\d+ parameters, over the limit of 500,000,000/,
    ],
    [[...gpt2, ...texts, "--vocab-size", "255"], /"255" is not an integer from 260 to 65536/],
    [["--family", "gpt2", "--out", home, ...texts], /the folder is not empty/],
  ];
  for (const [words, expected] of cases) {
    const { code, err } = await masklens(["initialize", ...words]);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, expected);
  }
});
