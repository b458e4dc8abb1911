// predict and which over many adaptations of one base model, which stay loaded while lines are read.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { adaptationFiles } from "../../src/cli/texts/adaptation-files.ts";
import { maskFile } from "../adaptation/tiny.ts";
import { folder, masklens, TINY } from "./run.ts";

const LABELS = { two: ["no", "yes"], three: ["a", "b", "c"], four: ["n", "e", "s", "w"] } as const;
const place = folder();
const fileOf = (name: string) => path.join(place, `${name}.mask.safetensors`);

before(async () => {
  for (const [i, [name, labels]] of Object.entries(LABELS).entries())
    await maskFile(place, name, labels, { seed: i + 1, base: TINY });
});

const parsed = (printed: string) =>
  printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

async function printed(words: readonly string[], input: string) {
  const { code, out, err } = await masklens(words, { input });
  assert.equal(code, 0, err);
  return parsed(out);
}

async function refused(words: readonly string[], input: string, what: RegExp) {
  const { code, out, err } = await masklens(words, { input });
  assert.deepEqual([code, out], [2, ""], err);
  assert.match(err, what);
}

test("a folder stands for the adaptations in it, and each requested line is answered by the one it names", async () => {
  const texts = ["the cat sat", "a frozen river", "rock", ""];
  const all = await printed(["predict", place, fileOf("two")], `${texts.join("\n")}\n`);
  const names = ["four", "three", "two"];
  assert.deepEqual(
    all.map(({ text, adaptation }) => [text, adaptation]),
    texts.flatMap((text) => names.map((name) => [text, fileOf(name)])),
  );
  // In an order that interleaves the adaptations; more keys, as in predict's own output, are no error.
  const wanted = [...all.keys()].filter((i) => i % 5 !== 2).toReversed();
  const lines = wanted.map((i) => JSON.stringify({ ...all[i], label: undefined }));
  const answers = await printed(["predict", place, "--requests"], lines.join("\n"));
  assert.deepEqual(
    answers.map(({ text, adaptation, label }) => [text, adaptation, label]),
    wanted.map((i) => [all[i].text, all[i].adaptation, all[i].label]),
  );
  for (const [i, { probabilities }] of answers.entries())
    for (const [label, p] of Object.entries<number>(probabilities))
      assert.ok(Math.abs(p - all[wanted[i]!].probabilities[label]) < 1e-5); // batches have other sizes
});

test("links in a folder count as adaptations, and one that leads nowhere is reported", async () => {
  const linked = folder();
  const [good, broken] = ["a", "b"].map((name) => path.join(linked, `${name}.mask.safetensors`));
  symlinkSync(fileOf("two"), good!);
  symlinkSync("nowhere", broken!);
  assert.deepEqual(await adaptationFiles([linked]), [good, broken]);
  await refused(["predict", linked], "the cat\n", /b\.mask\.safetensors/);
});

test("a request is answered before the next one is written, and a wrong one ends the command", async () => {
  const child = spawn(process.execPath, ["dist/cli.js", "predict", fileOf("two"), "--requests"], { stdio: "pipe" });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  for (const text of ["the cat sat", "rock"]) {
    child.stdin.write(`${JSON.stringify({ text, adaptation: fileOf("two") })}\n`);
    assert.equal(JSON.parse((await answers.next()).value!).text, text);
  }
  child.stdin.write("the cat\n"); // standard input stays open
  const [code] = await once(child, "close");
  assert.equal(code, 2);
});

test("Ctrl+C ends a command that waits for the next line", async () => {
  const child = spawn(process.execPath, ["dist/cli.js", "predict", fileOf("two")], { stdio: "pipe" });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.write("the cat sat\n");
  assert.equal(JSON.parse((await answers.next()).value!).text, "the cat sat");
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  assert.equal(code, 130);
});

test("requests that are none, or name what is not loaded, are refused with their line", async () => {
  const request = (adaptation: string) => JSON.stringify({ text: "the cat", adaptation });
  const words = ["predict", fileOf("two"), "--requests"];
  await refused(words, "the cat\n", /standard input, line 1: it is not JSON; write lines such as \{"text"/);
  await refused(words, `{"text": "the cat"}\n`, /standard input, line 1.*adaptation/);
  const { code, err } = await masklens(words, { input: `${request(fileOf("two"))}\n${request(fileOf("three"))}\n` });
  assert.equal(code, 2);
  assert.match(err, /line 2: ".*three\.mask\.safetensors" is not among the adaptations; name its file, or a folder/);
  await refused(
    ["predict", folder()],
    "",
    /there is no adaptation in this folder; choose a folder with files that end/,
  );
});

test("which ranks adaptations by entropy over ln K, and prints what is left out", async () => {
  const words = ["which", place, await maskFile(folder(), "pair", ["same", "other"], { kind: "pair" })];
  const [single, pair] = await printed([...words, "--json"], "the cat sat\nthe cat\tthe dog\n");
  assert.deepEqual([single.candidates, pair.candidates], [3, 4]);
  assert.deepEqual(
    single.unread.map((file: string) => path.basename(file)),
    ["pair.mask.safetensors"],
  );
  assert.deepEqual(pair.unread, []);
  for (const { fits } of [single, pair]) {
    const ratios = fits.map(({ relative }: { relative: number }) => relative);
    assert.deepEqual(
      ratios,
      ratios.toSorted((a: number, b: number) => a - b),
    );
    for (const { probabilities, entropy, uniform, relative } of fits) {
      const shares = Object.values<number>(probabilities);
      assert.equal(uniform, Math.log(shares.length));
      assert.ok(Math.abs(entropy + shares.reduce((sum, p) => sum + p * Math.log(p), 0)) < 1e-12);
      assert.equal(relative, entropy / uniform);
    }
  }
  const { code, out } = await masklens([...words, "--top", "2"], { input: "the cat sat\n" });
  assert.equal(code, 0);
  const [text, , , first, second, rest, unread] = out.split("\n");
  assert.equal(text, "the cat sat");
  for (const [i, line] of [first!, second!].entries()) {
    assert.ok(line.startsWith(`${i + 1}  ${path.basename(single.fits[i].adaptation, ".mask.safetensors")}`), line);
    assert.ok(line.includes(`  ${single.fits[i].entropy.toFixed(3)}  ${single.fits[i].uniform.toFixed(3)}  `), line);
  }
  assert.equal(rest, "1 more; --top 3 prints all");
  assert.equal(unread, "1 of pair tasks not asked, because the line has no single tab");
});

test("which refuses a single adaptation, and names those that cannot read lines", async () => {
  await refused(["which", fileOf("two")], "", /only one adaptation to choose from; name two or more/);
  const tags = await maskFile(folder(), "tags", ["a", "b", "c", "d"], { kind: "choice" });
  const { code, err } = await masklens(["which", fileOf("two"), tags, "--json"], { input: "the cat\n" });
  assert.equal(code, 0);
  assert.match(err, /tags was left out: a choice task does not classify single texts/);
});
