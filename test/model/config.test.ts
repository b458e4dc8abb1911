import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { parseConfig, readConfig } from "../../src/model/config.ts";
import { folderOf, refuses } from "./folders.ts";

const FAMILIES = ["bert", "roberta", "distilbert"] as const;
const expected = JSON.parse(readFileSync("test/fixtures/model/expected.json", "utf8"));
const jsonOf = (family: string) => JSON.parse(readFileSync(`test/fixtures/models/tiny-${family}/config.json`, "utf8"));
const parse = (family: string, change: object) => parseConfig({ ...jsonOf(family), ...change }, "m/config.json");
const refused = (change: object, what: RegExp, at: string, family = "bert") =>
  refuses(() => parse(family, change), what, { file: "config.json", at });

for (const family of FAMILIES)
  test(`${family}: the numbers are those that transformers reads`, async () => {
    const config = await readConfig(`test/fixtures/models/tiny-${family}`);
    const { dropout, ...sizes } = expected[family].config;
    for (const [key, value] of Object.entries(sizes)) assert.equal(config[key as keyof typeof config], value, key);
    assert.equal(config.dropout.hidden, dropout.hidden);
    assert.equal(config.dropout.classifier, dropout.classifier);
    assert.equal(config.feedForward, 64);
    assert.equal(config.typeVocabSize, { bert: 2, roberta: 1, distilbert: 0 }[family]);
    assert.equal(config.activation, "gelu");
  });

test("the sample model's config is read", async () => {
  const config = await readConfig("media/sample/model");
  assert.deepEqual([config.modelType, config.layers, config.hiddenSize, config.positions], ["bert", 6, 384, 256]);
});

test("classifier dropout falls back to the hidden states', and DistilBERT has one of its own for rows", () => {
  assert.equal(parse("bert", { hidden_dropout_prob: 0.3 }).dropout.classifier, 0.3);
  assert.equal(parse("bert", { classifier_dropout: null }).dropout.classifier, 0.1);
  assert.equal(parse("bert", { classifier_dropout: 0.5 }).dropout.tokenClassifier, 0.5);
  const { classifier, tokenClassifier } = parse("distilbert", { seq_classif_dropout: 0.25 }).dropout;
  assert.deepEqual([classifier, tokenClassifier], [0.25, 0.1]);
});

test("options that old configs leave out take transformers' defaults", () => {
  const { layer_norm_eps, type_vocab_size, hidden_act, pad_token_id, hidden_dropout_prob, ...old } = jsonOf("bert");
  assert.ok(
    [layer_norm_eps, type_vocab_size, hidden_act, pad_token_id, hidden_dropout_prob].every((v) => v !== undefined),
  );
  assert.deepEqual(parseConfig(old, "m/config.json"), { ...parse("bert", {}), id: "m" });
});

test("models that share RoBERTa's config are read as RoBERTa", () => {
  assert.equal(parse("roberta", { model_type: "xlm-roberta" }).modelType, "roberta");
  assert.equal(parse("roberta", { model_type: "camembert" }).positionOffset, 2);
});

test("transformers' names of one activation are one activation", () => {
  assert.equal(parse("bert", { hidden_act: "gelu_pytorch_tanh" }).activation, "gelu_new");
  assert.equal(parse("distilbert", { activation: "relu" }).activation, "relu");
});

test("the id is the Hub cache's, then the config's, then the folder's, and never somebody's path", async (t) => {
  const id = (folder: string, name?: string) =>
    parseConfig({ ...jsonOf("bert"), _name_or_path: name }, `${folder}/config.json`).id;
  assert.equal(id("/cache/models--google--bert-small/snapshots/abc", "x/y"), "google/bert-small");
  assert.equal(id("/models/mine", "nreimers/MiniLM"), "nreimers/MiniLM");
  assert.equal(id("/models/mine", "/home/somebody/model"), "mine");
  assert.equal(id("/models/mine", "../model"), "mine");
  assert.equal(id("/models/mine", ""), "mine");
  const folder = path.join(folderOf(t), "relative");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(jsonOf("bert")));
  assert.equal((await readConfig(folder)).id, "relative");
});

test("a missing, empty, unreadable or unending config.json is refused", async (t) => {
  const read = (files: Record<string, string | Uint8Array>) => readConfig(folderOf(t, files));
  const place = { file: "config.json" };
  await refuses(() => read({}), /no such file; choose a model folder/, place);
  await refuses(() => readConfig("no/such/folder"), /no such folder/, { file: "folder" });
  await refuses(() => read({ "config.json": "" }), /not JSON/, place);
  await refuses(() => read({ "config.json": "{" }), /not JSON/, place);
  await refuses(() => read({ "config.json": "[]" }), /not a JSON object/, place);
  await refuses(() => read({ "config.json": Uint8Array.of(0x7b, 0xff, 0x7d) }), /not UTF-8/, place);
  await refuses(() => read({ "config.json": " ".repeat(25_000_001) }), /larger than the limit of 5\.00 MB/, place);
});

test("a missing or unknown model_type is refused, naming the known ones", async () => {
  await refused({ model_type: undefined }, /model_type is missing; .*bert, roberta.*distilbert/, "model_type");
  await refused({ model_type: "xlnet" }, /"xlnet" is not supported; .*bert, roberta.*distilbert/, "model_type");
  await refused({ model_type: "constructor" }, /"constructor" is not supported/, "model_type");
  await refused({ model_type: 3 }, /3 is not supported/, "model_type");
});

test("sizes that are missing, not whole, or do not divide are refused", async () => {
  await refused({ num_hidden_layers: undefined }, /it is missing/, "num_hidden_layers");
  await refused({ n_layers: null }, /it is missing/, "n_layers", "distilbert");
  await refused({ vocab_size: "180" }, /"180" is not a whole number/, "vocab_size");
  await refused({ intermediate_size: 0 }, /0 is not a whole number from 1/, "intermediate_size");
  await refused(
    { num_attention_heads: 5 },
    /hidden_size \(32\) is not divisible by the number of attention heads \(5\)/,
    "num_attention_heads",
  );
  await refused(
    { max_position_embeddings: 2 },
    /2 positions are reserved for padding, which leaves no positions for tokens/,
    "max_position_embeddings",
    "roberta",
  );
  await refused({ pad_token_id: 180 }, /beyond the vocabulary/, "pad_token_id");
  await refused({ hidden_dropout_prob: 1 }, /1 is not a number of at least 0 and less than 1/, "hidden_dropout_prob");
  await refused({ layer_norm_eps: 0 }, /not a positive number/, "layer_norm_eps");
});

test("options that would change the numbers are refused", async () => {
  await refused(
    { position_embedding_type: "relative_key" },
    /"relative_key" changes the model/,
    "position_embedding_type",
  );
  await refused({ hidden_act: "xielu" }, /activation "xielu" is not supported/, "hidden_act");
  await refused({ is_decoder: true }, /true changes the model/, "is_decoder");
  await refused({ add_cross_attention: true }, /changes the model/, "add_cross_attention");
  await refused({ pruned_heads: { 0: [1] } }, /this option changes the model/, "pruned_heads");
  await refused({ adapters: { adapters: { sst: "x" } } }, /changes the model/, "adapters");
  await refused({ embedding_size: 16 }, /16 changes the model/, "embedding_size");
});

for (const [name, what, at] of [
  ["mixtral", /"mixtral" is a mixture of experts, .*use a dense model/, "num_local_experts"],
  ["qwen3-moe", /"qwen3_moe" is a mixture of experts/, "num_local_experts"],
  ["mamba", /"mamba" has state-space layers, .*use a transformer/, "state_size"],
  ["bitsandbytes", /quantized \("bitsandbytes"\), .*use the model that was quantized/, "quantization_config"],
  ["gptq", /quantized \("gptq"\)/, "quantization_config"],
  ["unheard", /type "unheard" is not supported; use a model whose type is one of bert, /, "model_type"],
] as const)
  test(`a model of the kind of ${name} is refused with the reason`, () =>
    refuses(() => readConfig(`test/fixtures/families/refused/${name}`), what, { file: "config.json", at }));

test("what DeBERTa, MPNet, ALBERT and ModernBERT can be configured to and is not supported is refused", async () => {
  const cases: [family: string, change: object, at: string][] = [
    ["deberta-v3", { conv_kernel_size: 3 }, "conv_kernel_size"],
    ["deberta-v3", { position_biased_input: null }, "position_biased_input"],
    ["deberta-v3", { share_att_key: false }, "share_att_key"],
    ["electra", { is_decoder: true }, "is_decoder"],
    ["mpnet", { relative_attention_num_buckets: 64 }, "relative_attention_num_buckets"],
    ["albert", { inner_group_num: 2 }, "inner_group_num"],
    ["modernbert", { mlp_dropout: 0.1 }, "mlp_dropout"],
  ];
  for (const [family, change, at] of cases) {
    const json = JSON.parse(readFileSync(`test/fixtures/families/tiny-${family}/config.json`, "utf8"));
    await refuses(() => parseConfig({ ...json, ...change }, "m/config.json"), /changes the model/, {
      file: "config.json",
      at,
    });
  }
});

test("DeBERTa's kinds of attention are a list or a text of c2p, p2c or both", async () => {
  const json = JSON.parse(readFileSync("test/fixtures/families/tiny-deberta-v3/config.json", "utf8"));
  const kinds = (pos_att_type: unknown) => parseConfig({ ...json, pos_att_type }, "m/config.json").disentangled;
  assert.deepEqual(kinds("p2c|c2p"), kinds(["c2p", "p2c"]));
  assert.equal(kinds("c2p")?.readByDistances, false);
  for (const other of ["p2p|c2p", [], null])
    await refuses(() => kinds(other), /must be c2p, p2c or both/, { file: "config.json", at: "pos_att_type" });
});

/** A change to undefined removes a key. */
function tiny(family: string, change: object) {
  const json = JSON.parse(readFileSync(`test/fixtures/families/tiny-${family}/config.json`, "utf8"));
  return parseConfig(JSON.parse(JSON.stringify({ ...json, ...change })), "m/config.json");
}

test("layers have the windows that config.json describes, and other descriptions are refused", async () => {
  const local = "sliding_attention";
  const windows = (family: string, change: object) => tiny(family, change).windows;
  const qwen = { use_sliding_window: true, sliding_window: 4, layer_types: null };
  assert.deepEqual(windows("qwen2", { ...qwen, max_window_layers: 1 }), [null, 4]);
  assert.deepEqual(windows("qwen2", { ...qwen, max_window_layers: 99 }), [null, null]);
  assert.deepEqual(windows("qwen3", { ...qwen, sliding_window: null, max_window_layers: 0 }), [null, null]);
  assert.deepEqual(windows("qwen3", { ...qwen, layer_types: [local, "full_attention"] }), [4, null]);
  assert.deepEqual(windows("mistral", { sliding_window: null }), [null, null]);
  assert.deepEqual(windows("mistral", { sliding_window: undefined }), [4096, 4096]);
  for (const [family, change, what] of [
    [
      "qwen2",
      { ...qwen, layer_types: [local, "chunked_attention"] },
      /"chunked_attention" is not one of full_attention, sl/,
    ],
    ["qwen2", { layer_types: [local, local] }, /"sliding_attention" is not one of full_attention;/],
    ["qwen3", { ...qwen, layer_types: [local] }, /it names 1 layers, but the model has 2/],
    ["modernbert", { layer_types: local }, /"sliding_attention" is not one of/],
  ] as const)
    await refuses(() => tiny(family, change), what, { file: "config.json", at: "layer_types" });
});

test("what families leave out has transformers' defaults, and errors name the key that was read", async () => {
  assert.equal(tiny("qwen3", { head_dim: undefined }).headSize, 128);
  assert.equal(tiny("llama", { num_experts: 0 }).modelType, "llama");
  assert.equal(tiny("qwen2", { max_position_embeddings: 1_010_000 }).positions, 1_010_000);
  const tokens = (family: string, change: object) => tiny(family, change).dropout.tokenClassifier;
  for (const family of ["gpt2", "llama"]) {
    assert.equal(tokens(family, {}), 0.1);
    assert.equal(tokens(family, { hidden_dropout: 0.2 }), 0.2);
    assert.equal(tokens(family, { hidden_dropout: 0.2, classifier_dropout: 0 }), 0);
    assert.equal(tiny(family, { classifier_dropout: 0.3 }).dropout.classifier, 0);
  }
  const yarn = { rope_type: "yarn", factor: 4 };
  for (const [family, change, at] of [
    ["modernbert", { classifier_pooling: "max" }, "classifier_pooling"],
    ["llama", { head_dim: 5 }, "head_dim"],
    ["llama", { head_dim: undefined, hidden_size: 20 }, "num_attention_heads"],
    ["llama", { rope_parameters: null, rope_scaling: yarn }, "rope_scaling.rope_type"],
    ["llama", { rope_parameters: { type: "linear" } }, "rope_parameters.type"],
    ["modernbert", { rope_parameters: { full_attention: yarn } }, "rope_parameters.full_attention.rope_type"],
    ["llama3", { rope_parameters: { rope_type: "llama3", factor: 0 } }, "rope_parameters.factor"],
  ] as const)
    await refuses(() => tiny(family, change), /./, { file: "config.json", at });
});

test("the same options in their harmless values are accepted", () => {
  const harmless = {
    position_embedding_type: "absolute",
    is_decoder: false,
    pruned_heads: {},
    adapters: {},
    embedding_size: 32,
  };
  assert.deepEqual(parse("bert", { ...harmless, quantization_config: null }), parse("bert", {}));
});
