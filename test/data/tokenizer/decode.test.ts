// Text from ids and tokens, against transformers' and tokenizers' (test/fixtures/tokenizers/decode.py), and while it grows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decoderOf } from "../../../src/data/tokenizer/decoders.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";

interface Tokens {
  tokens: string[];
  text: string;
}

const FIXTURES = "test/fixtures/tokenizers";
const { folders, decoders, cleaned } = JSON.parse(readFileSync(`${FIXTURES}/decoded.json`, "utf8")) as {
  folders: Record<string, { ids: number[]; text: string; special: string }[]>;
  decoders: { decoder: object | null; cases: Tokens[] }[];
  cleaned: Tokens[];
};

/** Replaces what spans tokens. */
const JOINED = {
  type: "Sequence",
  decoders: [{ type: "Fuse" }, { type: "Replace", pattern: { String: "ab" }, content: "_" }],
};
const place = { file: "tokenizer.json", at: "decoder" };

test("ids give transformers' text in every folder, with and without special tokens", async () => {
  for (const [folder, cases] of Object.entries(folders)) {
    const tokenizer = await loadTokenizer(`${FIXTURES}/${folder}`, undefined, { bare: true });
    for (const { ids, text, special } of cases) {
      assert.equal(tokenizer.decode(ids), text, `${folder} ${ids}`);
      assert.equal(tokenizer.decode(ids, { special: true }), special, `${folder} ${ids}`);
    }
  }
});

test("every decoder gives tokenizers' text", () => {
  for (const { decoder, cases } of decoders)
    for (const { tokens, text } of cases)
      assert.equal(decoderOf(decoder, false, place)(tokens, false), text, JSON.stringify([decoder, tokens]));
});

test("cleaning removes the spaces that transformers removes", () => {
  for (const { tokens, text } of cleaned)
    assert.equal(decoderOf({ type: "Fuse" }, true, place)(tokens, false), text, JSON.stringify(tokens));
});

test("what is settled of a text that grows stays, and soon follows the tokens", () => {
  const all = [
    ...decoders.flatMap(({ decoder, cases }) => cases.map(({ tokens }) => ({ decoder, cleans: false, tokens }))),
    ...[["x", "a", "b", "x"]].map((tokens) => ({ decoder: JOINED, cleans: false, tokens })),
    ...cleaned.map(({ tokens }) => ({ decoder: { type: "Fuse" }, cleans: true, tokens })),
  ];
  let [settledEarly, possible] = [0, 0];
  for (const { decoder, cleans, tokens } of all) {
    const decode = decoderOf(decoder, cleans, place);
    const whole = decode(tokens, false);
    let before = "";
    for (let count = 1; count <= tokens.length; count++) {
      const settled = decode(tokens.slice(0, count), true);
      assert.ok(
        settled.startsWith(before) && whole.startsWith(settled),
        JSON.stringify([decoder, tokens, count, settled]),
      );
      before = settled;
      if (count < tokens.length) {
        settledEarly += settled.length;
        possible += decode(tokens.slice(0, count), false).length;
      }
    }
  }
  assert.ok(settledEarly > 0.75 * possible, `${settledEarly} of ${possible} characters`);
});

test("a character of several tokens is settled when its last byte has come", () => {
  const decode = decoderOf({ type: "ByteLevel" }, false, place);
  const tokens = ["â", "Ĥ", "¬", "!"];
  assert.deepEqual(
    tokens.map((_, i) => decode(tokens.slice(0, i + 1), true)),
    ["", "", "€", "€!"],
  );
});

test("a decoder that is unknown or malformed is refused", () => {
  const refused = (decoder: unknown, message: RegExp) =>
    assert.throws(() => decoderOf(decoder, false, place), { name: "InputError", message });
  refused(
    { type: "CTC" },
    /tokenizer\.json, decoder: the decoder "CTC" is not supported; use .* BPEDecoder, ByteFallback/,
  );
  refused({ type: "constructor" }, /"constructor" is not supported/);
  refused("ByteLevel", /the decoder "" is not supported/);
  refused({ type: "Strip", content: " ", start: -1 }, /decoder\.start: -1 is not a whole number/);
  refused({ type: "Replace", pattern: { Regex: "(a|b)*" } }, /the pattern "\(a\|b\)\*" is not supported/);
  let nested: object = { type: "Fuse" };
  for (let i = 0; i < 200; i++) nested = { type: "Sequence", decoders: [nested] };
  refused(nested, /more than 100 parts/);
});
