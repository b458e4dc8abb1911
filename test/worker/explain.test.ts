// The compute process's answers about evidence, through the channel as the editor asks for them.
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { InputError } from "../../src/errors.ts";
import { answers } from "../../src/worker/answers.ts";
import { Answerer, Asker, threadPort } from "../../src/worker/channel.ts";
import { Stopped } from "../../src/worker/errors.ts";
import type { Requests } from "../../src/worker/protocol.ts";
import { maskFile } from "../adaptation/tiny.ts";

test("evidence is computed under the loaded masks, reports its progress, and can be stopped in the middle of its check", async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const asker = new Asker<Requests>(threadPort(port1));
  new Answerer<Requests>(threadPort(port2), answers);
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-explain-"));
  const adaptation = await maskFile(folder, "two", ["no", "yes"]);
  const params = { adaptation, text: "the river was frozen and the moon was thin", label: "yes", deletion: true };
  await assert.rejects(
    asker.ask("explain", params),
    (error) => error instanceof InputError && /load/.test(error.message),
  );
  await asker.ask("load", { adaptations: [adaptation], device: "cpu" });

  const progress: number[] = [];
  const { deletion, tokens } = await asker.ask("explain", params, { onEvent: ({ done }) => progress.push(done) });
  assert.equal(tokens.length, 11);
  assert.equal(deletion!.deleted.at(-1), 9);
  assert.ok(progress.length > 3 && progress.every((done, i) => i === 0 || done > progress[i - 1]!));

  const stop = new AbortController();
  let seen = 0;
  const stopped = asker.ask("explain", params, {
    signal: stop.signal,
    onEvent: () => {
      seen++;
      stop.abort();
    },
  });
  await assert.rejects(stopped, Stopped);
  assert.ok(seen < progress.length, `${seen} of ${progress.length} batches`);
  assert.equal((await asker.ask("explain", { ...params, deletion: false })).deletion, null, "it answers as before");
  await asker.ask("load", { adaptations: [], device: "cpu" });
});
