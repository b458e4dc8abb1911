// Tokenizers, from tokenizer.json and from vocabularies.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { loadTokenizer } from "../../src/data/tokenizer/tokenizer.ts";
import type { Files, FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";
import { mutateTable } from "./tables.ts";
import { TOKENIZER_WORDS } from "./words.ts";

const FIXTURES = "test/fixtures/tokenizers";
const WITH_CHAT = "test/fixtures/texts/decoder";

const TEXTS = [
  "a fine film, naïve and 東京!",
  "",
  "  [MASK] <mask>\r\n aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 12 34 ",
  "e\u0301\u200d😀 x".repeat(20),
];

async function readTokenizer(folder: string): Promise<void> {
  const tokenizer = await loadTokenizer(folder, 1000, { bare: true });
  for (const text of TEXTS) {
    tokenizer.encode(text, undefined, 32);
    tokenizer.encodeTarget(text, 32);
    tokenizer.encode(text, TEXTS[0], 16);
    const ids = tokenizer.piecesOf(text);
    for (const id of ids) tokenizer.spelling(id);
    for (const more of [false, true]) tokenizer.decode(ids, { more });
    if (text.trim()) tokenizer.encodeWords(text.trim().split(/\s+/), 10_000);
  }
}

const tokenizerFolders = (wanted: (names: readonly string[]) => boolean): Files[] =>
  readdirSync(FIXTURES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const files = readdirSync(path.join(FIXTURES, name)).filter((file) => file !== "expected.json");
      return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(FIXTURES, name, file))]));
    })
    .filter((files) => wanted(Object.keys(files)));

const CHAT = "chat_template.jinja";

export const TOKENIZERS: Readonly<Record<"tokenizer" | "vocabulary" | "chat", FuzzFormat>> = {
  tokenizer: {
    seeds: async () => tokenizerFolders((names) => names.includes("tokenizer.json")),
    mutate: (draw, files) => {
      const names = Object.keys(files).filter((name) => name.endsWith(".json"));
      const name = draw.chance(0.8) ? "tokenizer.json" : draw.pick(names);
      return { [name]: mutateJson(draw, files[name]!, TOKENIZER_WORDS) };
    },
    read: readTokenizer,
  },
  chat: {
    seeds: async () => {
      const names = readdirSync(WITH_CHAT);
      return [Object.fromEntries(names.map((name) => [name, readFileSync(path.join(WITH_CHAT, name))]))];
    },
    mutate: (draw, files) => ({ [CHAT]: mutateTable(draw, files[CHAT]!) }),
    read: async (folder) => {
      const { chatTemplate } = await loadTokenizer(folder, 1000, { bare: true });
      chatTemplate?.split([{ role: "user", content: "Say: \u{1f600}" }], "yes");
    },
  },
  vocabulary: {
    seeds: async () => tokenizerFolders((names) => !names.includes("tokenizer.json")),
    mutate: (draw, files) => {
      const name = draw.pick(Object.keys(files).filter((name) => name !== "config.json" || draw.chance(0.1)));
      const mutate = name.endsWith(".json") ? mutateJson : mutateTable;
      return { [name]: mutate(draw, files[name]!, TOKENIZER_WORDS) };
    },
    read: readTokenizer,
  },
};
