// The tokenizers' ids against those that transformers made (test/fixtures/data/make.py), and folders that do not fit.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";
import { decodeSafetensors } from "../../../src/safetensors.ts";

interface Expected {
  ids: number[];
  typeIds: number[];
}
interface Cases {
  single: Expected[];
  cut: Expected[][];
  pair: Expected[];
  cutPair: Expected[][];
  split: (Expected & { words: string[]; maxLength: number; wordIds: (number | null)[] })[];
}
const { texts, pairs, lengths, tokenizers } = JSON.parse(readFileSync("test/fixtures/data/encodings.json", "utf8")) as {
  texts: string[];
  pairs: [string, string][];
  lengths: number[];
  tokenizers: Record<string, Cases>;
};

const folder = mkdtempSync(path.join(tmpdir(), "masklens-tokenizer-"));
after(() => rmSync(folder, { recursive: true }));

for (const [model, expected] of Object.entries(tokenizers))
  describe(model, () => {
    const loading = loadTokenizer(model);
    test("texts give transformers' ids and segments, whole and cut", async () => {
      const tokenizer = await loading;
      for (const [i, text] of texts.entries()) {
        const { ids, typeIds } = tokenizer.encode(text, undefined, 10_000);
        assert.deepEqual({ ids, typeIds }, expected.single[i], JSON.stringify(text));
        for (const [j, length] of lengths.entries())
          assert.deepEqual(
            tokenizer.encode(text, undefined, length).ids,
            expected.cut[i]![j]!.ids,
            JSON.stringify(text),
          );
      }
    });

    test("pairs give transformers' ids and segments, the longer text cut first", async () => {
      const tokenizer = await loading;
      for (const [i, [a, b]] of pairs.entries()) {
        const { ids, typeIds } = tokenizer.encode(a, b, 10_000);
        assert.deepEqual({ ids, typeIds }, expected.pair[i], JSON.stringify([a, b]));
        for (const [j, length] of lengths.entries()) {
          const { ids, typeIds } = tokenizer.encode(a, b, length);
          assert.deepEqual({ ids, typeIds }, expected.cutPair[i]![j], `${JSON.stringify([a, b])} in ${length}`);
        }
      }
    });

    test("words give transformers' ids, and each piece its word", async () => {
      const tokenizer = await loading;
      for (const { words, maxLength, ...wanted } of expected.split) {
        const { ids, typeIds, wordIds } = tokenizer.encodeWords(words, maxLength);
        assert.deepEqual({ ids, typeIds, wordIds }, wanted, words.join(" "));
      }
    });
  });

/** TEXT and PAIR of test/fixtures/models/make.py. */
const BATCH: [text: string, pair?: string][] = [
  ["a gripping , funny and moving film ."],
  ["the plot is thin and the jokes fall flat ."],
  ["how many people live in Oslo ?", "the answer is 700 thousand ."],
  ["the committee approved the budget on Tuesday .", "money was granted ."],
  ["an utterly charming performance !"],
  ["dull , slow and far too long .", "it drags on ."],
  ["we propose a method to train binary masks ."],
  ["results show that masks match finetuning ."],
  ["she said that the river was frozen in January .", "the river was not frozen ."],
  ["Is the moon made of cheese ?", "the moon is rock ."],
];

for (const family of ["bert", "roberta", "distilbert"])
  test(`the batch of tiny-${family} comes out of its tokenizer`, async () => {
    const tokenizer = await loadTokenizer(`test/fixtures/models/tiny-${family}`);
    const file = `test/fixtures/models/tiny-${family}/forward.safetensors`;
    const { header, bytesOf } = decodeSafetensors(new Uint8Array(readFileSync(file)), file);
    const length = header.entries.get("input_ids")!.shape[1]!;
    const inFile = (name: string, row: number) =>
      Array.from(new BigInt64Array(bytesOf(name).slice().buffer).subarray(row * length, (row + 1) * length), Number);
    for (const [row, [text, pair]] of BATCH.entries()) {
      const { ids, typeIds } = tokenizer.encode(text, pair, 64);
      const padding = (id: number) => new Array<number>(length - ids.length).fill(id);
      assert.deepEqual([...ids, ...padding(tokenizer.padId)], inFile("input_ids", row));
      assert.deepEqual([...ids.map(() => 1), ...padding(0)], inFile("attention_mask", row));
      if (family === "bert") assert.deepEqual([...typeIds, ...padding(0)], inFile("token_type_ids", row));
    }
  });

test("special pieces are known by id", async () => {
  const { padId, clsId, sepId, size } = await loadTokenizer("test/fixtures/models/tiny-roberta");
  assert.deepEqual({ padId, clsId, sepId, size }, { padId: 1, clsId: 0, sepId: 2, size: 340 });
});

test("vocab.txt alone tokenizes as tokenizer.json does", async () => {
  writeFileSync(path.join(folder, "vocab.txt"), readFileSync("media/sample/model/vocab.txt"));
  const tokenizer = await loadTokenizer(folder);
  for (const [i, text] of texts.entries())
    assert.deepEqual(tokenizer.encode(text, undefined, 10_000).ids, tokenizers["media/sample/model"]!.single[i]!.ids);
  const [a, b] = pairs[0]!;
  assert.deepEqual(tokenizer.encode(a, b, 10_000).typeIds, tokenizers["media/sample/model"]!.pair[0]!.typeIds);
});

test("vocab.txt keeps capitals where tokenizer_config.json says so", async () => {
  const cased = mkdtempSync(path.join(folder, "cased-"));
  writeFileSync(path.join(cased, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmask\nMask\n");
  assert.deepEqual((await loadTokenizer(cased)).encode("Mask", undefined, 8).ids, [2, 4, 3]);
  writeFileSync(path.join(cased, "tokenizer_config.json"), '{"do_lower_case": false}');
  assert.deepEqual((await loadTokenizer(cased)).encode("Mask", undefined, 8).ids, [2, 5, 3]);
});

test("a tokenizer that does not fit its model is refused in one sentence", async () => {
  const broken = mkdtempSync(path.join(folder, "broken-"));
  await assert.rejects(loadTokenizer(broken), /there is neither tokenizer\.json nor vocab\.txt; put the model's/);
  writeFileSync(path.join(broken, "vocab.txt"), "[PAD]\n[UNK]\n");
  await assert.rejects(
    loadTokenizer(broken),
    /vocab\.txt: the special token "\[CLS\]" is not in the vocabulary; use the tokenizer/,
  );
  writeFileSync(path.join(broken, "tokenizer.json"), "{");
  await assert.rejects(loadTokenizer(broken), /tokenizer\.json: the file is not JSON/);
  writeFileSync(path.join(broken, "tokenizer.json"), '{"model": {"type": "WordPiece"}}');
  await assert.rejects(
    loadTokenizer(broken),
    /tokenizer\.json, model\.vocab: the vocabulary is empty; use the tokenizer/,
  );
  await assert.rejects(
    loadTokenizer("test/fixtures/models/tiny-bert", 100),
    /tokenizer\.json: the tokenizer has ids up to 179, but the model embeds only 100 tokens; use the tokenizer/,
  );
});
