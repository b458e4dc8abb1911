// What follows from a tokenizer's class: which class counts, and tokenizers that add few or no special tokens.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { encodeExample } from "../../../src/data/encode.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";
import { changed, FIXTURES } from "./folders.ts";

const bare = { bare: true };

test("a few model types have a class whatever the files name, which a note says", async () => {
  const mistral = await loadTokenizer(
    changed("llama-json", { "config.json": { model_type: "mistral" } }),
    undefined,
    bare,
  );
  assert.deepEqual(mistral.notes, [
    "tokenizer_config.json names the tokenizer class LlamaTokenizerFast, but TokenizersBackend is used for models of type mistral, as in transformers 5.",
  ]);
  const llama = await loadTokenizer(path.join(FIXTURES, "llama-json"), undefined, bare);
  assert.deepEqual(llama.notes, [
    "The normalizer of tokenizer.json is replaced by the one that LlamaTokenizerFast builds, as in transformers 5.",
    "The pre_tokenizer of tokenizer.json is replaced by the one that LlamaTokenizerFast builds, as in transformers 5.",
    'tokenizer.json sets unk_token to "<unk>", which LlamaTokenizerFast replaces with null, as in transformers 5.',
  ]);
});

test("a tokenizer that adds nothing around a text is for decoders, and not for documents", async () => {
  const none = changed("qwen2-json", {});
  await assert.rejects(loadTokenizer(none), /post_processor: no special tokens are added around a text; use the/);
  await assert.rejects(
    loadTokenizer(path.join(FIXTURES, "t5-json")),
    /post_processor: no special token is added before a text; use the tokenizer that belongs to the model/,
  );
  const tokenizer = await loadTokenizer(none, undefined, bare);
  assert.deepEqual(tokenizer.around, { before: [], after: [] });
  const document = { sentences: ["a", "b"], labels: [0, 1] };
  assert.throws(
    () => encodeExample("document", document, tokenizer, 32),
    /document tasks mark sentences by special tokens such as \[CLS\] and \[SEP\], but this tokenizer adds none before a text; use a model whose tokenizer adds both, such as BERT/,
  );
  const t5 = await loadTokenizer(path.join(FIXTURES, "t5-json"), undefined, bare);
  assert.deepEqual(t5.around, { before: [], after: [1] });
  assert.throws(() => t5.clsId, /adds none before a text/);
  assert.equal(t5.sepId, 1);
});

test("the language of a text must be in the vocabulary", async () => {
  const language = (key: string) => changed("mbart-json", { "tokenizer_config.json": { [key]: "xx_XX" } });
  for (const key of ["src_lang", "tgt_lang"])
    await assert.rejects(
      loadTokenizer(language(key), undefined, bare),
      /the special token "xx_XX" is not in the vocabulary/,
    );
});
