// Attributes of texts on the command line: what predict is given of them, and what info says of them and of adapters.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { masklens, ROWS, task, training } from "../run.ts";
import { json, maskOf, out } from "../trained.ts";

const USERS = ["ann", "bob", "carla"];
const rows = ROWS.map((row, i) => ({ ...row, who: USERS[i % 3], tags: ["sad", "short"].slice(0, i % 3).join("|") }));
const file = task(
  {
    files: { train: "rows.jsonl" },
    columns: { text: "text", label: "label" },
    attributes: { user: "who", tags: { column: "tags", separator: "|" } },
  },
  { "rows.jsonl": rows.map((row) => `${JSON.stringify(row)}\n`).join("") },
);
const READS = maskOf("reads");
const PLAIN = maskOf("plain");

before(async () => {
  const adapters = ["--adapters", "size=4,attributes=joint,weights=low-rank,rank=2", "--learning-rate", "0.05"];
  await json(...training(out("reads"), { file }, ...adapters));
  await json(...training(out("plain"), { file }));
});

async function predicted(words: readonly string[], input = "a good film\n") {
  const { code, out: printed, err } = await masklens(["predict", ...words], { input });
  assert.equal(code, 0, err);
  return {
    lines: printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    err,
  };
}

async function refused(words: readonly string[], what: RegExp, input = "a good film\n") {
  const { code, out: printed, err } = await masklens(["predict", ...words], { input });
  assert.deepEqual([code, printed], [2, ""], err);
  assert.match(err, what);
}

test("the attributes given for all lines change what is predicted, and each answer has those that were used", async () => {
  const given = await Promise.all(
    ["ann", "bob"].map((user) => predicted([READS, "--attribute", `user=${user}`, "--attribute", "tags=sad,short"])),
  );
  const [ann, bob] = given.map(({ lines }) => lines[0]);
  assert.deepEqual(ann.attributes, { user: ["ann"], tags: ["sad", "short"] });
  assert.equal(ann.unseenValues, undefined);
  assert.notEqual(ann.probabilities.yes, bob.probabilities.yes);
  const missing = (await predicted([READS])).lines[0];
  assert.equal(missing.attributes, undefined);
  assert.notEqual(missing.probabilities.yes, ann.probabilities.yes);
  assert.deepEqual(
    given.map(({ err }) => err),
    ["", ""],
  );
});

test("a value that training has not seen answers as missing, which is said with the nearest known value", async () => {
  const { lines, err } = await predicted([READS, "--attribute", "user=carl"]);
  assert.match(
    err,
    /reads\.mask\.safetensors was not trained with the value "carl" of user, so it counts as missing; did you mean "carla"\?/,
  );
  assert.deepEqual([lines[0].attributes, lines[0].unseenValues], [{ user: ["carl"] }, { user: ["carl"] }]);
  const missing = (await predicted([READS])).lines[0];
  assert.deepEqual(lines[0].probabilities, missing.probabilities);
});

test("each line of evaluated examples has its attributes, and predict answers them as they were evaluated", async () => {
  const examples = out("examples.jsonl");
  const { code, err } = await masklens(["evaluate", READS, PLAIN, "--examples", examples]);
  assert.equal(code, 0, err);
  const lines = readFileSync(examples, "utf8").trimEnd().split("\n");
  const evaluated = lines.map((line) => JSON.parse(line));
  for (const { text, attributes } of evaluated) {
    const of = rows.filter((row) => row.text === text);
    const known = of.map(({ who, tags }) => JSON.stringify({ user: [who], tags: tags ? tags.split("|") : [] }));
    assert.ok(known.includes(JSON.stringify(attributes)), `${text}: ${JSON.stringify(attributes)}`);
  }
  assert.ok(evaluated.some(({ attributes }) => !attributes.tags.length));
  const own = evaluated.filter(({ adaptation }) => adaptation === READS);
  const requests = own.map(({ text, adaptation, attributes }) => JSON.stringify({ text, adaptation, attributes }));
  const answered = (await predicted([READS, "--requests"], `${requests.join("\n")}\n`)).lines;
  assert.equal(answered.length, own.length);
  for (const [i, { label, probabilities }] of answered.entries()) {
    assert.equal(label, own[i].prediction);
    assert.ok(Math.abs(probabilities.yes - own[i].probabilities.yes) < 1e-5);
  }
});

test("an attribute that no adaptation reads is refused with those that are known", async () => {
  await refused(
    [READS, "--attribute", "usr=ann"],
    /reads no attribute "usr"; did you mean "user"\? If not, choose from user, tags\./,
  );
  await refused([PLAIN, "--attribute", "user=ann"], /reads no attribute "user"; omit the attributes/);
  await refused(
    [READS, "--attribute", "user"],
    /"user" is not an attribute with a value; write --attribute NAME=VALUE/,
  );
  await refused(
    [READS, "--attribute", "user=ann", "--attribute", "user=bob"],
    /several values are given for "user", but no text of the training data had more than one; give one value/,
  );
  await refused([READS, "--requests", "--attribute", "user=ann"], /each request has attributes of its own/);
});

test("among several adaptations, one that does not read an attribute answers without it and says so", async () => {
  const { lines, err } = await predicted([READS, PLAIN, "--attribute", "user=ann"]);
  assert.match(err, /plain\.mask\.safetensors reads no attribute "user", so it answers without it/);
  assert.deepEqual(
    lines.map(({ attributes }) => attributes),
    [{ user: ["ann"] }, undefined],
  );
});

test("each request has attributes of its own, and lines whose values count as missing are counted", async () => {
  const request = (attributes?: object) =>
    `${JSON.stringify({ text: "a good film", adaptation: READS, attributes })}\n`;
  const input = [{ user: "ann" }, { user: "zed", tags: ["sad", "long"] }, undefined].map(request).join("");
  const { lines, err } = await predicted([READS, "--requests"], input);
  assert.deepEqual(
    lines.map(({ attributes, unseenValues }) => [attributes, unseenValues]),
    [
      [{ user: ["ann"] }, undefined],
      [
        { user: ["zed"], tags: ["sad", "long"] },
        { user: ["zed"], tags: ["long"] },
      ],
      [undefined, undefined],
    ],
  );
  assert.match(
    err,
    /1 line had values of attributes that .*reads\.mask\.safetensors was not trained with, so they counted as missing/,
  );
  await refused(
    [READS, "--requests"],
    /line 1: .* reads no attribute "who"; choose from user, tags/,
    request({ who: "ann" }),
  );
  await refused(
    [READS, "--requests"],
    /attributes\.user: it must be a value, or a list of values, but is 3/,
    request({ user: 3 }),
  );
});

test("evidence is of the text with its attributes", async () => {
  const [ann, bob] = await Promise.all(
    ["ann", "bob"].map(
      async (user) => (await predicted([READS, "--evidence", "--attribute", `user=${user}`])).lines[0],
    ),
  );
  const logOdds = Math.log(ann.probabilities[ann.label] / (1 - ann.probabilities[ann.label]));
  assert.ok(Math.abs(ann.logOdds - logOdds) < 1e-3, `${ann.logOdds} ${logOdds}`);
  assert.notEqual(ann.logOdds, bob.logOdds);
});

test("info lists adapters with their share of the model's parameters, and attributes with their first values", async () => {
  const { code, out: printed } = await masklens(["info", READS]);
  assert.equal(code, 0);
  const [, parameters, share, all] =
    /Adapters of size 4: ([\d,]+) parameters, ([\d.]+) % as many as the base model's ([\d,]+); attributes act jointly with the text, with [\d,]+ of these parameters, stored of rank 2\./.exec(
      printed,
    )!;
  const number = (text: string) => Number(text.replaceAll(",", ""));
  assert.ok(Math.abs((100 * number(parameters!)) / number(all!) - Number(share)) < 0.006, printed);
  const { parameters: ofModel } = await json("info", "test/fixtures/models/tiny-bert");
  assert.ok(number(all!) <= ofModel && number(all!) > 0.9 * ofModel, `${all} of ${ofModel} with the stored classifier`);
  assert.match(printed, /Attributes: user \(3 values: [a-z, ]+\); tags \(2 values: sad, short\)\./);
  const { added } = await json("info", READS);
  assert.deepEqual([added.adapters.size, added.adapters.parameters], [4, number(parameters!)]);
  assert.deepEqual((await json("info", PLAIN)).added, { adapters: null, attributes: [] });
  const of = await masklens(["info", file]);
  assert.match(of.out, /Attributes: user \(3 values: [a-z, ]+\); tags \(2 values: sad, short\)\./);
});
