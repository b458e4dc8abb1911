// Tokenizers by all that their folders say: ids against those of transformers (make.py and families.py in test/fixtures/tokenizers), and folders
// that are refused.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { classNamed, TOKENIZER_CLASSES } from "../../../src/data/tokenizer/classes.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";
import { changed, FIXTURES } from "./folders.ts";

interface Pieces {
  ids: number[];
  typeIds: number[];
}
interface Words {
  ids: number[];
  wordIds: (number | null)[];
}
interface Expected {
  /** `single` has the ids of every n-th text only. */
  every?: number;
  single: number[][];
  cut: number[][][];
  pair: Pieces[];
  cutPair: Pieces[][];
  words: Words[];
  cutWords: Words[][];
  target?: number[][];
}

const read = <T>(file: string): T => JSON.parse(readFileSync(path.join(FIXTURES, file), "utf8")) as T;
const { texts, pairs, lengths, words } = read<{
  texts: string[];
  pairs: [string, string][];
  lengths: number[];
  words: string[][];
}>("texts.json");
const LONG = 10_000;

for (const entry of readdirSync(FIXTURES, { withFileTypes: true }).filter((file) => file.isDirectory()))
  describe(entry.name, async () => {
    const expected = read<Expected>(`${entry.name}/expected.json`);
    const tokenizer = await loadTokenizer(path.join(FIXTURES, entry.name), undefined, { bare: true });
    const encoded = (a: string, b: string | undefined, length: number): Pieces => {
      const { ids, typeIds } = tokenizer.encode(a, b, length);
      return { ids: [...ids], typeIds: [...typeIds] };
    };
    const ofWords = (sentence: string[], length: number): Words => {
      const { ids, wordIds } = tokenizer.encodeWords(sentence, length);
      return { ids: [...ids], wordIds: [...wordIds] };
    };

    test("texts in every script give transformers' ids", () => {
      const some = texts.filter((_, i) => i % (expected.every ?? 1) === 0);
      assert.equal(expected.single.length, some.length);
      for (const [i, text] of some.entries())
        assert.deepEqual(encoded(text, undefined, LONG).ids, expected.single[i], JSON.stringify(text));
    });

    test("a text that is too long loses the end that transformers takes", () => {
      for (const [i, cut] of expected.cut.entries())
        for (const [j, ids] of cut.entries())
          assert.deepEqual(encoded(texts[6 * i]!, undefined, lengths[j]!).ids, ids, JSON.stringify(texts[6 * i]));
    });

    test("pairs give transformers' ids and segments, whole and cut", () => {
      for (const [i, [a, b]] of pairs.entries()) {
        assert.deepEqual(encoded(a, b, LONG), expected.pair[i], JSON.stringify([a, b]));
        for (const [j, length] of lengths.entries())
          assert.deepEqual(encoded(a, b, length), expected.cutPair[i]![j], `${JSON.stringify([a, b])} in ${length}`);
      }
    });

    if (expected.target)
      test("texts to generate give transformers' ids, with their own language", () => {
        for (const [i, ids] of expected.target!.entries())
          assert.deepEqual(tokenizer.encodeTarget(texts[4 * expected.every! * i]!, LONG).ids, ids);
      });

    test("words of a sentence give transformers' ids and word numbers", () => {
      const cutsLeft = ["bert-vocab-cased", "llama3-json"].includes(entry.name);
      for (const [i, sentence] of words.entries()) {
        assert.deepEqual(ofWords(sentence, LONG), expected.words[i], JSON.stringify(sentence));
        for (const [j, length] of lengths.entries())
          if (cutsLeft && expected.words[i]!.ids.length > length)
            assert.throws(() => ofWords(sentence, length), /would cut off its start.*"truncation_side": "right"/);
          else
            assert.deepEqual(
              ofWords(sentence, length),
              expected.cutWords[i]![j],
              `${JSON.stringify(sentence)} in ${length}`,
            );
      }
    });
  });

const refused = (fixture: string, files: Parameters<typeof changed>[1], sentence: RegExp) =>
  assert.rejects(loadTokenizer(changed(fixture, files)), { name: "InputError", message: sentence });

test("a tokenizer class that is not read is refused by its name, with the way to one that is", async () => {
  for (const name of ["BertJapaneseTokenizer", "BertweetTokenizer", "PhobertTokenizer"])
    await refused(
      "bert-json",
      { "tokenizer_config.json": { tokenizer_class: name } },
      new RegExp(
        `tokenizer_config\\.json, tokenizer_class: the tokenizer class ${name} is not supported \\(.+\\); use a model whose tokenizer class is one of BertTokenizer, .+ \\(transformers cannot create a tokenizer\\.json`,
      ),
    );
  for (const name of ["XLNetTokenizerFast", "BigBirdTokenizer", "MyTokenizer"])
    await refused(
      "bert-vocab",
      { "config.json": { tokenizer_class: name } },
      new RegExp(
        `config\\.json, tokenizer_class: the tokenizer class ${name} is not supported; the supported classes are BertTokenizer, .+; write a tokenizer\\.json in Python with .+backend_tokenizer\\.save.+"tokenizer_class": "PreTrainedTokenizerFast"`,
      ),
    );
});

test("every class that is read has its fast name, too", () => {
  for (const kind of TOKENIZER_CLASSES)
    for (const name of kind.names)
      for (const spelled of [name, `${name}Fast`]) assert.equal(classNamed(spelled, {}), kind, spelled);
});

test("the class of tokenizer_config.json outweighs that of config.json", async () => {
  const both = changed("bert-vocab", {
    "config.json": { tokenizer_class: "GPT2Tokenizer" },
    "tokenizer_config.json": { tokenizer_class: "BertTokenizer" },
  });
  assert.deepEqual(
    (await loadTokenizer(both)).encode(texts[0]!, undefined, LONG).ids,
    read<Expected>("bert-vocab/expected.json").single[0],
  );
});

test("what outweighs tokenizer.json is said", async () => {
  const { notes } = await loadTokenizer(path.join(FIXTURES, "bert-json-cased"));
  assert.deepEqual(notes, [
    "tokenizer.json sets lowercase to true, but tokenizer_config.json sets do_lower_case to false, which takes precedence, as in transformers.",
  ]);
  assert.deepEqual((await loadTokenizer(path.join(FIXTURES, "bert-vocab"))).notes, []);
  const { model } = read<{ model: object }>("bert-json/tokenizer.json");
  const replaced = changed("bert-json-cased", {
    "tokenizer_config.json": { do_lower_case: true, tokenizer_class: "BertTokenizer" },
    "tokenizer.json": {
      pre_tokenizer: { type: "WhitespaceSplit" },
      model: { ...model, max_input_chars_per_word: 50 },
      post_processor: { type: "BertProcessing", cls: ["[MASK]", 4], sep: ["[SEP]", 3] },
    },
  });
  const tokenizer = await loadTokenizer(replaced);
  assert.deepEqual(tokenizer.notes, [
    "The pre_tokenizer of tokenizer.json is replaced by the one that BertTokenizer builds, as in transformers 5.",
    "The post_processor of tokenizer.json is replaced by the one that BertTokenizer builds, as in transformers 5.",
    "tokenizer.json sets max_input_chars_per_word to 50, which BertTokenizer replaces with 100, as in transformers 5.",
  ]);
  const { single } = read<Expected>("bert-vocab/expected.json");
  for (const [i, text] of texts.entries()) assert.deepEqual(tokenizer.encode(text, undefined, LONG).ids, single[i]);
  const asItIs = changed("bert-json", {
    "tokenizer_config.json": {
      do_lower_case: false,
      strip_accents: null,
      tokenize_chinese_chars: true,
      tokenizer_class: "PreTrainedTokenizerFast",
    },
  });
  assert.deepEqual((await loadTokenizer(asItIs)).notes, [
    "tokenizer_config.json sets do_lower_case to false, but PreTrainedTokenizerFast uses tokenizer.json as it is, and that file sets lowercase to true.",
  ]);
  const basic = changed("bert-vocab", { "tokenizer_config.json": { do_basic_tokenize: false } });
  assert.deepEqual((await loadTokenizer(basic)).notes, [
    "tokenizer_config.json: do_basic_tokenize is ignored, as in transformers 5.",
  ]);
});

test("vocabularies in other formats are refused by their file, with the next step", async () => {
  for (const name of ["sentencepiece.bpe.model", "spiece.model", "tokenizer.model"]) {
    const file = new RegExp(
      `${name.replaceAll(".", "\\.")}: a sentencepiece vocabulary is not supported without a tokenizer\\.json; `,
    );
    await refused(
      "camembert-json",
      { [name]: "x", "tokenizer.json": null },
      new RegExp(`${file.source}write a tokenizer.json .*save_pretrained`),
    );
    await refused(
      "bert-vocab",
      { [name]: "x" },
      new RegExp(`${file.source}name the tokenizer class in tokenizer_config\\.json`),
    );
  }
  await refused(
    "llama-json",
    { "tokenizer.model": "x", "tokenizer.json": null },
    /tokenizer\.model: a sentencepiece vocabulary is not supported without a tokenizer\.json; write a tokenizer\.json/,
  );
  await refused(
    "bert-vocab",
    { "bpe.codes": "x" },
    /bpe\.codes: a fastBPE vocabulary is not supported; use a model that comes with a tokenizer\.json/,
  );
  await refused(
    "xlm-roberta-json",
    { "tokenizer.json": null },
    /there is no tokenizer\.json, which XLMRobertaTokenizer needs; put the model's tokenizer\.json in this folder/,
  );
  await refused(
    "roberta-files",
    { "merges.txt": null },
    /merges\.txt is missing; put it in the folder with the other tokenizer files/,
  );
  await refused("roberta-files", { "vocab.json": null }, /vocab\.json is missing/);
  await refused(
    "roberta-files",
    { "vocab.json": null, "merges.txt": null },
    /there is neither tokenizer\.json nor vocab\.json with merges\.txt; put the model's/,
  );
});

test("merges are refused with their line", async () => {
  const first = readFileSync(path.join(FIXTURES, "roberta-files/merges.txt"), "utf8").split("\n")[1]!;
  await refused(
    "roberta-files",
    { "merges.txt": `#version: 0.2\n${first}\nt h e\n` },
    /merges\.txt, line 3: "t h e" is not two tokens separated by a space/,
  );
  await refused("roberta-files", { "merges.txt": `${first}\n\n` }, /merges\.txt, line 2: "" is not two tokens/);
  await refused("roberta-files", { "merges.txt": "t 好\n" }, /merges\.txt, line 1: "好" is not in vocab\.json/);
});

test("files that contradict each other are refused", async () => {
  const size = readFileSync(path.join(FIXTURES, "bert-vocab/vocab.txt"), "utf8").split("\n").length - 1;
  await refused(
    "bert-vocab",
    { "added_tokens.json": { "[E1]": size + 1 } },
    new RegExp(
      `added_tokens\\.json, \\[E1\\]: "\\[E1\\]" has the id ${size + 1} here, but the next free id is ${size}; use`,
    ),
  );
  await refused(
    "bert-vocab",
    { "tokenizer_config.json": { added_tokens_decoder: { 7: { content: "[CLS]", special: true } } } },
    /tokenizer_config\.json, added_tokens_decoder 7: "\[CLS\]" has the id 7 here, but the id 2 elsewhere/,
  );
  await refused(
    "roberta-json",
    { "tokenizer_config.json": { added_tokens_decoder: {}, mask_token: null } },
    /tokenizer\.json, added_tokens: the added token "<mask>" is missing from added_tokens_decoder/,
  );
  const state = read<{ model: object; post_processor: object }>("generic-json/tokenizer.json");
  await refused(
    "bert-json",
    { "tokenizer.json": { model: state.model } },
    /tokenizer\.json, model: the model is BPE, but BertTokenizerFast is a WordPiece tokenizer; to use tokenizer\.json as it is, set/,
  );
  await refused(
    "generic-json",
    { "tokenizer.json": { post_processor: { type: "BertProcessing", cls: ["<s>", 5], sep: ["</s>", 1] } } },
    /tokenizer\.json: the special token "<s>" has the id 5 here, but 0 in the vocabulary/,
  );
});

test("parts of a tokenizer.json that are not read are refused by name", async () => {
  const { model } = read<{ model: object }>("generic-json/tokenizer.json");
  const part = (change: object, sentence: RegExp) => refused("generic-json", { "tokenizer.json": change }, sentence);
  await part(
    { normalizer: { type: "Nmt" } },
    /tokenizer\.json, normalizer: the normalizer "Nmt" is not supported; use a tokenizer whose normalizers are among BertNormalizer/,
  );
  await part(
    { pre_tokenizer: { type: "UnicodeScripts" } },
    /pre_tokenizer: the pre-tokenizer "UnicodeScripts" is not supported/,
  );
  await part(
    { pre_tokenizer: { type: "Split", pattern: { Regex: "\\s+" }, behavior: "Removed" } },
    /the pattern "\\\\s\+" is not supported; use a tokenizer whose patterns are literal/,
  );
  await part(
    { model: { type: "WordLevel", vocab: { a: 0 } } },
    /model: the model "WordLevel" is not supported; use a tokenizer whose model is one of BPE, Unigram, WordPiece/,
  );
  await part(
    { model: { ...model, dropout: 0.1 } },
    /model\.dropout: dropout 0\.1 makes tokenization random; set it to null/,
  );
  await part({ post_processor: null }, /no special tokens are added around a text/);
  for (const type of ["constructor", "toString"])
    await part({ post_processor: { type } }, /no special tokens are added around a text/);
  await part(
    { post_processor: { type: "TemplateProcessing", single: [null], pair: [null] } },
    /post_processor\.single: null is not an object/,
  );
});

test("a damaged table of replacements is refused in one sentence", async () => {
  const { normalizer } = read<{ normalizer: { normalizers: { precompiled_charsmap: string }[] } }>(
    "xlm-roberta-json/tokenizer.json",
  );
  const table = Buffer.from(normalizer.normalizers[0]!.precompiled_charsmap, "base64");
  const withTable = (bytes: string) => ({
    "tokenizer.json": { normalizer: { type: "Precompiled", precompiled_charsmap: bytes } },
  });
  const sentence = (what: string) =>
    new RegExp(`tokenizer\\.json, normalizer: precompiled_charsmap is damaged \\(${what}\\); save the tokenizer again`);
  await refused("xlm-roberta-json", withTable("!"), sentence("it is not base64"));
  await refused(
    "xlm-roberta-json",
    withTable(table.subarray(0, 9).toString("base64")),
    sentence("the table extends beyond the end of the data"),
  );
  const textless = table.subarray(0, 4 + table.readUInt32LE(0)).toString("base64");
  const tokenizer = await loadTokenizer(changed("xlm-roberta-json", withTable(textless)));
  assert.throws(
    () => tokenizer.encode("\uff37", undefined, 8),
    sentence("a replacement is beyond the end of the data"),
  );
});

test("options that are neither true nor false are refused", async () => {
  for (const value of [null, "false", 0])
    await refused(
      "bert-vocab",
      { "tokenizer_config.json": { do_lower_case: value } },
      /tokenizer_config\.json, do_lower_case: .+ is neither true nor false; write true or false/,
    );
  await refused(
    "bert-vocab",
    { "tokenizer_config.json": { truncation_side: "middle" } },
    /truncation_side: "middle" is neither "left" nor "right"/,
  );
});

test("a token beyond the model's embedding is refused, at once where a file names it and else where a text has it", async () => {
  const added = path.join(FIXTURES, "bert-vocab-added");
  const { size } = await loadTokenizer(added);
  await assert.rejects(
    loadTokenizer(added, size - 1),
    new RegExp(`the tokenizer has ids up to ${size - 1}, but the model embeds only ${size - 1} tokens`),
  );
  const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nfilm\n";
  const maskless = await loadTokenizer(changed("bert-vocab", { "vocab.txt": vocabulary }), 5);
  assert.deepEqual(maskless.encode("film", undefined, 8).ids, [2, 4, 3]);
  assert.throws(
    () => maskless.encode("film [MASK]", undefined, 8),
    /a text contains the token "\[MASK\]", whose id \(5\) is beyond the 5 tokens that the model embeds/,
  );
});
