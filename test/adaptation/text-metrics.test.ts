// BLEU, chrF and exact match against sacrebleu (test/fixtures/metrics/texts.py); perplexity and bits per byte by hand.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bleuOf, bleuStatistics, tokens13a } from "../../src/adaptation/text-metrics/bleu.ts";
import { chrfOf, chrfStatistics } from "../../src/adaptation/text-metrics/chrf.ts";
import { textMetricsOf, textSamplesOf } from "../../src/adaptation/text-metrics/metrics.ts";
import { type TextOutcome, textLosses } from "../../src/adaptation/text-metrics/outcome.ts";
import type { Interval } from "../../src/mask/metadata.ts";

interface Scores {
  value: number;
  interval: [number, number];
  tenths: number[];
  alone: number[];
}
const expected = JSON.parse(readFileSync("test/fixtures/metrics/texts.json", "utf8")) as {
  words: string[];
  blanks: string[];
  pairs: number;
  metrics: Record<"bleu" | "chrf" | "chrfPlus", Scores>;
  exactMatch: number;
  tokens: string[][];
};

const near = (a: number, b: number, what: string, by = 1e-9) =>
  assert.ok(Math.abs(a - b) <= by * Math.max(1, Math.abs(b)), `${what}: ${a} instead of ${b}`);

/** The pairs of texts.py: a generated text and its reference. */
function pairsOf({ words, blanks, pairs }: typeof expected): [string, string][] {
  let x = 1n;
  const below = (n: number) => {
    x = (1103515245n * x + 12345n) % 2n ** 31n;
    return Number((x >> 8n) % BigInt(n));
  };
  const list = (length: number) => Array.from({ length }, () => words[below(words.length)]!);
  const text = (all: string[]) => all.map((word) => word + blanks[below(blanks.length)]!).join("");
  return Array.from({ length: pairs }, () => {
    const own = list(below(16));
    const reference = text(own);
    const kind = below(10);
    if (kind === 0) return [reference, reference];
    const changed = own.flatMap((word) => {
      const change = kind === 1 ? 4 : below(8);
      if (change === 0) return [];
      const kept = change === 1 || change === 4 ? words[below(words.length)]! : word;
      return change === 2 ? [kept, word] : [kept];
    });
    return [text(changed), reference];
  });
}
const pairs = pairsOf(expected);

const METRICS = {
  bleu: { statistics: bleuStatistics, value: bleuOf },
  chrf: { statistics: (a: string, b: string[]) => chrfStatistics(a, b), value: chrfOf },
  chrfPlus: { statistics: (a: string, b: string[]) => chrfStatistics(a, b, true), value: chrfOf },
};

const sumOf = (rows: number[][]) => rows.reduce((sum, row) => sum.map((x, i) => x + row[i]!));

for (const [name, { statistics, value }] of Object.entries(METRICS))
  test(`${name} equals sacrebleu's, over 1,000 pairs, over tenths of them and of each pair alone`, () => {
    const rows = pairs.map(([generated, reference]) => statistics(generated, [reference]));
    const wanted = expected.metrics[name as keyof typeof METRICS];
    near(value(sumOf(rows)), wanted.value, name);
    for (const [i, tenth] of wanted.tenths.entries())
      near(value(sumOf(rows.slice(100 * i, 100 * (i + 1)))), tenth, `tenth ${i}`);
    for (const [i, alone] of wanted.alone.entries()) near(value(rows[i]!), alone, JSON.stringify(pairs[i]), 1e-8);
  });

test("texts are split into tokens as mteval-v13a splits them", () => {
  for (const [i, tokens] of expected.tokens.entries())
    assert.deepEqual(
      tokens13a(pairs[i]![0]),
      tokens.filter((token) => token !== ""),
    );
});

const noLosses = (examples: number) => {
  const zeros = () => new Float64Array(examples);
  return { nats: zeros(), scored: zeros(), tokens: zeros(), bytes: zeros() };
};

test("intervals of BLEU and chrF resample the examples, and exact match ignores white space around a text", () => {
  const outcome: TextOutcome = {
    ...{ kind: "generation", metric: "bleu", losses: noLosses(pairs.length) },
    texts: {
      generated: pairs.map(([text]) => text),
      references: pairs.map(([, text]) => [text]),
      cut: pairs.map(() => false),
    },
  };
  const metrics = textMetricsOf(outcome);
  assert.equal(metrics.examples, pairs.length);
  for (const name of ["bleu", "chrf"] as const) {
    const { value, low, high } = metrics[name] as Interval;
    near(value, expected.metrics[name].value, name);
    near(low!, expected.metrics[name].interval[0], `low ${name}`);
    near(high!, expected.metrics[name].interval[1], `high ${name}`);
  }
  near((metrics.exactMatch as Interval).value, expected.exactMatch, "exactMatch");
  assert.equal("bitsPerByte" in metrics, false);
  assert.match((metrics.perplexity as Interval).reason!, /no token is scored/);
  const { value, samples } = textSamplesOf(outcome, "chrf");
  assert.deepEqual([value, samples.length], [(metrics.chrf as Interval).value, 1000]);
});

test("BLEU, chrF and exact match against one to four references equal sacrebleu's (test/fixtures/metrics/references.py)", () => {
  const several = JSON.parse(readFileSync("test/fixtures/metrics/references.json", "utf8")) as {
    generated: string[];
    references: string[][];
    metrics: Record<keyof typeof METRICS, Pick<Scores, "value" | "alone">>;
    exactMatch: number;
  };
  const { generated, references } = several;
  assert.ok(references.some(({ length }) => length === 1) && references.some(({ length }) => length === 4));
  for (const [name, { statistics, value }] of Object.entries(METRICS)) {
    const rows = generated.map((text, i) => statistics(text, references[i]!));
    const wanted = several.metrics[name as keyof typeof METRICS];
    near(value(sumOf(rows)), wanted.value, name);
    for (const [i, alone] of wanted.alone.entries()) near(value(rows[i]!), alone, generated[i]!);
    // Against the first references only, the result is another one.
    const first = generated.map((text, i) => statistics(text, references[i]!.slice(0, 1)));
    assert.ok(value(sumOf(first)) < wanted.value - 1, name);
  }
  const metrics = textMetricsOf({
    ...{ kind: "generation", metric: "exactMatch", losses: noLosses(generated.length) },
    texts: { generated, references, cut: generated.map(() => false) },
  });
  near((metrics.exactMatch as Interval).value, several.exactMatch, "exactMatch");
  near((metrics.bleu as Interval).value, several.metrics.bleu.value, "bleu");
});

test("perplexity is exp of the mean loss of the scored tokens, and bits per byte count tokens per byte", () => {
  const encoded = [
    { sequences: [], target: [5, 6, -1], bytes: 9, cut: false, unscored: [], example: 0 },
    { sequences: [], target: [7, -1], bytes: 3, cut: false, unscored: [], example: 1 },
  ];
  // The batch has the shorter block first.
  const batch = { size: 3, index: [1, 0], targets: BigInt64Array.from([7, -1, -1, 5, 6, -1, -1, -1, -1], BigInt) };
  const losses = textLosses(encoded, [batch], [Float32Array.from([4, 99, 99, 1, 2.5, 99, 99, 99, 99])]);
  assert.deepEqual(
    [losses.nats, losses.scored, losses.tokens, losses.bytes].map((values) => [...values]),
    [
      [3.5, 4],
      [2, 1],
      [3, 2],
      [9, 3],
    ],
  );
  const metrics = textMetricsOf({ kind: "language", metric: "perplexity", losses });
  near((metrics.perplexity as Interval).value, Math.exp(7.5 / 3), "perplexity");
  near((metrics.bitsPerByte as Interval).value, (7.5 / 3 / Math.LN2) * (5 / 12), "bitsPerByte");
  assert.deepEqual(Object.keys(metrics), ["examples", "perplexity", "bitsPerByte"]);
  // Of two blocks, a quarter of the bootstrap samples has the first one twice, another quarter the second one.
  const { low, high } = metrics.perplexity as Interval;
  near(low!, Math.exp(3.5 / 2), "low");
  near(high!, Math.exp(4), "high");
});

test("a split without examples, empty texts and a loss without bounds have finite metrics that say why", () => {
  const empty = textMetricsOf({ kind: "language", metric: "perplexity", losses: noLosses(0) });
  assert.match((empty.perplexity as Interval).reason!, /there are no examples/);
  const one = (values: number[]) => Float64Array.from(values);
  const losses = { nats: one([1e6]), scored: one([2]), tokens: one([3]), bytes: one([0]) };
  const metrics = textMetricsOf({ kind: "language", metric: "perplexity", losses });
  assert.equal((metrics.perplexity as Interval).value, Number.MAX_VALUE);
  assert.match((metrics.bitsPerByte as Interval).reason!, /the texts are empty/);
});
