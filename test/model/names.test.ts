import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { type ModelConfig, readConfig } from "../../src/model/config.ts";
import { FAMILIES as MODELS } from "../../src/model/families/families.ts";
import { allMatrices, canonicalName, defaultLayers, matrixOf, selectMatrices } from "../../src/model/names.ts";
import { expectedTensors } from "../../src/model/tensors.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { refuses } from "./folders.ts";

const FAMILIES = ["bert", "roberta", "distilbert"] as const;
const configOf = (family: string) => readConfig(`test/fixtures/models/tiny-${family}`);
const entriesOf = (family: string, file: string) => {
  const path = `test/fixtures/models/tiny-${family}/${file}.safetensors`;
  return decodeSafetensors(readFileSync(path), path).header.entries;
};
/** A config of another depth. */
const deep = (config: ModelConfig, layers: number): ModelConfig => ({ ...config, layers });
const numbersOf = (matrices: readonly { layer: number | null }[]) => [...new Set(matrices.map(({ layer }) => layer))];

for (const family of FAMILIES) {
  for (const [file, tagging, labels] of [
    ["masking", false, 3],
    ["tagging", true, 4],
  ] as const)
    test(`${family}: the matrices of ${file} are those that the reference masks, with their shapes`, async () => {
      const ours = selectMatrices(await configOf(family), { layers: "1-2", tagging, labels });
      const theirs = [...entriesOf(family, file).values()].filter(({ name }) => name.startsWith("grad.0."));
      const described = (name: string, shape: readonly number[]) => `${name} [${shape.join(", ")}]`;
      assert.deepEqual(
        ours.map(({ name, rows, columns }) => described(name, [rows, columns])).sort(),
        theirs
          .map(({ name, shape }) => described(canonicalName(name.slice("grad.0.".length), MODELS[family]), shape))
          .sort(),
      );
    });

  test(`${family}: the expected tensors are those of the pretrained, but for the classifier`, async () => {
    const theirs = [...entriesOf(family, "model").values()].map(
      ({ name, shape }) => [canonicalName(name, MODELS[family]), shape] as const,
    );
    const top = family === "roberta" ? "classifier.out_proj." : "classifier.";
    const ours = [...expectedTensors(await configOf(family))].map(([name, { shape }]) => [name, shape] as const);
    assert.deepEqual(new Map(ours.sort()), new Map(theirs.filter(([name]) => !name.startsWith(top)).sort()));
  });
}

test("names lose their prefix and LayerNorm's old parameter names", () => {
  assert.equal(
    canonicalName("bert.encoder.layer.3.output.LayerNorm.gamma", MODELS.bert),
    "encoder.layer.3.output.LayerNorm.weight",
  );
  assert.equal(canonicalName("model.embeddings.LayerNorm.beta", MODELS.bert), "embeddings.LayerNorm.bias");
  assert.equal(canonicalName("model.roberta.pooler.dense.weight", MODELS.roberta), "pooler.dense.weight");
  assert.equal(
    canonicalName("distilbert.transformer.layer.0.ffn.lin1.bias", MODELS.distilbert),
    "transformer.layer.0.ffn.lin1.bias",
  );
  assert.equal(canonicalName("pre_classifier.weight", MODELS.distilbert), "pre_classifier.weight");
  assert.equal(
    canonicalName("encoder.layer.0.output.dense.weight", MODELS.bert),
    "encoder.layer.0.output.dense.weight",
  );
});

test("each kind has its name in each family", async () => {
  const [bert, roberta, distilbert] = await Promise.all(FAMILIES.map(configOf));
  assert.equal(matrixOf(bert!, 3, "Q"), "encoder.layer.3.attention.self.query");
  assert.equal(matrixOf(roberta!, 2, "AO"), "encoder.layer.2.attention.output.dense");
  assert.equal(matrixOf(distilbert!, 2, "AO"), "transformer.layer.2.attention.out_lin");
  assert.deepEqual(
    [bert, roberta, distilbert].map((config) => matrixOf(config!, null, "P")),
    ["pooler.dense", "classifier.dense", "pre_classifier"],
  );
  assert.deepEqual(
    [bert, roberta, distilbert].map((config) => matrixOf(config!, null, "T")),
    ["classifier", "classifier.out_proj", "classifier"],
  );
  assert.equal(matrixOf(roberta!, null, "T", { tagging: true }), "classifier");
  assert.throws(() => matrixOf(bert!, null, "P", { tagging: true }), RangeError);
});

test("matrices come layer by layer from the lowest, then P and T; tagging has no P", async () => {
  const config = deep(await configOf("bert"), 2);
  const kinds = (tagging: boolean) =>
    allMatrices(config, { tagging, labels: 5 })
      .map(({ layer, kind }) => `${layer ?? ""}${kind}`)
      .join(" ");
  assert.equal(kinds(false), "0Q 0K 0V 0AO 0I 0O 1Q 1K 1V 1AO 1I 1O P T");
  assert.equal(kinds(true), "0Q 0K 0V 0AO 0I 0O 1Q 1K 1V 1AO 1I 1O T");
});

test("a BERT-base mask of the default layers with two labels has the paper's 71,370,240 bits", async () => {
  const base = {
    ...(await configOf("bert")),
    layers: 12,
    hiddenSize: 768,
    heads: 12,
    keyHeads: 12,
    headSize: 64,
    feedForward: 3072,
  };
  const matrices = selectMatrices(base, { labels: 2 });
  assert.equal(
    matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
    71_370_240,
  );
});

test("the default leaves out the lowest two of BERT's twelve and DistilBERT's six, and scales to other depths", async () => {
  const [bert, roberta, distilbert] = await Promise.all(FAMILIES.map(configOf));
  assert.equal(defaultLayers(deep(bert!, 12)), "2-11");
  assert.equal(defaultLayers(deep(roberta!, 24)), "4-23");
  assert.equal(defaultLayers(deep(bert!, 6)), "1-5");
  assert.equal(defaultLayers(deep(bert!, 2)), "0-1");
  assert.equal(defaultLayers(deep(distilbert!, 6)), "2-5");
});

test("layer ranges select layers, P and T stay, kinds are taken literally", async () => {
  const config = deep(await configOf("bert"), 12);
  const select = (layers?: string, kinds?: string[]) => selectMatrices(config, { layers, kinds, labels: 2 });
  assert.deepEqual(numbersOf(select("0,3-5")), [0, 3, 4, 5, null]);
  assert.deepEqual(numbersOf(select(" 1 - 2 , 11")), [1, 2, 11, null]);
  assert.equal(select("all").length, 12 * 6 + 2);
  assert.equal(select().length, 10 * 6 + 2);
  assert.deepEqual(
    select("4", ["O", "Q", "T"]).map(({ kind }) => kind),
    ["Q", "O", "T"],
  );
  assert.deepEqual(
    select("all", ["P"]).map(({ name }) => name),
    ["pooler.dense"],
  );
});

test("ranges that are malformed or match no layer, and kinds that do not exist, are refused", async () => {
  const config = await configOf("bert");
  const layers = (range: string, what: RegExp) =>
    refuses(() => selectMatrices(config, { layers: range, labels: 2 }), what, { at: "layers" });
  await layers("7-9", /7-9 exceeds the model's 3 layers; choose from layers 0 to 2/);
  await layers("1,3", /3 exceeds the model's 3 layers/);
  for (const range of ["", "2-1", "1-", "-1", "1..2", "a", "1,,2", "1e1"]) await layers(range, /is not a layer range/);
  const kinds =
    (list: string[], tagging = false) =>
    () =>
      selectMatrices(config, { kinds: list, tagging, labels: 2 });
  await refuses(kinds(["Q", "W"]), /no matrix kind "W".* Q, K, V, AO, I, O, P, T/, { at: "kinds" });
  await refuses(kinds(["P"], true), /match no matrix.* O, T \(a tagging model has no P\)/, { at: "kinds" });
  for (const [family, layers, kind, others] of [
    ["gpt2", "all", "T", /match no matrix.*choose kinds from Q, K, V, AO, I, O\.?$/],
    ["t5", "E", "CQ", /match no matrix.*choose kinds from Q, K, V, AO, I, O\.?$/],
  ] as const) {
    const language = await readConfig(`test/fixtures/families/tiny-${family}`);
    const select = () => selectMatrices(language, { layers, kinds: [kind], language: true, labels: 0 });
    await refuses(select, others, { at: "kinds" });
  }
  await refuses(kinds([]), /match no matrix/, { at: "kinds" });
});
