// Numbers, lists and texts in a model's folder that could determine memory or time: each has a limit, and its own error beyond it.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { piecesOf } from "../../src/data/text-limits.ts";
import { modelOf } from "../../src/data/tokenizer/models.ts";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelFolder } from "../../src/model/folder.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { pulse, TICKS } from "../../src/pulse.ts";
import { parseHeader } from "../../src/safetensors.ts";
import { folderOf, newPlace, refuses } from "./refused.ts";

describe("config.json", () => {
  const config = JSON.parse(readFileSync("test/fixtures/models/tiny-bert/config.json", "utf8"));
  for (const [key, most] of [
    ["hidden_size", 65_536],
    ["num_hidden_layers", 1000],
    ["num_attention_heads", 1024],
    ["intermediate_size", 1_000_000],
    ["vocab_size", 10_000_000],
    ["max_position_embeddings", 10_000_000],
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
      /normalizer: the normalizer expands a text of \d+ characters to more than 20000000/,
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
      /a text: the text has 1,001 combining marks in a row, over the limit of 1,000; remove most of them/,
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

describe("weights", () => {
  test("a shape of a thousand axes is refused", async () => {
    const header = { a: { dtype: "F32", shape: new Array(1000).fill(1), data_offsets: [0, 4] } };
    const json = Buffer.from(JSON.stringify(header));
    await refuses(
      () => parseHeader(json, 8 + json.length + 4, "a"),
      /tensor a: its shape has 1000 dimensions, more than the limit of 64/,
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
    const cache = newPlace();
    cpSync(folder, path.join(cache, "snapshots", "abc"), { recursive: true });
    cpSync(folder, path.join(cache, "refs"), { recursive: true });
    writeFileSync(path.join(cache, "refs", "main"), "abc".padEnd(5000));
    assert.equal(await modelFolder(cache), path.join(cache, "snapshots", "abc"));
  });
});
