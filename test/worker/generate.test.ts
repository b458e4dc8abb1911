// The compute process's generated texts, through the channel as the editor asks for them.

import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { GenerationEvent } from "../../src/adaptation/generation/answer.ts";
import { InputError } from "../../src/errors.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { train } from "../../src/train/run.ts";
import { answers } from "../../src/worker/answers.ts";
import { Answerer, Asker, threadPort } from "../../src/worker/channel.ts";
import { Stopped } from "../../src/worker/errors.ts";
import type { Requests } from "../../src/worker/protocol.ts";
import { maskFile } from "../adaptation/tiny.ts";

let folder: string;
let stories: string;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "masklens-generate-"));
  const rows = Array.from({ length: 24 }, (_, i) => `${JSON.stringify({ text: `word ${i} and more of it` })}\n`);
  await writeFile(path.join(folder, "rows.jsonl"), rows.join(""));
  const task = path.join(folder, "stories.task.json");
  await writeFile(task, JSON.stringify({ name: "stories", kind: "language", files: { train: "rows.jsonl" } }));
  const model = path.resolve("test/fixtures/families/tiny-llama");
  const out = path.join(folder, "stories");
  for await (const _ of train(parseRunOptions({ model, task, out, maxSteps: 1, maxLength: 48 }))) void _;
  stories = path.join(out, "stories.mask.safetensors");
});

test("texts come in pieces, one after the other, and a stopped request reports how far it came", async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const asker = new Asker<Requests>(threadPort(port1));
  new Answerer<Requests>(threadPort(port2), answers);
  const classifier = await maskFile(folder, "two", ["no", "yes"]);
  const loaded = await asker.ask("load", { adaptations: [classifier, stories], device: "cpu" });
  assert.equal(loaded[0]!.generation, null);
  assert.deepEqual(loaded[1]!.generation!.settings.longest, { newTokens: 128 });
  assert.equal(loaded[1]!.generation!.isChat, false);

  const texts = ["word", "more"];
  const choice = { temperature: 2, topK: 0, newTokens: 20, seed: 3 };
  const request = { texts, choice, streams: true, before: 0 };
  const events: GenerationEvent[] = [];
  await asker.ask("generate", request, { onEvent: (event) => events.push(event) });
  const whole = events.flatMap((event) => (event.type === "generated" ? [event] : []));
  assert.deepEqual(
    whole.map(({ index, answer }) => [index, answer.text, answer.adaptation]),
    texts.map((text, i) => [i, text, stories]),
  );
  for (const { index, answer } of whole) {
    const pieces = events.flatMap((event) => (event.type === "piece" && event.index === index ? [event.piece] : []));
    assert.ok(answer.generated.startsWith(pieces.join("")), "no piece is taken back");
    assert.ok(answer.tokens <= 20 && answer.seconds > 0);
  }
  const together: GenerationEvent[] = [];
  await asker.ask("generate", { ...request, streams: false }, { onEvent: (event) => together.push(event) });
  const generated = (all: readonly GenerationEvent[]) =>
    all.flatMap((event) => (event.type === "generated" ? [event.answer.generated] : []));
  assert.deepEqual(generated(together), generated(events), "together or one by one");

  const stop = new AbortController();
  const seen: GenerationEvent[] = [];
  const endless = { ...request, texts: Array(1000).fill("word") };
  const stopped = asker.ask("generate", endless, {
    signal: stop.signal,
    onEvent(event) {
      seen.push(event);
      stop.abort();
    },
  });
  await assert.rejects(stopped, Stopped);
  assert.ok(seen.length < 20, `${seen.length} events`);
  await assert.rejects(
    asker.ask("generate", { ...request, only: [classifier] }),
    (error) => error instanceof InputError && /a sentence task classifies texts and generates none/.test(error.message),
  );
  const predictions: string[] = [];
  await asker.ask("ask", { texts }, { onEvent: ({ adaptation }) => predictions.push(adaptation) });
  assert.deepEqual(predictions, [classifier, classifier], "only classifiers predict");
  await asker.ask("load", { adaptations: [], device: "cpu" });
});
