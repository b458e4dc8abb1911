// Numbers, lists and texts in data, masks and runs that could determine memory or time: each has a limit, and its own error beyond it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { readTask } from "../../src/data/task.ts";
import { InputError } from "../../src/errors.ts";
import { decodeAdaptation } from "../../src/mask/file.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { parametersOf } from "../../src/recipe/presets.ts";
import { suggest } from "../../src/suggest.ts";
import { folderOf, refuses } from "./refused.ts";
import { signMask } from "./safetensors.ts";

describe("data", () => {
  const task = (file: string, bytes: string | Uint8Array, more: object = {}) => {
    const folder = folderOf({
      [file]: bytes,
      "a.task.json": JSON.stringify({ kind: "sentence", files: { train: file }, ...more }),
    });
    return path.join(folder, "a.task.json");
  };

  test("a gzip file unpacks to a hundred times its size at most", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, "text,label\na,b\n"));
    await refuses(
      () => readTask(task("a.csv", bomb)),
      /unpacks to more than [\d.]+ MB, which is over 100 times its compressed size; unpack it yourself/,
    );
    assert.equal(
      (await readTask(task("a.csv", gzipSync(`text,label\n${"a,x\nb,y\n".repeat(1000)}`)))).labels.length,
      2,
    );
  });

  test("a text of a million characters is refused with its place, or left out", async () => {
    const csv = `text,label\na,x\nb,y\n${"a".repeat(1_000_001)},x\n`;
    await refuses(
      () => readTask(task("a.csv", csv)),
      /a.csv, line 4, column text: the text has 1,000,001 characters, over the limit of 1,000,000; shorten it/,
    );
    const { skipped } = await readTask(task("a.csv", csv, { skip: true }), { trains: false });
    assert.deepEqual(skipped.train, [{ reason: "text too long", count: 1 }]);
  });

  test("a column of ten thousand different labels is refused as none", async () => {
    const rows = Array.from({ length: 10_001 }, (_, i) => `a,label${i}\n`).join("");
    await refuses(
      () => readTask(task("a.csv", `text,label\n${rows}`)),
      /column label: the column has 10,001 different labels, over the limit of 10,000; choose a label column/,
    );
    const labels = Array.from({ length: 10_001 }, (_, i) => `l${i}`);
    await refuses(
      () => readTask(task("a.csv", "text,label\na,b\n", { labels })),
      /labels: there are 10001 labels, over the limit of 10000/,
    );
  });

  test("a class number of a billion names no billion tags", async () => {
    const conll = "Anna 1000000000\nsings 0\n\n".repeat(10);
    await refuses(
      () => readTask(task("a.conll", conll, { kind: "tagging", metric: "entityF1" })),
      /the numbers 0 to 1000000000/,
    );
  });

  test("a row of a hundred thousand columns is refused", async () => {
    for (const row of [`${"a,".repeat(100_001)}b\n`, `"x",${"a,".repeat(100_001)}b\n`])
      await refuses(
        () => readTask(task("a.csv", `text,label\na,b\n${row}`)),
        /line 3: the row has more than 100000 columns/,
      );
  });

  test("a CoNLL file of a thousand columns is refused", async () => {
    const wide = `${"x ".repeat(1001)}\n\n`;
    await refuses(
      () => readTask(task("a.conll", wide, { kind: "tagging" })),
      /the first line has 1001 columns, over the limit of 1000/,
    );
  });

  test("JSON lines that nest too deep are refused with their line", async () => {
    const line = `{"text":"a","label":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    await refuses(
      () => readTask(task("a.jsonl", `{"text":"a","label":1}\n${line}`)),
      /a.jsonl, line 2: .*nests objects and lists more than 100/,
    );
  });

  test("a Parquet file that announces more than its size allows is refused before it is read", async () => {
    const file = readFileSync("test/fixtures/data/sentences.parquet");
    const length = file.readUInt32LE(file.length - 8);
    const begin = file.length - 8 - length;
    const refusals = new Set<string>();
    // Replaces each byte of the footer by an eight-byte number: rows, sizes, offsets, lengths of lists.
    for (let at = begin; at < file.length - 8; at++) {
      const huge = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
      const footer = Buffer.concat([file.subarray(begin, at), huge, file.subarray(at + 1, file.length - 8)]);
      const end = Buffer.alloc(4);
      end.writeUInt32LE(footer.length);
      const bytes = Buffer.concat([file.subarray(0, begin), footer, end, Buffer.from("PAR1")]);
      await readTask(task("a.parquet", bytes, { columns: { text: "sentence" } }), { trains: false }).catch((error) => {
        assert.ok(error instanceof InputError, error.stack);
        refusals.add(error.what.replace(/\d{4,}/g, "#").replace(/\(.*/, ""));
      });
    }
    for (const sentence of [
      "the file declares # rows, which is more than its size allows",
      "a column extends beyond the end of the file",
    ])
      assert.ok(refusals.has(sentence), [...refusals].join("\n"));
  });
});

describe("masks", () => {
  const bytes = readFileSync("test/fixtures/mask/sentiment.mask.safetensors");
  /** The mask with part of its metadata changed, and a matching checksum. */
  const changed = (change: (metadata: Record<string, never>) => void): Buffer => {
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    const metadata = Object.fromEntries(
      Object.entries<string>(header.__metadata__).map(([key, value]) => [key, JSON.parse(value)]),
    );
    change(metadata as Record<string, never>);
    header.__metadata__ = Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value)]),
    );
    const data = bytes.subarray(8 + length);
    signMask(header, data);
    const json = Buffer.from(JSON.stringify(header));
    const first = Buffer.alloc(8);
    first.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([first, json, data]);
  };
  const refusesMask = (change: (metadata: never) => void, sentence: RegExp) =>
    refuses(() => decodeAdaptation(changed(change as never), "a"), sentence);

  test("what sizes its pages has limits", async () => {
    for (const [key, most] of [
      ["layers", 1000],
      ["heads", 1024],
      ["hiddenSize", 65_536],
      ["feedForward", 1_000_000],
    ] as const)
      await refusesMask(
        ({ base }: { base: Record<string, number> }) => (base[key] = 1e9),
        new RegExp(`metadata.base.${key}: it must be a whole number from 1 to ${most}, but is 1000000000; rewrite`),
      );
    await refusesMask(
      ({ task }: { task: { labels: string[] } }) => (task.labels = new Array(10_001).fill("a")),
      /metadata.task.labels: it must be a list of at most 10000 entries/,
    );
    await refusesMask(
      ({ task }: { task: { name: string } }) => (task.name = "a".repeat(10_001)),
      /metadata.task.name: it must be a string of at most 10000 characters/,
    );
    await refusesMask(
      ({ run }: { run: Record<string, unknown> }) => (run.method = { toString: 1 }),
      /metadata.run.method: it must be a string/,
    );
  });

  test("a matrix that is listed a thousand times is refused", async () => {
    await refusesMask(
      ({ matrices }: { matrices: unknown[] }) => matrices.push(...new Array(1000).fill(matrices[0])),
      /its metadata lists this mask twice; download or recreate/,
    );
  });
});

describe("run.json", () => {
  const whole = { model: "m", task: "t", out: "o" };
  for (const [key, value, wanted] of [
    ["epochs", 1e300, "a whole number from 1 to 100000"],
    ["batchSize", 1e9, "a whole number from 1 to 65536"],
    ["seed", 0.5, "a whole number from 0 to 4294967295"],
    ["maskSeed", -1, "a whole number from 0 to 4294967295"],
    ["maxSteps", 1e10, "a whole number from 1 to 1000000000"],
    ["layers", "0-999,".repeat(1000), "text of at most 1000 characters"],
    ["model", "m\0", "a model folder"],
  ] as const)
    test(`${key} has its limits`, () =>
      refuses(
        () => parseRunOptions({ ...whole, [key]: value }),
        new RegExp(`${key}: .* is not a valid value; use ${wanted}`),
      ));

  test("a batch has at most 16,777,216 tokens", () =>
    refuses(
      () => parseRunOptions({ ...whole, batchSize: 65_536, maxLength: 512 }),
      /batchSize: a batch of 65536 examples with 512 tokens each exceeds the limit of 16777216 tokens/,
    ));

  test("an expression that would take for ever is ended with a sentence", async () => {
    const names = ["encoder.layer.0.attention.self.query.weight"];
    await refuses(
      () => parametersOf("^(([a-z.])+.)+[A-Z]([a-z])+$", names),
      /pattern: the pattern .* takes more than 2 seconds to match; remove nested repetitions/,
    );
    assert.deepEqual(parametersOf("^(?!.*bias)encoder", [...names, "encoder.bias"]), names);
  });
});

test("no suggestion is sought for a long word, nor among a million", () => {
  let looked = 0;
  const candidates = function* () {
    for (; looked < 1_000_000; looked++) yield "label";
  };
  assert.equal(suggest("a".repeat(101), ["a".repeat(101)]), undefined);
  suggest("labels", candidates());
  assert.ok(looked <= 10_001, String(looked));
});
