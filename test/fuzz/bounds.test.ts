// Numbers, lists and texts in files that could determine memory or time: each has a limit, and its own error beyond it.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { snappyCompress } from "hysnappy";
import { compressorsFor } from "../../src/data/parquet/compressors.ts";
import { checkPage } from "../../src/data/parquet/pages.ts";
import { readTask } from "../../src/data/task.ts";
import { piecesOf } from "../../src/data/text-limits.ts";
import { modelOf } from "../../src/data/tokenizer/models.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import { InputError } from "../../src/errors.ts";
import { decodeAdaptation } from "../../src/mask/file.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelFolder } from "../../src/model/folder.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { pulse, TICKS } from "../../src/pulse.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { parametersOf } from "../../src/recipe/presets.ts";
import { parseHeader } from "../../src/safetensors.ts";
import { suggest } from "../../src/suggest.ts";
import { signMask } from "./safetensors.ts";

const root = mkdtempSync(path.join(tmpdir(), "masklens-bounds-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
/** A folder with these files, on top of a copy of another. */
function folderOf(files: Record<string, string | Uint8Array>, from?: string): string {
  const folder = path.join(root, String(folders++));
  cpSync(from ?? "test/fixtures/torch/config.json", from ? folder : path.join(folder, "config.json"), {
    recursive: true,
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

const refuses = (action: () => unknown, sentence: RegExp) =>
  assert.rejects(
    async () => action(),
    (error) => error instanceof InputError && sentence.test(error.message) && error.message.length < 600,
  );

describe("config.json", () => {
  const config = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
  for (const [key, most] of [
    ["hidden_size", 65_536],
    ["num_hidden_layers", 1000],
    ["num_attention_heads", 1024],
    ["intermediate_size", 1_000_000],
    ["vocab_size", 10_000_000],
    ["max_position_embeddings", 1_000_000],
    ["type_vocab_size", 1000],
  ] as const)
    test(`${key} is at most ${most}`, async () => {
      for (const value of [most + 1, 1e8, 1e300])
        await refuses(
          () => parseConfig({ ...config, [key]: value }, "config.json"),
          new RegExp(`config.json, ${key}: \\S+ is not a whole number from 1 to ${most}; use`),
        );
    });

  test("an epsilon beyond 1 and ten thousand labels are refused", async () => {
    await refuses(
      () => parseConfig({ ...config, layer_norm_eps: 1e300 }, "c"),
      /layer_norm_eps: 1e\+300 is not a positive/,
    );
    const id2label = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, "a"]));
    await refuses(
      () => parseConfig({ ...config, id2label }, "c"),
      /id2label: it names 10001 labels, over the limit of 10000/,
    );
  });

  test("JSON that nests too deep is refused before it is walked, whatever stands in strings", async () => {
    const nested = `{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`;
    await refuses(
      () => loadTokenizer(folderOf({ "tokenizer.json": nested })),
      /tokenizer.json: .*it nests objects and lists more than 100/,
    );
    const text = JSON.stringify({ ...config, note: '[{"\\'.repeat(1000) });
    assert.equal(parseConfig(JSON.parse(text), "c").layers, 3);
    const folder = folderOf(
      { "tokenizer_config.json": JSON.stringify({ note: '[{"\\'.repeat(1000) }) },
      "test/fixtures/tokenizers/bert-vocab",
    );
    await loadTokenizer(folder);
  });
});

describe("tokenizers", () => {
  const bert = "test/fixtures/tokenizers/bert-json";
  const json = () => JSON.parse(readFileSync(path.join(bert, "tokenizer.json"), "utf8"));
  const changed = (change: (whole: ReturnType<typeof json>) => void): string => {
    const whole = json();
    change(whole);
    return folderOf({ "tokenizer.json": JSON.stringify(whole) }, bert);
  };
  const generic = (change: (whole: ReturnType<typeof json>) => void): string => {
    const from = "test/fixtures/tokenizers/generic-json";
    const whole = JSON.parse(readFileSync(path.join(from, "tokenizer.json"), "utf8"));
    change(whole);
    return folderOf({ "tokenizer.json": JSON.stringify(whole) }, from);
  };

  test("ids have a limit, wherever a file gives one", async () => {
    await refuses(
      () => loadTokenizer(changed(({ model }) => (model.vocab.zzz = 1e9))),
      /model.vocab: the id of "zzz" is 1000000000, over the limit of 9999999/,
    );
    await refuses(
      () => loadTokenizer(changed((whole) => (whole.added_tokens[0].id = 1e9))),
      /added_tokens 0: .* is not a token with its id/,
    );
    const decoder = { added_tokens_decoder: { "1000000000": { content: "x" } } };
    await refuses(
      () =>
        loadTokenizer(
          folderOf({ "tokenizer_config.json": JSON.stringify(decoder) }, "test/fixtures/tokenizers/bert-vocab"),
        ),
      /added_tokens_decoder 1000000000: the id 1000000000 is over the limit/,
    );
    await refuses(
      () => loadTokenizer(folderOf({ "added_tokens.json": '{"x":1e9}' }, "test/fixtures/tokenizers/bert-vocab")),
      /added_tokens.json, x: the id 1000000000 is over the limit/,
    );
    const cls = { type: "BertProcessing", cls: ["[CLS]", 1e9], sep: ["[SEP]", 1] };
    await refuses(
      () => loadTokenizer(generic((whole) => (whole.post_processor = cls))),
      /post_processor.cls: .* is not a token with its id/,
    );
  });

  test("tokens, words and prefixes have a longest length", async () => {
    const long = "a".repeat(1001);
    await refuses(
      () => loadTokenizer(changed(({ model }) => (model.vocab[long] = 5))),
      /the token "a+… .*" has 1001 characters, over the limit of 1000/,
    );
    await refuses(
      () =>
        loadTokenizer(
          generic(
            (whole) => (whole.model = { type: "WordPiece", vocab: whole.model.vocab, max_input_chars_per_word: 1e9 }),
          ),
        ),
      /model.max_input_chars_per_word: 1000000000 is not a whole number from 0 to 1000/,
    );
    await refuses(
      () => loadTokenizer(generic(({ model }) => (model.continuing_subword_prefix = long))),
      /model.continuing_subword_prefix: "a+… .*" is not a string of at most 1000 characters/,
    );
  });

  test("normalizers, pre-tokenizers and special tokens are at most a hundred", async () => {
    const many = (type: string, key: string) => ({
      type: "Sequence",
      [key]: Array.from({ length: 101 }, () => ({ type })),
    });
    await refuses(
      () => loadTokenizer(generic((whole) => (whole.normalizer = many("NFC", "normalizers")))),
      /normalizer: it has more than 100 parts/,
    );
    await refuses(
      () => loadTokenizer(generic((whole) => (whole.pre_tokenizer = many("Whitespace", "pretokenizers")))),
      /pre_tokenizer: it has more than 100 parts/,
    );
    await refuses(
      () =>
        loadTokenizer(
          generic(
            (whole) => (whole.post_processor.single = new Array(101).fill({ Sequence: { id: "A", type_id: 0 } })),
          ),
        ),
      /post_processor.single: the list has 101 entries, over the limit of 100/,
    );
  });

  test("a normalizer that makes a text grow without end is stopped", async () => {
    const replace = { type: "Replace", pattern: { String: "a" }, content: "a".repeat(1000) };
    const tokenizer = await loadTokenizer(
      generic((whole) => (whole.normalizer = { type: "Sequence", normalizers: [replace, replace, replace] })),
    );
    await refuses(
      () => tokenizer.encode("a".repeat(100), undefined, 10),
      /normalizer: it expands a text of \d+ characters to more than 20000000/,
    );
  });

  test("a text of a million characters or a thousand marks is refused, and flags take time by their number", async () => {
    const tokenizer = await loadTokenizer(bert);
    await refuses(
      () => tokenizer.encode("a".repeat(1_000_001), undefined, 10),
      /a text: the text has 1,000,001 characters, over the limit of 1,000,000; shorten it/,
    );
    await refuses(
      () => tokenizer.encode(`a${"\u0315".repeat(500)}${"\u0300".repeat(501)}`, undefined, 10),
      /a text: the text has 1,001 combining marks in a row, over the limit of 1,000; remove them/,
    );
    tokenizer.encode("a\u0300".repeat(1000), undefined, 10);
    const flags = "\u{1F1E9}\u{1F1EA}\u{1F1EB}".repeat(333);
    const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });
    const segments = (text: string) => Array.from(clusters.segment(text), ({ segment }) => segment);
    for (const text of [flags, `a${flags}b\u0300${flags}\u200d`, "", "a"])
      assert.deepEqual([...piecesOf(text)].flatMap(segments), segments(text));
    assert.ok(Math.max(...Array.from(piecesOf(flags.repeat(10)), ({ length }) => length)) <= 400);
  });

  test("values of another type are refused, never taken for something else", async () => {
    for (const [value, sentence] of [
      [{ type: "Lowercase", normalizers: 1 }, undefined],
      [{ type: "Sequence", normalizers: {} }, /normalizer.normalizers: {} is not a list/],
      [{ type: "BertNormalizer", lowercase: "no" }, /normalizer.lowercase: "no" is not true or false/],
      [{ type: "Prepend", prepend: { toString: 1 } }, /normalizer.prepend: {"toString":1} is not a string/],
      [{ type: { toString: 1 } }, /the normalizer "" is not supported/],
    ] as const) {
      const load = () => loadTokenizer(generic((whole) => (whole.normalizer = value)));
      if (sentence) await refuses(load, sentence);
      else await load();
    }
  });
});

describe("long tokens", () => {
  test("a token of a thousand letters costs a text only the letters that follow it", async () => {
    const letters = "abcdefghij".repeat(100);
    const model = modelOf(
      {
        type: "Unigram",
        unk_id: 0,
        vocab: [
          ["<unk>", 0],
          ["a", -1],
          ["b", -1],
          [letters, -9],
        ],
      },
      {},
    );
    const before = Atomics.load(pulse, TICKS);
    const ids = model.idsOf("ab".repeat(10_000) + letters);
    assert.deepEqual(ids, [...Array.from({ length: 10_000 }, () => [1, 2]).flat(), 3]);
    assert.ok(Atomics.load(pulse, TICKS) - before >= 2, "it shows that it goes on");
  });
});

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
      /unpacks to more than [\d.]+ MB, over 100 times its size; unpack it yourself/,
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
      /column label: it has 10,001 different labels, over the limit of 10,000; choose a label column/,
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
        /line 3: the row has over 100000 columns/,
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
    for (const sentence of ["it declares # rows, too much for its size", "one of its columns reaches beyond the file"])
      assert.ok(refusals.has(sentence), [...refusals].join("\n"));
  });
});

describe("Parquet pages and chunks", () => {
  const kept = (name: string) => readTask(`test/fixtures/fuzz/parquet/${name}/a.task.json`, { trains: false });
  for (const [name, sentence] of [
    ["gzip-of-3-MB-in-a-page-of-100-bytes", /a page unpacks to more than the 100 bytes that it declares/],
    ["zstd-of-40-blocks-in-a-page-of-100-bytes", /a page is damaged, or unpacks to more than the 100 bytes/],
    ["zstd-that-announces-2-GB", /a page is damaged, or unpacks to more than the 100 bytes/],
    ["lz4-beyond-its-page", /an LZ4 page has more bytes than it declares/],
    ["snappy-that-announces-2-GB", /a page declares 100 bytes, but its packed data declare 2147483647/],
    ["values-that-reach-beyond-their-pages", /a value is longer than its page/],
    ["decimal-of-9000-bytes-in-its-statistics", /a decimal number among its statistics has over 64 bytes/],
    ["row-groups-of-the-same-empty-pages", /it declares columns of over 27844 bytes, too much for its size/],
  ] as const)
    test(`${name}: refused`, () => refuses(() => kept(name), sentence));

  const values = { kind: "data, version 2", values: 8, nulls: 0, unpacked: 20, packed: 20, compressed: false } as const;
  const levels = { definitionBytes: 0, repetitionBytes: 0 };
  const column = { type: "INT32", typeLength: undefined, codec: "UNCOMPRESSED", longest: Infinity } as const;
  const check = (encoding: number, bytes: number[]) =>
    checkPage(
      { ...values, ...levels, encoding },
      Uint8Array.from(bytes),
      { ...column, repetition: 0, definition: 0 },
      {},
      1e6,
    );
  // A run of 2³⁰ values, as a five-byte number.
  const huge = [0x80, 0x80, 0x80, 0x80, 0x08];
  for (const [name, encoding, bytes] of [
    ["of single bits, of numbers", 3, [0, 0, 0, 0, ...huge, 1]],
    ["without bits", 8, [0, ...huge]],
    ["that a group of none hides", 8, [32, 1, 2, ...huge, 0, 0, 0, 0]],
  ] as const)
    test(`a run ${name}: refused`, () =>
      assert.throws(() => check(encoding, [...bytes]), /a run is longer than its page/));
  test("runs that fit are walked", () => {
    check(3, [2, 0, 0, 0, 16, 1]);
    check(8, [0, 16]);
    check(8, [3, 3, 0x88, 0xc6, 0xfa]);
  });

  test("each codec gives the announced bytes in a buffer of their own, or an error", async () => {
    const bytes = Buffer.from("good film, bad film, ".repeat(500));
    const codecs = await compressorsFor(new Set(["SNAPPY"]));
    const packed = {
      GZIP: gzipSync(bytes),
      BROTLI: brotliCompressSync(bytes),
      SNAPPY: Buffer.from(snappyCompress(bytes)),
      // Literals only; a repeated match of 21 letters; a block in Hadoop's framing.
      LZ4_RAW: lz4Of(bytes),
      LZ4: framed(lz4Of(bytes), bytes.length),
    };
    for (const [codec, page] of Object.entries(packed)) {
      const unpack = codecs[codec as keyof typeof packed]!;
      const whole = unpack(page, bytes.length);
      assert.ok(bytes.equals(whole), codec);
      assert.equal(whole.buffer.byteLength, bytes.length, codec);
      for (const length of [1, 20, 21, bytes.length - 1, bytes.length + 1])
        assert.throws(() => unpack(page, length), `${codec} ${length}`);
      for (let end = 0; end < page.length; end += 7)
        assert.throws(() => unpack(page.subarray(0, end), bytes.length), codec);
    }
  });
});

/** An LZ4 block: the first 21 letters as literals, then matches of them, with five letters at the end. */
function lz4Of(bytes: Buffer): Buffer {
  const rest = bytes.length - 21 - 5 - 4 - 15;
  const full = Buffer.alloc(Math.floor(rest / 255), 255);
  return Buffer.concat([
    ...[Buffer.from([0xff, 21 - 15]), bytes.subarray(0, 21), Buffer.from([21, 0])],
    ...[full, Buffer.from([rest % 255]), Buffer.from([5 << 4]), bytes.subarray(-5)],
  ]);
}

function framed(block: Buffer, length: number): Buffer {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(length);
  lengths.writeUInt32BE(block.length, 4);
  return Buffer.concat([lengths, block]);
}

describe("weights", () => {
  test("a shape of a thousand axes is refused", async () => {
    const header = { a: { dtype: "F32", shape: new Array(1000).fill(1), data_offsets: [0, 4] } };
    const json = Buffer.from(JSON.stringify(header));
    await refuses(
      () => parseHeader(json, 8 + json.length + 4, "a"),
      /tensor a: its shape has 1000 axes, over the limit of 64/,
    );
  });

  test("chains of a hundred thousand names for one tensor are followed once each", async () => {
    const count = 100_000;
    const names = Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, `n${i + 1}`]));
    const header = { __metadata__: names, [`n${count}`]: { dtype: "F32", shape: [1], data_offsets: [0, 4] } };
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeUInt32LE(json.length);
    const pretrained = await openPretrained(
      folderOf({ "model.safetensors": Buffer.concat([length, json, Buffer.alloc(4)]) }),
    );
    assert.equal(pretrained.tensors.size, count + 1);
    await pretrained.close();
  });

  test("a branch of the Hub's cache that is a large file names none", async () => {
    const folder = folderOf({});
    const cache = path.join(root, `${folders++}`);
    cpSync(folder, path.join(cache, "snapshots", "abc"), { recursive: true });
    cpSync(folder, path.join(cache, "refs"), { recursive: true });
    writeFileSync(path.join(cache, "refs", "main"), "abc".padEnd(5000));
    assert.equal(await modelFolder(cache), path.join(cache, "snapshots", "abc"));
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
        new RegExp(`${key}: .* is not a valid value; give ${wanted}`),
      ));

  test("a batch has at most 16,777,216 tokens", () =>
    refuses(
      () => parseRunOptions({ ...whole, batchSize: 65_536, maxLength: 512 }),
      /batchSize: batches of 65536 examples of 512 tokens exceed the limit of 16777216 tokens/,
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
