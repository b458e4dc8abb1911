// How generated texts end, and how they are passed on while they grow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "../../../src/adaptation/generation/generate.ts";
import {
  DEFAULT_SAMPLING,
  DEFAULT_SETTINGS,
  type GenerationSettings,
} from "../../../src/adaptation/generation/settings.ts";
import { decoderOf } from "../../../src/data/tokenizer/decoders.ts";
import { letters, Script, Table } from "./table.ts";

const settings = (some: Partial<GenerationSettings>): GenerationSettings => ({ ...DEFAULT_SETTINGS, ...some });

/** The tokens of letters. */
const ids = (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 97);

/** A decoder of these tokens, which are the ids from 0. */
function decoderFor(tokens: readonly string[], config: object, cleans = false) {
  const decode = decoderOf(config, cleans, {});
  return {
    decode: (some: readonly number[], { more = false } = {}) =>
      decode(
        some.map((id) => tokens[id]!),
        more,
      ),
  };
}

test("a text ends before a stop string, also one that spans tokens, and says so", async () => {
  const stops = ["def", "ez"];
  for (const [script, text] of [
    ["abcdefgh", "abc"],
    ["abdedez", "abded"],
    ["dedefab", "de"],
  ] as const) {
    const pieces: string[] = [];
    const [found] = await generate(new Script(ids(script)), letters, [{ ids: [20] }], settings({ stops }), {
      onText: (piece) => pieces.push(piece),
    });
    assert.equal(found!.text, text);
    assert.equal(found!.finish, "stop");
    assert.equal(pieces.join(""), text);
  }
});

test("a token that holds a stop string and more ends the text before the string", async () => {
  const decoder = decoderFor(["one", " two\n\nthree", "four"], { type: "Fuse" });
  const [found] = await generate(new Script([0, 1, 2]), decoder, [{ ids: [] }], settings({ stops: ["\n\n"] }));
  assert.deepEqual([found!.text, found!.finish, found!.ids], ["one two", "stop", [0, 1]]);
});

test("an end token, the length and the last position each end a text and are named", async () => {
  const finished = async (some: Partial<GenerationSettings>, positions = 1000) => {
    const [found] = await generate(new Table(12, 3, positions), letters, [{ ids: [1, 2] }], settings(some));
    return [found!.finish, found!.ids.length];
  };
  const [, atEnd] = await finished({ endIds: [4, 5] });
  assert.deepEqual(await finished({ endIds: [4, 5] }), ["end", atEnd]);
  assert.deepEqual(await finished({ longest: { newTokens: 6 } }), ["length", 6]);
  assert.deepEqual(await finished({ longest: { allTokens: 6 } }), ["length", 4]);
  assert.deepEqual(await finished({}, 9), ["positions", 7]);
  assert.deepEqual(await finished({ beams: 3 }, 9), ["positions", 7]);
  await assert.rejects(
    finished({}, 2),
    /a prompt has 2 tokens, which leaves no room .* the model's 2 positions; shorten/,
  );
  await assert.rejects(finished({ longest: { allTokens: 2 } }), /no room for more within the maximum length; shorten/);
  await assert.rejects(finished({ beams: 2, sampling: DEFAULT_SAMPLING }), /beam search does not sample/);
});

test("logits that are not numbers are an error, not a text", async () => {
  const model = new Script([0]);
  model.start = async () => new Float32Array(300).fill(Number.NaN);
  for (const beams of [1, 2])
    await assert.rejects(
      generate(model, letters, [{ ids: [0] }], settings({ beams })),
      /logits are not finite numbers/,
    );
});

test("an abort keeps what was generated, and frees the model", async () => {
  for (const beams of [1, 2]) {
    const stop = new AbortController();
    const model = new Table(12, 3);
    const advance = model.advance.bind(model);
    model.advance = async (tokens, parents) => {
      if (model.steps === 4) stop.abort();
      return advance(tokens, parents);
    };
    const pieces: string[] = [];
    const prompts = [{ ids: [1] }, { ids: [2] }];
    const found = await generate(model, letters, prompts, settings({ beams }), {
      signal: stop.signal,
      onText: (piece, i) => i === 0 && pieces.push(piece),
    });
    assert.deepEqual(
      found.map(({ finish, ids }) => [finish, ids.length]),
      [
        ["aborted", 5],
        ["aborted", 5],
      ],
    );
    assert.equal(pieces.join(""), found[0]!.text);
    assert.equal(model.released, 1);
  }
  const before = await generate(new Table(12, 3), letters, [{ ids: [1] }], settings({}), {
    signal: AbortSignal.abort(),
  });
  assert.deepEqual([before[0]!.finish, before[0]!.text], ["aborted", ""]);
});

test("the text after a prompt keeps the space that decoding it alone would lose", async () => {
  const llama = {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  };
  const decoder = decoderFor(["▁Hello", "▁world", "<0xE2>", "<0x82>", "<0xAC>", "▁", "!"], llama);
  const pieces: string[] = [];
  const script = [1, 2, 3, 4, 5, 6];
  const [found] = await generate(new Script(script), decoder, [{ ids: [0] }], settings({ longest: { newTokens: 6 } }), {
    onText: (piece) => pieces.push(piece),
  });
  assert.equal(found!.text, " world€ !");
  assert.deepEqual(pieces, [" world", "€ ", "!"]);
});

test("beams stream their text in one piece, and searches of several prompts end one by one", async () => {
  const pieces: [string, number][] = [];
  const found = await generate(
    new Table(12, 9),
    letters,
    Array.from({ length: 5 }, (_, i) => ({ ids: [i] })),
    settings({ beams: 2, endIds: [3, 4] }),
    { onText: (piece, i) => pieces.push([piece, i]) },
  );
  const wanted = found.map(({ text }, i): [string, number] => [text, i]).filter(([text]) => text);
  assert.deepEqual(
    pieces.sort(([, a], [, b]) => a - b),
    wanted,
  );
});
