// The evidence of a text's tokens under loaded masks, and its check by deletion against predictions of texts with masked words.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { MOST_POINTS, ORDERS } from "../../src/adaptation/deletion.ts";
import type { EvidenceOptions } from "../../src/adaptation/evidence.ts";
import { Loaded } from "../../src/adaptation/loaded.ts";
import type { Evidence, Prediction } from "../../src/adaptation/prediction.ts";
import { Random } from "../../src/data/random.ts";
import { InputError } from "../../src/errors.ts";
import { maskFile } from "./tiny.ts";

/** Its tokens are whole words. */
const TEXT = "the river was that frozen moon";

let folder: string;
let file: string;
const loaded = new Loaded();
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "masklens-evidence-"));
  file = await maskFile(folder, "three", ["a", "b", "c"]);
  await loaded.load([file], {}, "cpu");
});
after(() => loaded.load([], {}, "cpu"));

const explain = (options: Partial<EvidenceOptions> = {}) =>
  loaded.explain(file, { text: TEXT, label: "b", deletion: false, ...options });

async function predictions(texts: readonly string[]): Promise<Prediction[]> {
  const found: Prediction[] = [];
  for await (const prediction of loaded.predict(texts)) found.push(prediction);
  return found;
}

const near = (have: number, want: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(have - want) <= tolerance, `${have} for ${want}`);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Independent of the product: the mean over equal steps, its ends counted half. */
const area = (curve: readonly number[]) => mean(curve.slice(1).map((value, i) => (value + curve[i]!) / 2));

test("the evidence has the tokens that the model saw, for the log-odds of the probability that is predicted", async () => {
  const [prediction] = await predictions([TEXT]);
  for (const label of ["a", "b", "c"]) {
    const { tokens, logOdds, deletion } = await explain({ label });
    assert.deepEqual(
      tokens.map(({ token }) => token),
      prediction!.pieces.map(({ text }) => text),
    );
    assert.deepEqual(
      tokens.filter(({ special }) => special).map(({ token }) => token),
      ["[CLS]", "[SEP]"],
    );
    assert.ok(tokens.some(({ value }) => Math.abs(value) > 0.01));
    const p = prediction!.probabilities[label]!;
    near(logOdds, Math.log(p / (1 - p)));
    assert.equal(deletion, null);
  }
});

test("with two labels, what speaks for one speaks as much against the other", async () => {
  const two = await maskFile(folder, "two", ["no", "yes"]);
  await loaded.load([file, two], {}, "cpu");
  const [no, yes] = [
    await loaded.explain(two, { text: TEXT, label: "no", deletion: false }),
    await loaded.explain(two, { text: TEXT, label: "yes", deletion: false }),
  ];
  for (const [i, { value }] of yes.tokens.entries()) near(value, -no.tokens[i]!.value);
  near(yes.logOddsWithoutWords, -no.logOddsWithoutWords);
  await loaded.load([file], {}, "cpu");
});

test("the log-odds without words are the same for texts of equal length", async () => {
  const [one, other] = [await explain(), await explain({ text: "the masks was fun and thin" })];
  assert.equal(one.tokens.length, other.tokens.length);
  assert.notEqual(one.logOdds, other.logOdds);
  near(one.logOddsWithoutWords, other.logOddsWithoutWords);
});

test("a text that is too long has evidence for the tokens that are left", async () => {
  const { tokens } = await explain({ text: "the ".repeat(80) });
  assert.equal(tokens.length, 64); // the model has 64 positions
});

test("the deletion curves are the predictions for texts with these words masked, and random orders are drawn from a seed", async () => {
  const { tokens, deletion } = await explain({ deletion: true });
  const words = TEXT.split(" ");
  const values = tokens.slice(1, -1).map(({ value }) => value);
  const ascending = [...words.keys()].sort((a, b) => values[a]! - values[b]!);
  const curveOf = async (order: readonly number[]) => {
    const texts = [...words.keys(), words.length].map((many) =>
      words.map((word, i) => (order.slice(0, many).includes(i) ? "[MASK]" : word)).join(" "),
    );
    return (await predictions(texts)).map(({ probabilities }) => probabilities.b!);
  };
  const { deleted, replacement, largestFirst, smallestFirst, random, areas, difference, orders, p } = deletion!;
  assert.deepEqual(deleted, [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(replacement, "[MASK]");
  assert.equal(orders, ORDERS);
  const alike = (have: readonly number[], want: readonly number[]) => {
    assert.equal(have.length, want.length);
    for (const [i, value] of want.entries()) near(have[i]!, value);
  };
  const [largest, smallest] = [await curveOf(ascending.toReversed()), await curveOf(ascending)];
  alike(largestFirst, largest);
  alike(smallestFirst, smallest);
  assert.ok(Math.max(...largest) - Math.min(...largest) > 0.01);
  const draws = new Random(1, "deletion");
  const drawn: number[][] = [];
  for (let i = 0; i < ORDERS; i++) {
    const order = [...words.keys()].map((word) => word + 1); // positions, after [CLS]
    draws.shuffle(order);
    drawn.push(await curveOf(order.map((position) => position - 1)));
  }
  const at = (work: (values: readonly number[]) => number) => deleted.map((_, k) => work(drawn.map((one) => one[k]!)));
  alike(random.mean, at(mean));
  alike(
    random.low,
    at((all) => Math.min(...all)),
  );
  alike(
    random.high,
    at((all) => Math.max(...all)),
  );
  const own = drawn.map(area);
  near(areas.largestFirst, area(largest));
  near(areas.smallestFirst, area(smallest));
  near(areas.random.value, mean(own));
  near(difference.value, mean(own) - area(largest));
  const deviation = Math.sqrt(own.reduce((sum, one) => sum + (one - mean(own)) ** 2, 0) / (ORDERS - 1));
  near(difference.high - difference.value, (2.093 * deviation) / Math.sqrt(ORDERS));
  near(difference.value - difference.low, (2.093 * deviation) / Math.sqrt(ORDERS));
  near(p, (1 + own.filter((one) => one <= area(largest) + 1e-9).length) / (ORDERS + 1));
});

test("a long text is deleted in steps of several tokens, and its area is over the share of deleted tokens", async () => {
  const { deletion } = await explain({ text: `${TEXT} `.repeat(5), deletion: true });
  const { deleted, largestFirst, areas } = deletion!;
  assert.equal(deleted.length, MOST_POINTS + 1);
  assert.deepEqual([deleted[0], deleted[1], deleted.at(-1)], [0, 2, 30]);
  let sum = 0;
  for (let i = 1; i < deleted.length; i++)
    sum += (deleted[i]! - deleted[i - 1]!) * ((largestFirst[i]! + largestFirst[i - 1]!) / 2);
  near(areas.largestFirst, sum / 30);
});

test("where order cannot matter, evidence is no better than random order", async () => {
  for (const text of ["river", ""]) {
    const { deletion } = await explain({ text, deletion: true });
    assert.equal(deletion!.p, 1);
    assert.equal(deletion!.difference.value, 0);
    assert.equal(deletion!.deleted.length, text ? 2 : 1);
  }
});

test("a stop in the middle of the check ends it at the next batch", async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const told: EvidenceOptions["told"] = ({ done, total }) => {
    assert.ok(total > 64);
    seen.push(done);
    if (seen.length === 2) controller.abort();
  };
  const text = `${TEXT} `.repeat(3);
  await assert.rejects(explain({ text, deletion: true, signal: controller.signal, told }), { name: "AbortError" });
  assert.deepEqual(seen, [16, 32]);
});

test("both texts of a pair have evidence", async () => {
  const pair = await maskFile(folder, "pair", ["no", "yes"], { kind: "pair" });
  const texts = ["the moon\tis rock .", "the\triver"];
  const found: Prediction[] = [];
  await loaded.load([file, pair], {}, "cpu");
  for await (const one of loaded.predict(texts, undefined, [pair]))
    found.push({
      ...one,
      evidence: await loaded.explain(pair, { text: one.text, label: one.label, deletion: true }),
    });
  assert.deepEqual(
    found.map(({ evidence }) =>
      evidence!.tokens.map(({ token, special }) => (special ? `(${token})` : token)).join(" "),
    ),
    found.map(({ pieces }) => pieces.map(({ text }) => (/^\[/.test(text) ? `(${text})` : text)).join(" ")),
  );
  for (const { label, text, evidence } of found) {
    assert.deepEqual([evidence!.label, evidence!.text], [label, text]);
    assert.ok(evidence!.logOdds > 0); // the predicted one of two labels
    assert.equal(evidence!.deletion!.orders, ORDERS);
  }
});

test("labels that do not exist, single labels, tasks without lines and masks that are not loaded are refused", async () => {
  const refused = async (promise: Promise<Evidence>, what: RegExp) =>
    assert.rejects(promise, (error) => error instanceof InputError && what.test(error.message));
  await refused(explain({ label: "d" }), /no label "d"; choose one of its labels: "a", "b", "c"/);
  await refused(loaded.explain("/none", { text: "", label: "a", deletion: false }), /not loaded/);
  const [one, tags] = [
    await maskFile(folder, "one", ["a"]),
    await maskFile(folder, "choice", ["a", "b", "c", "d"], { kind: "choice" }),
  ];
  await loaded.load([file, one, tags], {}, "cpu");
  await refused(loaded.explain(one, { text: "the", label: "a", deletion: false }), /single label/);
  await refused(loaded.explain(tags, { text: "the", label: "a", deletion: false }), /does not classify single texts/);
  await loaded.load([file], {}, "cpu");
});

test("a tokenizer without a mask token and an unknown token leaves the evidence, but not its check", async () => {
  const base = path.join(folder, "model");
  await cp("test/fixtures/models/tiny-roberta", base, { recursive: true });
  const tokenizer = path.join(base, "tokenizer.json");
  const text = await readFile(tokenizer, "utf8");
  await writeFile(tokenizer, text.replaceAll('"<mask>"', '"<m>"').replaceAll('"<unk>"', '"<u>"'));
  const other = await maskFile(folder, "roberta", ["no", "yes"], { base });
  await loaded.load([file, other], {}, "cpu");
  const given = { text: "the moon", label: "no" };
  const { tokens } = await loaded.explain(other, { ...given, deletion: false });
  assert.equal(tokens[0]!.token, "<s>");
  await assert.rejects(
    loaded.explain(other, { ...given, deletion: true }),
    (error) => error instanceof InputError && /neither a mask token nor an unknown token/.test(error.message),
  );
  await loaded.load([file], {}, "cpu");
});
