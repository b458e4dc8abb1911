// What `info` and `diff` say of masks' statistics, over masks made here: no training.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { encodeMask, type MaskMatrix } from "../../src/mask/file.ts";
import { initialMask } from "../../src/mask/initial.ts";
import { streamOf } from "../../src/philox.ts";
import { facts, flipped, noise, recipe } from "../mask/fixture.ts";
import { folder, masklens } from "./run.ts";

const HEADS = 48;
const WIDTH = 192;
const place = folder();

/** A mask of a task's file: of 48 heads of 4 lines each the first `planted` lost four times as much as the others. */
async function written(
  task: string,
  seed: number,
  { planted = 0, run = {} }: { planted?: number; run?: Record<string, unknown> } = {},
): Promise<string> {
  const initial = recipe(seed);
  const about = facts(initial);
  const matrix = (layer: number, kind: "Q" | "V", name: string): MaskMatrix => {
    const luck = noise(WIDTH * WIDTH, seed, streamOf(`${name} luck`));
    const bits = flipped(
      initialMask(initial, name, WIDTH, WIDTH)!,
      (i, kept) => kept && luck[i]! < (Math.floor(i / WIDTH / (WIDTH / HEADS)) < planted ? 0.2 : 0.05),
    );
    return { name, layer, kind, bits };
  };
  const metadata = {
    ...about,
    base: { ...about.base, heads: HEADS, width: WIDTH },
    task: { ...about.task, name: task, dataSha256: { train: Buffer.from(task).toString("hex").padStart(64, "0") } },
    seeds: { run: seed, mask: seed },
    run,
  };
  const matrices = [
    matrix(0, "Q", "encoder.layer.0.attention.self.query.weight"),
    matrix(0, "V", "encoder.layer.0.attention.self.value.weight"),
    matrix(1, "Q", "encoder.layer.1.attention.self.query.weight"),
  ];
  const file = path.join(place, `${task}-${seed}.mask.safetensors`);
  writeFileSync(file, Buffer.concat(await encodeMask({ metadata, matrices, tensors: [] })));
  return file;
}

test("info leads with the effect and its interval and lists every significant head, however many they are", async () => {
  const file = await written("planted", 1, { planted: 13 });
  const { out: printed } = await masklens(["info", file, "--json"]);
  const { heads, layers, kinds, matrices } = JSON.parse(printed);
  const marked = heads.filter((head: { kind: string; marked: boolean }) => head.kind === "all" && head.marked);
  assert.ok(marked.length >= 26, String(marked.length)); // 13 in each of two layers
  for (const one of [...heads, ...layers, ...kinds, ...matrices]) {
    const { low, value, high } = one.effect;
    assert.ok(low < value && value < high && Math.abs(value - one.pruned / one.expected) < 1e-12);
    assert.ok(one.phi > 0 && typeof one.marked === "boolean");
  }
  const { out: text } = await masklens(["info", file]);
  assert.equal([...text.matchAll(/^head L\d+H\d+ • /gm)].length, marked.length);
  assert.match(text, new RegExp(`all ${marked.length} significant heads are listed`));
  assert.match(text, /^ +effect +95 % +z +pruned +expected\n/m);
  assert.match(text, /^head L0H\d+ • +\d\.\d\d +\[\d\.\d\d–\d\.\d\d\] +\d+\.\d /m);
});

test("info fills the list up to ten heads where fewer are significant, and says so", async () => {
  const { out: text } = await masklens(["info", await written("plain", 3)]);
  assert.equal([...text.matchAll(/^head /gm)].length, 10);
  assert.match(text, /none is significant/);
});

test("info writes negative numbers with a minus sign, and as JSON with a hyphen", async () => {
  const file = await written("plain", 4);
  const { out: text } = await masklens(["info", file]);
  assert.match(text, /^head .* −\d+\.\d /m);
  assert.doesNotMatch(text, / -\d/);
  const { heads } = JSON.parse((await masklens(["info", file, "--json"])).out);
  assert.ok(heads.some(({ z }: { z: number }) => z < 0));
});

test("diff leads with the lift, its interval and the null that it is judged by", async () => {
  const [a, b] = [await written("a", 1), await written("b", 2)];
  const { out: alone } = await masklens(["diff", a, b]);
  assert.match(
    alone,
    /^In the layers except the last, both masks pruned the same weights \d\.\d{3} \[\d\.\d{3}–\d\.\d{3}\] times as often as expected given their initial scores: no clear difference from independent pruning \(null: independence/m,
  );
  assert.match(alone, /^Correlation of the attention heads' z: \S+ \[−\d\.\d\d to \d\.\d\d\]/m);
  const others = [await written("c", 3), await written("d", 4), await written("e", 5)];
  const { out: judged } = await masklens(["diff", a, b, "--against", ...others, a]);
  assert.match(
    judged,
    /neither more nor less than pairs of unrelated masks, \d+\.\d deviations \w+ the median \(null: 9 such pairs, median [\d.]+, 95 % of them from [\d.]+ to [\d.]+\)/,
  );
  const { out: json } = await masklens(["diff", a, b, "--related", "a,c", "--against", ...others, "--json"]);
  const [pair] = JSON.parse(json).pairs;
  assert.deepEqual([pair.null, pair.place.pairs], ["unrelated masks", 8]);
  assert.deepEqual(Object.keys(pair.place).sort(), ["deviations", "high", "low", "mad", "median", "pairs"]);
});

test("diff says that independence is the null where there are too few masks to judge by, and names controls", async () => {
  const [a, b] = [await written("a", 1), await written("b", 2)];
  const control = await written("a", 9, { run: { permuteLabels: 4 } });
  const { out: text } = await masklens(["diff", a, b, "--against", control]);
  assert.match(text, /null: independence/);
  assert.match(
    text,
    /Note: the lift is judged against independence .* 5 reference pairs of unrelated masks are required \(found 2\);/,
  );
  const controls = [control, await written("b", 10, { run: { permuteLabels: 5 } })];
  const { out: json } = await masklens(["diff", a, b, "--against", ...controls, "--json"]);
  const [pair] = JSON.parse(json).pairs;
  assert.deepEqual([pair.null, pair.place.pairs], ["permuted labels", 5]);
  assert.match(pair.notes.join(), /is a control trained on labels permuted with seed 4/);
  assert.match((await masklens(["info", control])).out, /^a-9 · a \(control: labels permuted with seed 4\): /);
  assert.equal(JSON.parse((await masklens(["info", control, "--json"])).out).permuteLabels, 4);
});

for (const [words, message] of [
  [["diff", "--against", "a", "b"], /diff takes two or more masks before --against; run masklens diff A B/],
  [
    ["diff", "A", "B", "--related", "sst2", "--against", "A"],
    /--related "sst2" names fewer than two tasks; separate the names of related tasks with commas/,
  ],
  [["diff", "A", "B", "--related", "sst2,trec"], /--related needs --against; add --against/],
  [["diff", "A", "B", "--against"], /--against needs a value; write --against MASK …/],
] as const)
  test(`masklens ${words.join(" ")} is refused with what to write`, async () => {
    const mask = await written("a", 1);
    const { code, err } = await masklens(words.map((word) => (/^[AB]$/.test(word) ? mask : word)));
    assert.equal(code, 2);
    assert.match(err, message);
  });
