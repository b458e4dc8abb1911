// Masks of other programs, from files that the originals' own methods wrote (test/fixtures/imports/make.py).

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { nameOfImport } from "../../src/adaptation/imports/name.ts";
import type { Reading } from "../../src/adaptation/imports/reading.ts";
import { readMask } from "../../src/adaptation/read.ts";
import { countOnes } from "../../src/mask/bits.ts";
import { decodeSafetensors, encodeSafetensors, type TensorBytes } from "../../src/safetensors.ts";
import { refuses } from "../model/folders.ts";
import { deflated, zipOf } from "../model/weights/torch-files.ts";
import { changed, floats, home, IMPORTS, imported, MODEL, output, plain, QUERY } from "./imported-files.ts";

interface Case {
  readonly file: string;
  readonly options: Reading;
  readonly masks: Readonly<Record<string, { readonly ones: number; readonly bits: string }>>;
  readonly probabilities?: readonly number[];
}
const { bitdelta: _, ...cases } = JSON.parse(readFileSync(`${IMPORTS}/expected.json`, "utf8")) as Record<string, Case>;

for (const [name, { file, options, masks }] of Object.entries(cases))
  test(`${name}: every bit and count equals the original's`, async () => {
    const result = await imported(`${IMPORTS}/${file}`, options);
    const mask = await readMask(result.mask);
    assert.deepEqual(mask.matrices.map((matrix) => matrix.name).sort(), Object.keys(masks).sort());
    for (const { name: matrix, bits } of mask.matrices) {
      assert.equal(Buffer.from(bits.bytes).toString("hex"), masks[matrix]!.bits, matrix);
      assert.equal(countOnes(bits), masks[matrix]!.ones);
    }
    const ones = Object.values(masks).reduce((sum, one) => sum + one.ones, 0);
    assert.equal(result.kept, ones);
    assert.deepEqual([mask.metadata.initial, mask.metadata.seeds], [null, {}]);
    assert.deepEqual(mask.metadata.imported!.known, result.known);
    assert.deepEqual(mask.metadata.imported!.assumed, result.assumed);
  });

test("arrays that belong to no matrix are named as left out, and matrices without a mask are counted", async () => {
  const { leftOut, matrices, of } = await imported(
    plain({ "embeddings.word_embeddings.weight": floats([13, 8], () => 1), [QUERY]: null }),
  );
  assert.deepEqual(leftOut, ["embeddings.word_embeddings.weight"]);
  assert.deepEqual([matrices, of], [11, 14]);
});

test("a wrapper's prefix is removed from all names, and said", async () => {
  const { header, bytesOf } = decodeSafetensors(readFileSync(`${IMPORTS}/plain.safetensors`), "plain");
  const file = path.join(home, "wrapped.safetensors");
  const tensors = [...header.entries.values()].map(({ name, ...rest }) => {
    return { ...rest, name: `module.bert.${name}`, bytes: bytesOf(name) };
  });
  writeFileSync(file, Buffer.concat(encodeSafetensors(tensors, {})));
  const { kept, known } = await imported(file);
  assert.equal(kept, 620);
  assert.ok(known.includes('Names are read without "module.", which a wrapper of the model added.'), known.join());
});

test("zeros that the base model has itself are counted beside those of the pruned model", async () => {
  const { header, bytesOf } = decodeSafetensors(readFileSync(`${MODEL}/model.safetensors`), "model");
  const folder = path.join(home, "zeros");
  mkdirSync(folder);
  for (const name of ["config.json", "vocab.txt"]) copyFileSync(`${MODEL}/${name}`, `${folder}/${name}`);
  const tensors = [...header.entries.values()].map((entry) => {
    const bytes = Uint8Array.from(bytesOf(entry.name));
    if (entry.name.endsWith("layer.1.output.dense.weight")) bytes.fill(0, 0, 20);
    return { ...entry, bytes };
  });
  writeFileSync(`${folder}/model.safetensors`, Buffer.concat(encodeSafetensors(tensors, {})));
  const own = await imported(folder, { zeros: true }, folder);
  assert.deepEqual([own.weights - own.kept, own.matrices], [5, 1]);
  assert.ok(own.known.includes("5 weights are exactly 0; in the base model itself, 5 weights of these matrices are."));
  assert.ok(own.leftOut.length === 13 && own.leftOut.includes("pooler.dense.weight"), own.leftOut.join());
});

test("whether the file's tensors are the base model's is read from the file, or else taken for granted", async () => {
  const about = async (file: string, options?: Reading) => {
    const { known, assumed } = await imported(`${IMPORTS}/${file}`, options);
    return [...known, ...assumed].filter((line) => /in common|no weights to/.test(line)).join();
  };
  assert.equal(
    await about("maskbert.pt"),
    "The 39 tensors that the file and the base model have in common are equal, pruned weights and the classifier aside.",
  );
  assert.match(
    await about("movement.pt", { pruningMethod: "topK", threshold: 0.4 }),
    /^Of the 39 tensors that .* in common, 3\d differ \(by up to 0\.\d+\), pruned weights .* aside: the mask over/,
  );
  assert.match(
    await about("smp.npy"),
    /^The mask was made for the base model torch; the file has no weights to compare/,
  );
});

test("a pooler is taken from the file only if it is another than the base model's", async () => {
  const stored = async (file: string, options?: Reading) => {
    const { tensors, metadata } = await readMask((await imported(`${IMPORTS}/${file}`, options)).mask);
    return [tensors.map(({ name }) => name).join(), Object.hasOwn(metadata.base.weights, "pooler.dense.weight")];
  };
  assert.deepEqual(await stored("prune.pt"), ["classifier.weight,classifier.bias", true]);
  const [names] = await stored("finetuned.safetensors", { pruningMethod: "magnitude", threshold: 0.5 });
  assert.equal(names, "pooler.dense.weight,pooler.dense.bias,classifier.weight,classifier.bias");
});

test("a pruned model whose first matrix is all zeros is one, not a file of zeros and ones", async () => {
  const file = changed("pruned.safetensors", { [`bert.${QUERY}`]: floats([8, 8], () => 0) });
  const { kept, weights } = await imported(file, { zeros: true });
  const { masks } = cases.zeros!;
  const ones = Object.values(masks).reduce((sum, one) => sum + one.ones, 0);
  assert.deepEqual([kept, weights], [ones - masks[QUERY]!.ones, 976]);
  await assert.rejects(imported(file), /it contains weights, which can become a mask in several ways/);
});

test("scores of which the first matrix has only zeros and ones are scores", async () => {
  const first = QUERY.replace("weight", "weight_mask");
  const file = plain({
    ...Object.fromEntries(Object.keys(cases.SMP!.masks).map((name) => [name, null])),
    ...{ [first]: floats([8, 8], (i) => i % 2), [first.replace("query", "key")]: floats([8, 8], (i) => i / 64) },
  });
  assert.equal((await imported(file, { threshold: 0.5 })).kept, 32 + 31);
});

test("a vector has one score for each head of Q, K or V, or one for the matrix, and every other is refused", async () => {
  const name = "encoder.layer.0.attention.output.dense.weight";
  const vector = (matrix: string, length: number) => {
    const file = { [matrix]: null, [matrix.replace("weight", "weight_mask")]: floats([length], (i) => i - 0.5) };
    return imported(plain(file), { threshold: 0 });
  };
  const { kept, assumed } = await vector(QUERY, 2);
  assert.equal(kept, 32);
  assert.ok(assumed.includes("A vector of scores has one for each head, whose rows are adjacent."), assumed.join());
  const one = await vector(name, 1);
  assert.equal(one.kept, 0);
  assert.ok(!one.assumed.some((line) => /vector/.test(line)));
  await assert.rejects(vector(QUERY, 4), /its 4 scores are neither one for the matrix nor one for each of the 2 heads/);
  await assert.rejects(vector(name, 2), /its 2 scores are neither one for the matrix nor, in Q, K or V, one for each/);
});

test("a float64 too small for float32 is not zero", async () => {
  const tiny = new Uint8Array(Float64Array.from({ length: 64 }, (_, i) => (i ? 1e-50 : 0)).buffer);
  const file = changed("pruned.safetensors", { [`bert.${QUERY}`]: { type: "F64", shape: [8, 8], bytes: tiny } });
  const { mask } = await imported(file, { zeros: true });
  assert.equal(countOnes((await readMask(mask)).matrices.find(({ name }) => name === QUERY)!.bits), 63);
});

test("weights that did not move are never among those that moved most", async () => {
  await assert.rejects(
    imported(MODEL, { moved: 0.1 }),
    /all weights in its layers are equal to the base model's; choose/,
  );
  const { header, bytesOf } = decodeSafetensors(readFileSync(`${MODEL}/model.safetensors`), "model");
  const { type, shape } = header.entries.get(`bert.${QUERY}`)!;
  const bytes = Uint8Array.from(bytesOf(`bert.${QUERY}`));
  new Float32Array(bytes.buffer).fill(9, 60);
  const own = [...header.entries.values()].map((entry): [string, TensorBytes] => {
    return [entry.name, { ...entry, bytes: bytesOf(entry.name) }];
  });
  const file = changed("finetuned.safetensors", {
    ...Object.fromEntries(own),
    [`bert.${QUERY}`]: { type, shape, bytes },
  });
  for (const [over, short] of [
    ["matrix", "in 12 of 12 matrices"],
    ["model", "in all matrices together"],
  ] as const) {
    const { kept, assumed, mask } = await imported(file, { moved: 0.1, over });
    assert.equal(kept, 4);
    assert.ok(
      assumed.includes(`Only weights that moved are kept: ${short}, fewer moved than that share.`),
      assumed.join(),
    );
    assert.equal((await readMask(mask)).metadata.run.topK, undefined);
  }
});

test("a module with weight_orig alone is left out, and a file without weight_mask refused", async () => {
  const original = QUERY.replace("weight", "weight_orig");
  const values = floats([8, 8], (i) => i);
  await assert.rejects(imported(plain({ [original]: values })), /it contains weight_orig but no weight_mask/);
  const mask = { "pooler.dense.weight_orig": values, "pooler.dense.weight_mask": floats([8, 8], (i) => i % 2) };
  const { leftOut, matrices } = await imported(plain({ ...mask, [original]: values }));
  assert.deepEqual([leftOut, matrices], [[original], 1]);
});

test("an import that is cancelled writes nothing", async () => {
  const stop = new AbortController();
  const place = output();
  const running = imported(`${IMPORTS}/pruned.safetensors`, { zeros: true, output: place, signal: stop.signal });
  stop.abort();
  await assert.rejects(running, { name: "AbortError" });
  assert.ok(!existsSync(place));
});

const scores = floats([8, 8], (i) => i / 10);
const AMBIGUOUS: readonly [what: string, file: () => string, options: Reading, error: RegExp][] = [
  [
    "scores of movement pruning alone",
    () => "movement.pt",
    {},
    /how they become a mask; specify --pruning-method topK/,
  ],
  [
    "scores without a final threshold",
    () => "movement.pt",
    { pruningMethod: "topK" },
    /topK needs the final threshold; specify the share/,
  ],
  [
    "a share above 1",
    () => "movement.pt",
    { pruningMethod: "topK", threshold: 2 },
    /the threshold of topK cannot be 2/,
  ],
  [
    "magnitudes of scores",
    () => "movement.pt",
    { pruningMethod: "magnitude", threshold: 0.1 },
    /magnitude pruning has no scores/,
  ],
  [
    "weights alone",
    () => "pruned.safetensors",
    {},
    /in several ways; choose one: --zeros .* --moved SHARE .* --pruning-method/,
  ],
  ["two ways", () => "pruned.safetensors", { zeros: true, moved: 0.1 }, /--zeros and --moved contradict each other/],
  [
    "an option of another format",
    () => "prune.pt",
    { moved: 0.1 },
    /masks of torch\.nn\.utils\.prune .*--moved does not apply; omit --moved/,
  ],
  [
    "a scope without a share",
    () => "pruned.safetensors",
    { zeros: true, over: "model" },
    /--over applies only to --moved/,
  ],
  [
    "a pruned model without zeros",
    () => "finetuned.safetensors",
    { zeros: true },
    /no weight of its matrices is exactly 0/,
  ],
  ["packed bits of another model", () => "plain.npy", {}, /it has 3 bytes, but the 896 weights .* need 112/],
  [
    "real-valued masks without weights",
    () => plain({ [QUERY]: null, [QUERY.replace("weight", "weight_mask")]: scores }),
    {},
    /without the weights, so it is unclear which program wrote them; specify the threshold .* --threshold/,
  ],
  [
    "a wrong shape",
    () => plain({ [QUERY]: floats([8, 9], () => 1) }),
    {},
    /its shape is \[8, 9\], but the base model's matrix is \[8, 8\]/,
  ],
  [
    "other values among zeros and ones",
    () => plain({ "pooler.dense.weight": floats([8, 8], (i) => i) }),
    {},
    /its value at \[0, 2\] is 2, neither 0 nor 1/,
  ],
  ["NaN", () => plain({ "pooler.dense.weight": floats([8, 8], () => Number.NaN) }), {}, /value 0 is NaN/],
  [
    "one matrix twice",
    () => plain({ [`bert.${QUERY}`]: floats([8, 8], () => 1) }),
    {},
    /the same name as "encoder\.layer\.0/,
  ],
  [
    "no matrix of the model",
    () => path.resolve("test/fixtures/mask/sentiment.mask.safetensors"),
    {},
    /this is a mask of MaskLens already/,
  ],
];
for (const [what, file, options, error] of AMBIGUOUS)
  test(`${what}: refused in one sentence that names what decides`, async () => {
    writeFileSync(path.join(home, "plain.npy"), npy("|u1", "(3,)", Buffer.from([1, 2, 3])));
    const name = file();
    const place = name === "plain.npy" ? path.join(home, name) : path.isAbsolute(name) ? name : `${IMPORTS}/${name}`;
    await assert.rejects(imported(place, options), (thrown: Error) => {
      assert.equal(thrown.name, "InputError");
      assert.match(thrown.message, error);
      return true;
    });
  });

function npy(descr: string, shape: string, data: Uint8Array): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\0\x76\0", "latin1"), Buffer.from(`${text}\n`), data]);
}

test("an array of numpy in another type, order or length, or in a compressed archive, is refused", async () => {
  const file = path.join(home, "bad.npy");
  const bad = async (content: Uint8Array, what: RegExp) => {
    writeFileSync(file, content);
    await refuses(() => imported(file), what, { file: "bad.npy" });
  };
  const data = Buffer.alloc(112);
  await bad(npy(">i4", "(28,)", data), /its type ">i4" is not supported/);
  await bad(npy("|O", "(14,)", data), /its type "\|O" is not supported/);
  await bad(npy("|u1", "(113,)", data), /its shape \[113\] needs 113 bytes, but it has 112/);
  await bad(npy("|u1", "(112,)", data).subarray(0, 40), /its header of 118 bytes is damaged/);
  await bad(Buffer.from("\x93NUMPY", "latin1"), /this is not an array of numpy\.save/);
  await bad(npy("<f4", "(4, 7)", data), /an array of F32 \[4, 7\] without a name, which is not packed bits/);
  await bad(Buffer.from("text"), /not a file of safetensors, torch\.save or numpy/);
  writeFileSync(file, zipOf([["a.npy", deflated(npy("|u1", "(112,)", data))]]));
  await assert.rejects(imported(file), /entry a\.npy: it is compressed; save the file again with numpy\.savez,/);
  writeFileSync(file, npy("|u1", "(112,)", data));
  assert.equal((await imported(file)).kept, 0);
});

test("an import is named after its file", () => {
  assert.equal(nameOfImport("/m/mnli_0.50_kd_mag.npy"), "mnli_0.50_kd_mag");
  assert.equal(nameOfImport("out/pytorch_model.bin"), "pytorch_model");
  assert.equal(nameOfImport("/m/a.tuned.safetensors"), "a");
});
