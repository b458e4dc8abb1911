// Conversations as text, against apply_chat_template of transformers (test/fixtures/texts/make.py).

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import * as jinja from "@huggingface/jinja";
import type { Message } from "../../../src/data/fields.ts";
import { ChatTemplate } from "../../../src/data/tokenizer/chat-template.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";

type Rendered = string | { error: string };
const { templates, tokens, chats } = JSON.parse(readFileSync("test/fixtures/texts/expected.json", "utf8")) as {
  templates: Record<string, string>;
  tokens: Record<string, string>;
  chats: { template: string; messages: Message[]; text: Rendered; begun: Rendered }[];
};
const FOLDER = "test/fixtures/texts/decoder";
const templateOf = (text: string) => new ChatTemplate({ text, place: { file: "x.jinja" } }, tokens, jinja);

for (const [name, text] of Object.entries(templates))
  test(`conversations are rendered as in transformers: ${name}`, () => {
    const template = templateOf(text);
    for (const { messages, ...wanted } of chats.filter(({ template }) => template === name))
      for (const [answers, expected] of [
        [false, wanted.text],
        [true, wanted.begun],
      ] as const)
        if (typeof expected === "string") assert.equal(template.render(messages, answers), expected);
        else
          assert.throws(() => template.render(messages, answers), {
            name: "InputError",
            message: new RegExp(
              `x\\.jinja: the chat template cannot render a conversation \\(.*${expected.error.slice(0, 20)}`,
            ),
          });
  });

test("a malformed template is an error only when a conversation is rendered", () => {
  const broken = templateOf("{% for message in messages %}");
  assert.throws(() => broken.render([], false), { name: "InputError" });
});

test("an answer that changes what comes before it cannot be told apart", () => {
  const asked = [{ role: "user", content: "a" }];
  assert.deepEqual(templateOf(templates.chatml!).split(asked, "b").target, "b<|im_end|>\n");
  assert.throws(
    () => templateOf("{{ messages | length }}").split(asked, "b"),
    /renders a conversation differently once the answer follows/,
  );
});

test("chat_template.jinja takes precedence over tokenizer_config.json, of whose templates the default counts", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "chat-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(FOLDER, folder, { recursive: true });
  const config = JSON.parse(readFileSync(path.join(folder, "tokenizer_config.json"), "utf8")) as object;
  const load = async (chat_template: unknown) => {
    writeFileSync(path.join(folder, "tokenizer_config.json"), JSON.stringify({ ...config, chat_template }));
    return (await loadTokenizer(folder, 1000, { bare: true })).chatTemplate?.render(
      [{ role: "user", content: "a" }],
      false,
    );
  };
  const chatml = chats.find(({ template }) => template === "chatml")!;
  assert.equal((await load("own"))!.slice(0, 10), (chatml.text as string).slice(0, 10));
  rmSync(path.join(folder, "chat_template.jinja"));
  assert.equal(await load("own {{ eos_token }}"), "own <|im_end|>");
  assert.equal(
    await load([
      { name: "default", template: "one" },
      { name: "rag", template: "two" },
    ]),
    "one",
  );
  assert.equal(await load(null), undefined);
  await assert.rejects(load([{ name: "rag", template: "two" }]), /name one of the templates "default"/);
});
