import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeadKind } from "../../src/kinds.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices, namesOf } from "../../src/model/names.ts";
import { expectedTensors, headTensors, modelTensors } from "../../src/model/tensors.ts";
import { PRESET_NAMES, parametersOf, patternOf } from "../../src/recipe/presets.ts";

const MODELS = ["tiny-bert", "tiny-roberta", "tiny-distilbert"];
const LAYERS = 3;
const FAMILIES = [
  ...["xlm-roberta", "electra", "mpnet", "albert", "deberta-v3", "modernbert"],
  ...["gpt2", "llama", "qwen2", "qwen3", "t5", "flan-t5", "bart", "mbart"],
];
const parameters = async (model: string) => [
  ...expectedTensors(await readConfig(`test/fixtures/models/${model}`)).keys(),
];

test("classifier-only trains nothing of the encoder", async () => {
  for (const model of MODELS) assert.deepEqual(parametersOf("classifier-only", await parameters(model)), []);
});

test("BitFit trains every bias and nothing else", async () => {
  for (const model of MODELS) {
    const names = await parameters(model);
    assert.deepEqual(
      parametersOf("bitfit", names),
      names.filter((name) => name.endsWith("bias")),
    );
  }
});

test("LayerNorm-only trains two tensors of each of the two norms a layer and of the embeddings'", async () => {
  for (const model of MODELS) {
    const found = parametersOf("layernorm-only", await parameters(model));
    assert.equal(found.length, 2 * (2 * LAYERS + 1), model);
  }
});

test("LNA trains LayerNorms and the four layers of self-attention, never the feed-forward layers", async () => {
  for (const model of MODELS) {
    const found = parametersOf("lna", await parameters(model));
    assert.equal(found.length, 2 * (2 * LAYERS + 1) + 2 * 4 * LAYERS, model);
    assert.ok(!found.some((name) => /intermediate|ffn|layer\.\d\.output\.dense|embeddings\.\w+_embeddings/.test(name)));
  }
});

test("presets find the norms and the attention of every family", async () => {
  for (const name of FAMILIES) {
    const config = await readConfig(`test/fixtures/families/tiny-${name}`);
    const names = modelTensors(config).map((tensor) => tensor.name);
    const matrices = allMatrices(config, { language: true, labels: 0 });
    const ofModule = (module: string) => [`${module}.weight`, `${module}.bias`].filter((own) => names.includes(own));
    const { project } = namesOf(config).embeddings;
    const linear = [...matrices.map((matrix) => matrix.name), ...(project ? [project] : [])];
    const others = new Set(linear.flatMap(ofModule));
    const norms = modelTensors(config).flatMap(({ name, shape }) =>
      shape.length === 1 && !others.has(name) ? name : [],
    );
    const attention = matrices.flatMap((matrix) => (isHeadKind(matrix.kind) ? ofModule(matrix.name) : []));
    assert.deepEqual(parametersOf("layernorm-only", names), norms, name);
    assert.deepEqual(new Set(parametersOf("lna", names)), new Set([...norms, ...attention]), name);
    const biases = names.filter((own) => own.endsWith(".bias"));
    assert.deepEqual(new Set(parametersOf("norm-and-bias", names)), new Set([...norms, ...biases]), name);
  }
});

test("in an encoder–decoder, LNA-E and LNA-D choose in one stack, and other presets leave the decoder alone", async () => {
  for (const name of ["t5", "flan-t5", "bart", "mbart"]) {
    const config = await readConfig(`test/fixtures/families/tiny-${name}`);
    const matrices = allMatrices(config, { language: true, labels: 0 });
    const names = [...modelTensors(config), ...headTensors(config, { language: true, labels: 0 })].map(
      (tensor) => tensor.name,
    );
    const inEncoder = (own: string) => own.startsWith("encoder.");
    const inDecoder = (own: string) => own.startsWith("decoder.");
    const isLna = new Set(parametersOf("lna", names));
    const isNorm = new Set(parametersOf("layernorm-only", names));
    const crosses = new Set(
      matrices.flatMap((one) => (one.kind.startsWith("C") ? [`${one.name}.weight`, `${one.name}.bias`] : [])),
    );
    const found = (preset: string) => parametersOf(preset, names);
    const chosen = (of: (own: string) => boolean) => names.filter(of);
    const encoder = (own: string) => inEncoder(own) && isLna.has(own);
    assert.deepEqual(found("lna-encoder"), chosen(encoder), name);
    assert.deepEqual(
      found("lna-encoder-cross"),
      chosen((own) => encoder(own) || crosses.has(own) || isNorm.has(own)),
      name,
    );
    assert.deepEqual(
      found("lna-e"),
      chosen((own) => encoder(own) || !inEncoder(own)),
      name,
    );
    assert.deepEqual(
      found("lna-d"),
      chosen((own) => inEncoder(own) || (inDecoder(own) && isLna.has(own))),
      name,
    );
    assert.ok(found("lna-encoder").length > 4 && crosses.size >= 8, name);
  }
});

test("of a model with one stack, LNA's presets train an encoder, and are refused elsewhere", async () => {
  const ENCODERS = ["xlm-roberta", "electra", "mpnet", "albert", "deberta-v3", "modernbert"];
  for (const name of [...ENCODERS, "gpt2", "llama", "qwen3"]) {
    const names = modelTensors(await readConfig(`test/fixtures/families/tiny-${name}`)).map((tensor) => tensor.name);
    const encoder = () => parametersOf("lna-encoder", names);
    if (ENCODERS.includes(name)) assert.deepEqual(encoder(), parametersOf("lna", names), name);
    else assert.throws(encoder, /has none of the parameters that lna-encoder trains: LayerNorms and self-attention/);
    for (const preset of ["lna-encoder-cross", "lna-e", "lna-d"])
      assert.throws(() => parametersOf(preset, names), /no cross attention, but lna-.* use lna, or an encoder–decoder/);
  }
});

test("a pattern is a regular expression over names, and one that matches nothing or is none is refused", async () => {
  const names = await parameters("tiny-bert");
  const found = parametersOf("layer\\.2\\..*query", names);
  assert.deepEqual(found, ["encoder.layer.2.attention.self.query.weight", "encoder.layer.2.attention.self.query.bias"]);
  assert.throws(() => parametersOf("layer\\.7", names), /matches no parameter; choose .*`masklens info MODEL --json`/);
  assert.throws(
    () => parametersOf("bitfit", ["embed.weight"]),
    /has none of the parameters that bitfit trains: all bia/,
  );
  assert.throws(() => patternOf("layer("), new RegExp(`choose from ${PRESET_NAMES.join(", ")}`));
});
