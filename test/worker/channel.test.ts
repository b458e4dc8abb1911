// The channel by itself, between the two ends of a MessageChannel: no process and no thread.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { InputError } from "../../src/errors.ts";
import { Answerer, type Answers, Asker, type FindModels, threadPort } from "../../src/worker/channel.ts";
import { Stopped } from "../../src/worker/errors.ts";

interface Fake {
  count: { params: { to: number }; event: number; answer: number };
  refuse: { params: null; event: never; answer: null };
  unsendable: { params: null; event: never; answer: unknown };
  wait: { params: null; event: string; answer: null };
  /** Waits with what throws an AbortError when it is cancelled, as node's own functions do. */
  abort: { params: null; event: string; answer: null };
  look: { params: null; event: never; answer: readonly string[][] };
}

const answers: Answers<Fake> = {
  async count({ to }, { emit }) {
    for (let i = 0; i < to; i++) {
      emit(i);
      await new Promise(setImmediate);
    }
    return to;
  },
  refuse: async () => {
    throw new InputError("it is wrong", { file: "a.csv" }, "put it right", { cause: new Error("unexpected token") });
  },
  unsendable: async () => () => undefined,
  wait: (_, { emit, signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Stopped("stopped at step 7")));
      emit("waiting");
    }),
  abort: (_, { emit, signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      emit("waiting");
    }),
  look: async (_, { models }) => [[...(await models())], [...(await models())]],
};

function ends(t: TestContext, models?: FindModels) {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const asker = new Asker<Fake>(threadPort(port1), models);
  return { asker, answerer: new Answerer<Fake>(threadPort(port2), answers) };
}

test("requests that are open together get their own events, in order, and their own answers", async (t) => {
  const { asker } = ends(t);
  const events: number[][] = [[], []];
  const asked = [3, 2].map((to, i) => asker.ask("count", { to }, { onEvent: (n) => events[i]!.push(n) }));
  assert.deepEqual(await Promise.all(asked), [3, 2]);
  assert.deepEqual(events, [
    [0, 1, 2],
    [0, 1],
  ]);
});

test("a handler that throws, one that is not there and an answer that cannot be sent each give one error", async (t) => {
  const { asker } = ends(t);
  await assert.rejects(asker.ask("refuse", null), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, "a.csv: it is wrong; put it right.");
    assert.equal((error.cause as Error).message, "unexpected token");
    return true;
  });
  await assert.rejects(asker.ask("nothing" as "refuse", null), /unknown request nothing/);
  await assert.rejects(asker.ask("toString" as "refuse", null), /unknown request toString/);
  await assert.rejects(asker.ask("unsendable", null), /could not be cloned/);
  assert.equal(await asker.ask("count", { to: 1 }), 1);
});

test("parameters that cannot be sent reject at once and leave nothing open", async (t) => {
  const { asker } = ends(t);
  await assert.rejects(asker.ask("count", { to: (() => 1) as unknown as number }), /could not be cloned/);
  assert.equal(await asker.ask("count", { to: 1 }), 1);
});

test("a cancelled request is stopped, whether its handler says where or only aborts", async (t) => {
  const { asker } = ends(t);
  for (const [name, message] of [
    ["wait", "stopped at step 7"],
    ["abort", "stopped"],
  ] as const) {
    const controller = new AbortController();
    const asking = { onEvent: () => controller.abort(), signal: controller.signal };
    await assert.rejects(asker.ask(name, null, asking), { name: "Stopped", message });
  }
});

test("a channel that closes rejects what is open with the reason, and as stopped what was cancelled", async (t) => {
  const { asker } = ends(t);
  const controller = new AbortController();
  const open = asker.ask("wait", null);
  const cancelled = asker.ask("wait", null, { signal: controller.signal });
  controller.abort();
  asker.close(new Error("the other end is gone"));
  asker.close(new Error("a second reason"));
  await assert.rejects(open, { name: "Error", message: "the other end is gone" });
  await assert.rejects(cancelled, { name: "Stopped", message: "the other end is gone" });
  await assert.rejects(asker.ask("count", { to: 1 }), { message: "the other end is gone" });
});

test("an end that stops waits for its open requests, and lets go who waits for models", async (t) => {
  const { asker, answerer } = ends(t, () => new Promise(() => undefined));
  const begun = new Promise<void>((resolve) => {
    asker.ask("wait", null, { onEvent: () => resolve() }).catch(() => undefined);
  });
  const looked = asker.ask("look", null);
  await begun;
  await answerer.stop();
  assert.deepEqual(await looked, [[], []]);
});

test("models are asked for once a request, and a search that fails finds none", async (t) => {
  let searches = 0;
  const models = async () => {
    searches++;
    if (searches > 1) throw new Error("no search");
    return ["a", "b"];
  };
  const { asker } = ends(t, models);
  assert.equal(await asker.ask("count", { to: 1 }), 1);
  assert.equal(searches, 0);
  assert.deepEqual(await asker.ask("look", null), [
    ["a", "b"],
    ["a", "b"],
  ]);
  assert.equal(searches, 1);
  assert.deepEqual(await asker.ask("look", null), [[], []]);
});
