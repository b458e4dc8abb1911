// Whether weights are those that their config.json describes: names and what stands before them, shapes, and what is not used.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { readConfig } from "../../../src/model/config.ts";
import { PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { checkShapes } from "../../../src/model/weights/shapes.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/safetensors.ts";
import { copyOf, floats, refuses, withHeader } from "../folders.ts";
import { opened, openFiles } from "./opened.ts";

test("weights that disagree with the config are refused, naming the first tensor", async (t) => {
  const changed = async (change: object, what: RegExp, at: string) => {
    const json = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
    const folder = copyOf(t, "tiny-bert", { "config.json": JSON.stringify({ ...json, ...change }) });
    const pretrained = await opened(t, folder);
    const config = await readConfig(folder);
    await refuses(() => checkShapes(pretrained, config), what, { at: `tensor ${at}` });
  };
  await changed(
    { vocab_size: 181 },
    /its shape is \[180, 32\], but config\.json requires \[181, 32\]/,
    "embeddings.word_embeddings.weight",
  );
  const beyond = "encoder.layer.3.attention.self.query.weight";
  for (const layers of [4, 1000]) {
    const what = new RegExp(
      `do not contain this tensor, which config.json requires \\(they have 3 layers, but config.json specifies ${layers} layers\\)`,
    );
    await changed({ num_hidden_layers: layers }, what, beyond);
  }
  const adapted = withWeights(
    t,
    renamed((name) => name.replace("query.weight", "query.base_layer.weight")),
  );
  const base = await opened(t, adapted);
  const tiny = await readConfig(adapted);
  const instead = /\(the most similar name is encoder\.layer\.0\.attention\.self\.query\.base_layer\.weight\)/;
  await refuses(() => checkShapes(base, tiny), instead, { at: "tensor encoder.layer.0.attention.self.query.weight" });
  const ids = { "embeddings.word_embeddings.weight": { dtype: "I64", shape: [180, 32], data_offsets: [0, 46080] } };
  const integers = copyOf(t, "tiny-bert", { "model.safetensors": withHeader(ids, 46080) });
  const config = await readConfig(integers);
  const place = { file: "model.safetensors", at: "tensor embeddings.word_embeddings.weight" };
  await refuses(async () => checkShapes(await opened(t, integers), config), /its values are I64/, place);
  await changed(
    { intermediate_size: 128 },
    /\[64, 32\], but config\.json requires \[128, 32\]/,
    "encoder.layer.0.intermediate.dense.weight",
  );
});

test("a model without a pooler has the shapes that are asked for", async (t) => {
  const folder = "test/fixtures/models/tiny-bert";
  const whole = await opened(t, folder);
  const tensors = new Map([...whole.tensors].filter(([name]) => !name.startsWith("pooler.")));
  checkShapes(new PretrainedWeights(folder, tensors, whole.shards), await readConfig(folder));
});

/** The tiny BERT's tensors by stored name, renamed; undefined leaves one out. */
function renamed(rename: (name: string) => string | undefined, metadata: Record<string, string> = {}): Buffer {
  const { header, bytesOf } = decodeSafetensors(
    readFileSync("test/fixtures/models/tiny-bert/model.safetensors"),
    "tiny",
  );
  const tensors = [...header.entries.values()].flatMap(({ name, type, shape }) => {
    const called = rename(name);
    return called === undefined ? [] : [{ name: called, type, shape, bytes: bytesOf(name) }];
  });
  return Buffer.concat(encodeSafetensors(tensors, metadata));
}

const withWeights = (t: TestContext, weights: Buffer) => copyOf(t, "tiny-bert", { "model.safetensors": weights });
const namesIn = ({ tensors }: PretrainedWeights) => [...tensors.keys()].sort();

/** The notes of a copy of the tiny BERT with these weights, or with these keys of its config. */
async function notesOf(t: TestContext, folder: string): Promise<string[]> {
  const pretrained = await opened(t, folder);
  return [...pretrained.notes, ...checkShapes(pretrained, await readConfig(folder))];
}

test("names are found under whatever a wrapper put before them, classifier included, and this is said once", async (t) => {
  const plain = namesIn(await opened(t, "test/fixtures/models/tiny-bert"));
  const bare = (name: string) => name.replace("bert.", "");
  const wrapped: Record<string, (name: string) => string> = {
    "module.": (name) => `module.${name}`,
    "_orig_mod.": (name) => `_orig_mod.${name}`,
    "0.auto_model.": (name) => `0.auto_model.${bare(name)}`,
    "model.": (name) => `model.${name}`,
    "bert.": (name) => `bert.${name}`,
    "student.": (name) => `student.${name}`,
    "transformer.": (name) => `transformer.${bare(name)}`,
    "encoder.": (name) => (name.startsWith("bert.") ? `encoder.${bare(name)}` : name),
    "bert.module.": (name) => name.replace(/^bert\./, "bert.module."),
  };
  for (const [prefix, rename] of Object.entries(wrapped)) {
    const folder = withWeights(t, renamed(rename));
    assert.deepEqual(namesIn(await opened(t, folder)), plain, prefix);
    const note = `Tensor names are read without ${JSON.stringify(prefix)}, which a wrapper of the model added.`;
    assert.deepEqual(await notesOf(t, folder), [note]);
  }
  const both = withWeights(
    t,
    renamed((name) => `module.${name.replace(/layer\.(\d)\./, "layer.$1._checkpoint_wrapped_module.")}`),
  );
  assert.deepEqual(namesIn(await opened(t, both)), plain);
  assert.match((await notesOf(t, both)).join(), /without "module\." and "_checkpoint_wrapped_module\.", which/);
  assert.deepEqual(await notesOf(t, "test/fixtures/models/tiny-bert"), []);
  assert.deepEqual(await notesOf(t, withWeights(t, renamed(bare))), []);
});

test("two encoders in one folder are refused, naming both prefixes", async (t) => {
  const embeddings = { shape: [1, 1], values: [1] };
  const name = "embeddings.word_embeddings.weight";
  const two = (a: string, b: string) =>
    openFiles(t, { "model.safetensors": floats({ [a + name]: embeddings, [b + name]: embeddings }) });
  await refuses(
    () => two("question_encoder.bert_model.", "ctx_encoder.bert_model."),
    /2 models: under "question_encoder\.bert_model\.", under "ctx_encoder\.bert_model\."; save only the model you want/,
    {},
  );
  await refuses(() => two("teacher.bert.", ""), /2 models: under "teacher\.bert\.", without a prefix/, {});
});

test("a tensor that was left out for another with its values is read from that, as the metadata says", async (t) => {
  const words = "bert.embeddings.word_embeddings.weight";
  const decoder = "cls.predictions.decoder.weight";
  const tied = (metadata: Record<string, string>) =>
    withWeights(
      t,
      renamed((name) => (name === words ? decoder : name), { format: "pt", ...metadata }),
    );
  const pretrained = await opened(t, tied({ [words]: decoder }));
  const there = await opened(t, "test/fixtures/models/tiny-bert");
  const name = words.slice("bert.".length);
  assert.deepEqual(await pretrained.readRaw(name), await there.readRaw(name));
  assert.equal(await pretrained.sha256(name), await there.sha256(name));
  assert.deepEqual(await notesOf(t, tied({ [words]: "cls.a", "cls.a": "cls.b", "cls.b": decoder })), []);
  const wrapped = renamed((stored) => (stored === words ? `module.${decoder}` : `module.${stored}`), {
    [`module.${words}`]: `module.${decoder}`,
  });
  assert.equal((await opened(t, withWeights(t, wrapped))).tensors.has(name), true);
  const missing = async (metadata: Record<string, string>) => {
    const folder = tied(metadata);
    const broken = await opened(t, folder);
    const config = await readConfig(folder);
    await refuses(
      () => checkShapes(broken, config),
      /do not contain this tensor, which config\.json requires \(they contain /,
      {
        at: `tensor ${name}`,
      },
    );
  };
  await missing({});
  await missing({ [words]: "nothing.there" });
  await missing({ [words]: "a", a: words });
});

test("blocks beyond those of config.json and tensors of no known part are not used, and this is said", async (t) => {
  const config = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
  const fewer = copyOf(t, "tiny-bert", { "config.json": JSON.stringify({ ...config, num_hidden_layers: 1 }) });
  assert.deepEqual(await notesOf(t, fewer), [
    "config.json specifies 1 layer, but the weights have 3; layers from encoder.layer.1 onward are not used.",
  ]);
  const more = renamed((name) => name.replace(/^classifier\./, "2.linear."));
  assert.deepEqual(await notesOf(t, withWeights(t, more)), [
    "Unused weights: 2 tensors that this kind of model does not have (2.linear.bias, 2.linear.weight).",
  ]);
  const known = renamed((name) => name.replace(/^classifier\./, "cls.predictions."));
  assert.deepEqual(await notesOf(t, withWeights(t, known)), []);
});

test("constants in the files of old decoders are neither used nor spoken of", async (t) => {
  for (const [family, names] of [
    ["gpt2", ["h.0.attn.bias", "h.1.attn.masked_bias"]],
    ["llama", ["layers.1.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq"]],
  ] as const) {
    const folder = `test/fixtures/families/tiny-${family}`;
    const weights = await opened(t, folder);
    const [any] = weights.tensors.values();
    const older = new PretrainedWeights(
      folder,
      new Map([...weights.tensors, ...names.map((name) => [name, any!] as const)]),
      new Map(),
    );
    assert.deepEqual(checkShapes(older, await readConfig(folder)), []);
  }
});
