import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { InputError } from "../../src/errors.ts";
import { defaultsOf, parseRunOptions } from "../../src/recipe/options.ts";

const least = { model: "model", task: "a.task.json", out: "masks/a" };
const file = path.resolve("somewhere", "run.json");

function refusal(options: object): string {
  try {
    parseRunOptions({ ...least, ...options }, file);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message.replace(file, "run.json");
  }
  return assert.fail(`${JSON.stringify(options)} was taken`);
}

test("what is not given is the paper's recipe", () => {
  assert.deepEqual(parseRunOptions(least, file), {
    model: path.resolve("somewhere/model"),
    task: path.resolve("somewhere/a.task.json"),
    out: path.resolve("somewhere/masks/a"),
    method: "mask",
    pattern: null,
    seed: 1,
    maskSeed: 1,
    epochs: 10,
    maxSteps: null,
    batchSize: 32,
    maxLength: 128,
    context: "document",
    learningRate: 1e-3,
    schedule: "constant",
    warmup: 0,
    accumulate: 1,
    dropout: "config",
    layers: null,
    units: "weights",
    kinds: null,
    classifier: "masked",
    labelWords: null,
    pooling: "own",
    auxiliary: null,
    adapters: null,
    lengthAdaptor: null,
    linearAttention: null,
    storedClassifier: "by-name",
    sparsity: 0.05,
    scaleFixed: false,
    binarizer: "threshold",
    initialMask: "uniform",
    fixedMask: null,
    topK: null,
    scoreAverage: 0,
    scorePenalty: 0,
    targetSparsity: null,
    distill: null,
    evaluateEvery: 60,
    earlyStopping: 0,
    checkpointEvery: 0,
    packed: false,
    limit: null,
    permuteLabels: null,
    device: "auto",
    precision: "float32",
  });
});

test("the complete options read back as themselves", () => {
  const options = parseRunOptions(
    { ...least, targetSparsity: { target: 0.5 }, limit: { train: 7 }, dropout: 0.2 },
    file,
  );
  assert.deepEqual(parseRunOptions(JSON.parse(JSON.stringify(options)), "elsewhere.json"), options);
});

test("a teacher's path is relative to the file that names it, as the others are", () => {
  const { distill } = parseRunOptions({ ...least, distill: { teacher: "../t.mask.safetensors" } }, file);
  const teacher = path.resolve(path.dirname(file), "../t.mask.safetensors");
  assert.deepEqual(distill, { teacher, weight: 0.5, temperature: 2 });
});

test("defaults follow what was chosen before them", () => {
  assert.equal(parseRunOptions({ ...least, method: "finetune" }, file).learningRate, 5e-5);
  assert.equal(parseRunOptions({ ...least, method: "pattern" }, file).pattern, "classifier-only");
  const { targetSparsity } = parseRunOptions({ ...least, sparsity: 0.1, targetSparsity: { target: 0.5 } }, file);
  assert.deepEqual(targetSparsity, { target: 0.5, start: 0.1, schedule: "constant", rate: 1 });
});

test("with top-k, initial scores are constant and everything is kept at first, unless they say otherwise", () => {
  const read = (options: object) => parseRunOptions({ ...least, ...options }, file);
  const { topK, initialMask, sparsity } = read({ topK: { share: 0.25 } });
  assert.deepEqual(topK, { share: 0.25, scope: "matrix", schedule: "cubic", hold: 0.3 });
  assert.deepEqual([initialMask, sparsity], ["constant", 0]);
  const constant = { share: 0.25, schedule: "constant" };
  assert.equal(read({ topK: constant, initialMask: "magnitude" }).sparsity, 0.75);
  assert.equal(read({ initialMask: "constant" }).sparsity, 0);
  for (const options of [{ topK: constant, initialMask: "magnitude" }, { initialMask: "constant" }]) {
    const complete = read(options);
    assert.deepEqual(parseRunOptions(JSON.parse(JSON.stringify(complete)), file), complete);
  }
});

test("where heads and neurons are the units, only their matrices are masked and the classifier is trained", () => {
  const units = { ...least, units: "heads-and-neurons" };
  const { kinds, classifier } = parseRunOptions(units, file);
  assert.deepEqual([kinds, classifier], [null, "trained"]);
  const given = { ...units, kinds: ["O", "I"], classifier: "masked", labelWords: ["bad", "good"] };
  assert.deepEqual(parseRunOptions(given, file).kinds, ["O", "I"]);
  const fixedMask = { by: "magnitude", sparsity: 0.5 };
  assert.equal(parseRunOptions({ ...units, method: "finetune", fixedMask }, file).units, "heads-and-neurons");
});

test("what makes no sense for heads and neurons is refused with the remedy", () => {
  for (const [options, message] of [
    [
      { kinds: ["Q", "K", "V"] },
      /heads span Q, K, V and AO together.*but the masked kinds are Q, K, V; use Q,K,V,AO or I,O/,
    ],
    [{ kinds: ["I", "O", "P"] }, /P and T have neither/],
    [{ classifier: "masked" }, /the classifier has no heads or neurons.*omit classifier/],
    [{ targetSparsity: { target: 0.5 } }, /sparsity control counts weights.*use top-k/],
    [{ method: "finetune" }, /method finetune has no scores for units/],
    [{ method: "random-mask" }, /method random-mask has no scores for units/],
    [
      { method: "finetune", fixedMask: { by: "file", file: "a" } },
      /a mask from a file has its own units; omit the units/,
    ],
  ] as const)
    assert.match(refusal({ units: "heads-and-neurons", ...options }), message);
});

test("a fixed mask's file is beside the file that names it", () => {
  const { fixedMask } = parseRunOptions(
    { ...least, method: "finetune", fixedMask: { by: "file", file: "../m.mask.safetensors" } },
    file,
  );
  assert.deepEqual(fixedMask, { by: "file", file: path.resolve(path.dirname(file), "../m.mask.safetensors") });
});

test("what contradicts top-k, constant scores or a fixed mask is refused with the remedy", () => {
  const share = { share: 0.5 };
  const fixed = { method: "finetune", fixedMask: { by: "magnitude", sparsity: 0.5 } };
  for (const [options, message] of [
    [
      { topK: share, sparsity: 0.05 },
      /the initial masks have sparsity 0 with this top-k.*omit the sparsity; the share/,
    ],
    [{ topK: share, binarizer: "bernoulli" }, /top-k cannot be combined with the binarizer bernoulli/],
    [{ topK: share, targetSparsity: { target: 0.5 } }, /top-k already determines the sparsity/],
    [{ topK: share, initialMask: "uniform" }, /top-k cannot start from initial scores of kind uniform/],
    [{ topK: share, initialMask: "magnitude" }, /with the cubic schedule of top-k none does/],
    [{ topK: share, method: "finetune" }, /top-k requires method mask/],
    [{ scorePenalty: 1, method: "pattern" }, /a penalty on scores requires method mask/],
    [{ initialMask: "constant", sparsity: 0.1 }, /have sparsity 0 with constant initial scores.*omit the sparsity/],
    [{ initialMask: "constant", binarizer: "bernoulli" }, /cannot be constant with the binarizer bernoulli/],
    [{ initialMask: "constant", method: "random-mask" }, /cannot be constant with method random-mask/],
    [{ ...fixed, method: "mask" }, /a fixed mask requires method finetune/],
    [{ ...fixed, fixedMask: { by: "random" } }, /the fixed mask's sparsity is missing.*write by=file/],
    [{ ...fixed, fixedMask: { by: "file" } }, /the fixed mask's file is missing/],
    [{ ...fixed, fixedMask: { by: "file", file: "a", sparsity: 0.5 } }, /a mask from a file has its own sparsity/],
    [{ ...fixed, fixedMask: { by: "random", file: "a", sparsity: 0.5 } }, /a mask by random is not read from a file/],
    [{ topK: { share: 0 } }, /a number greater than 0 and at most 1/],
  ] as const)
    assert.match(refusal(options), message);
});

test("an unknown key is refused with the key that was meant", () => {
  assert.match(refusal({ learningrate: 1 }), /^run\.json, learningrate: unknown key .* did you mean "learningRate"/);
  assert.match(refusal({ targetSparsity: { targt: 0.5 } }), /targetSparsity\.targt: .* did you mean "target"/);
  assert.match(refusal({ frobnicate: 1 }), /choose from model, task, out/);
});

test("a missing key, a wrong type and a value out of range name file, key and what may be given", () => {
  for (const [options, message] of [
    [{ model: undefined }, /^run\.json, model: it is missing; use a model folder\.$/],
    [{ learningRate: Number.NaN }, /^run\.json, learningRate: NaN is not a valid value; use a number greater than 0/],
    [{ learningRate: "0.1" }, /"0\.1" is not a valid value/],
    [{ learningRate: 0 }, /learningRate: 0 is not a valid value/],
    [{ epochs: 1.5 }, /1\.5 is not a valid value; use a whole number from 1/],
    [{ sparsity: 1 }, /use a number of at least 0 and less than 1/],
    [{ maskSeed: -1 }, /maskSeed: -1 is not a valid value; use a whole number from 0/],
    [{ method: "masking" }, /"masking" is not a valid value; use mask, finetune, pattern or random-mask\.$/],
    [{ kinds: ["Q", "X"] }, /kinds: "X" is not a valid value; use Q, K, V, AO/],
    [{ kinds: [] }, /kinds/],
    [{ device: "cuda" }, /use auto, cpu, webgpu, or cuda:0/],
    [{ dropout: "none" }, /use config, or a number of at least 0/],
    [{ targetSparsity: {} }, /targetSparsity\.target: it is missing/],
    [{ targetSparsity: 0.5 }, /targetSparsity: 0\.5 is not a valid value/],
    [{ limit: { train: 0 } }, /limit\.train/],
    [{ pattern: "lna" }, /method mask does not use a pattern/],
    [{ auxiliary: { parameters: "" } }, /auxiliary\.parameters: "" is not a valid value/],
    [{ auxiliary: { parameters: "bitfit", learningRate: 0 } }, /auxiliary\.learningRate: 0 is not a valid value/],
    [{ distill: { weight: 0.5 } }, /distill\.teacher: it is missing/],
    [{ distill: { teacher: "t", weight: 0 } }, /distill\.weight: 0 is not a valid value/],
    [{ distill: { teacher: "t", temperature: -1 } }, /distill\.temperature: -1 is not a valid value/],
    [
      { method: "finetune", auxiliary: { parameters: "bitfit" } },
      /auxiliary: .* only with the methods mask and random-mask; omit/,
    ],
    [{ method: "finetune", targetSparsity: { target: 0.5 } }, /targetSparsity: sparsity control requires method mask/],
  ] as const)
    assert.match(refusal(options), message);
  assert.throws(() => parseRunOptions([], file), /not a JSON object/);
});

test("errors about flags call an option by its flag", () => {
  const called = (key: string) => `--${key}`;
  assert.throws(
    () => parseRunOptions({ ...least, epochs: 0 }, { called }),
    /^InputError: --epochs: 0 is not a valid value/,
  );
});

test("a method's defaults are those of a run that names nothing else, and an unknown method has those of a mask", () => {
  const {
    model: _,
    task: __,
    out: ___,
    ...finetune
  } = parseRunOptions({
    ...{ model: "m", task: "t", out: "o", method: "finetune" },
  });
  assert.deepEqual(defaultsOf({ method: "finetune", epochs: 77 }), finetune);
  assert.equal(defaultsOf({ method: "of a later version" }).learningRate, 0.001);
});
