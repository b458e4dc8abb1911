import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants, getPriority, tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { InputError } from "../../src/errors.ts";
import { isAlive } from "../../src/processes.ts";
import type { Answers } from "../../src/worker/channel.ts";
import { type ClientOptions, WorkerClient } from "../../src/worker/client.ts";
import { Stopped } from "../../src/worker/errors.ts";
import { serve } from "../../src/worker/serve.ts";
import { startWatchdog } from "../../src/worker/watchdog.ts";
import { HANG, until } from "../host/until.ts";
import { orphans } from "./orphans.ts";

// This file is its own compute process, and the parent of one that is killed: its first argument says which.
const self = fileURLToPath(import.meta.url);

interface Fake {
  double: { params: Float32Array; event: never; answer: Float32Array };
  count: { params: { to: number }; event: number; answer: number };
  refuse: { params: null; event: never; answer: null };
  fault: { params: null; event: never; answer: null };
  wait: { params: { heedless: boolean; note?: string }; event: string; answer: null };
  /** Computes without a pause, as a step does, until the parent has died, and only then reports it. */
  work: { params: { note: string }; event: string; answer: null };
  crash: { params: { how: "exit" | "kill" | "throw" }; event: never; answer: null };
  look: { params: null; event: never; answer: string[] };
  where: { params: null; event: never; answer: { folder: string; files: string[]; environment: NodeJS.ProcessEnv } };
  /** Blocks the main thread, without progress, until a file is there. */
  block: { params: { until: string }; event: string; answer: null };
  /** Blocks the main thread in a regular expression for longer than anyone waits. */
  regex: { params: null; event: string; answer: null };
}

const answers: Answers<Fake> = {
  double: async (values) => values.map((value) => 2 * value),
  count: async ({ to }, { emit }) => {
    for (let i = 0; i < to; i++) emit(i);
    return to;
  },
  refuse: async () => {
    const cause = new Error("unexpected token");
    throw new InputError("it is wrong", { file: "a.csv", at: "line 3" }, "put it right", { cause });
  },
  fault: async () => {
    throw new TypeError("a bug");
  },
  wait: ({ heedless, note }, { emit, signal }) =>
    new Promise((_, reject) => {
      setInterval(() => undefined, 1000);
      emit("waiting");
      if (heedless) return;
      const stop = () => {
        if (note) writeFileSync(note, "stopped at step 7");
        reject(new Stopped("stopped at step 7"));
      };
      // After `work` the signal may have fired before anyone listens.
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop);
    }),
  work({ note }, context) {
    const parent = process.ppid; // it is there until it has heard that there is work
    context.emit("working");
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        while (process.ppid === parent) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        context.emit("a step");
        answers.wait({ heedless: false, note }, context).then(resolve, reject);
      });
    });
  },
  crash: async ({ how }) => {
    await new Promise((resolve) => process.stderr.write("a first line\nthe last words\n", resolve));
    if (how === "exit") process.exit(3);
    if (how === "kill") process.kill(process.pid, "SIGKILL");
    setImmediate(() => {
      throw new Error("thrown beside the answer");
    });
    return new Promise(() => undefined);
  },
  look: async (_, { models }) => [...(await models()), ...(await models())],
  where: async () => ({
    folder: process.cwd(),
    files: readdirSync("."),
    environment: process.env,
  }),
  async block({ until }, { emit }) {
    emit("blocked");
    await new Promise((resolve) => setTimeout(resolve, 20)); // the event leaves before
    while (!existsSync(until)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return null;
  },
  async regex(_, { emit }) {
    emit("begins");
    await new Promise((resolve) => setTimeout(resolve, 20));
    /^(a+)+$/.test(`${"a".repeat(60)}b`);
    return null;
  },
};

const start = (options: Omit<ClientOptions, "script"> = {}) =>
  new WorkerClient<Fake>({ script: self, arguments: ["worker"], ...options });

/**
 * A process that starts a compute process, reports its process id and keeps waiting for an answer, which notes where it stops.
 * What notes it has all the time that it needs for that; what does not ends as soon as its parent is missed.
 */
function parent(name: "wait" | "work", note?: string): void {
  const client = start({ arguments: ["worker", String(note ? HANG : 0)] });
  const onEvent = () => process.send!(client.pid);
  const asked =
    name === "work"
      ? client.ask("work", { note: note! }, { onEvent })
      : client.ask("wait", { heedless: !note, ...(note && { note }) }, { onEvent });
  asked.catch(() => undefined);
}

function tests(): void {
  test("requests are answered while others run, and typed arrays travel as they are", async () => {
    const [events, idle]: [number[], boolean[]] = [[], []];
    const client = start({ onIdle: () => idle.push(client.idle) });
    const [doubled, count] = await Promise.all([
      client.ask("double", Float32Array.of(1, 2.5)),
      client.ask("count", { to: 5 }, { onEvent: (i) => events.push(i) }),
    ]);
    assert.deepEqual(doubled, Float32Array.of(2, 5));
    assert.equal(count, 5);
    assert.deepEqual([events, idle], [[0, 1, 2, 3, 4], [true]]); // it is idle once both are answered
    await client.close();
  });

  test("the process stands in an empty folder of its own that goes with it, and reports to nobody", async () => {
    const client = start();
    const { folder, files, environment } = await client.ask("where", null);
    assert.deepEqual(files, []);
    assert.equal(environment.ORT_DISABLE_TELEMETRY, "1");
    if (process.platform !== "win32") assert.equal(statSync(folder).mode & 0o777, 0o700, "closed to other users");
    await client.close();
    assert.throws(() => readdirSync(folder), /ENOENT/);
  });

  test("an error arrives as what it was, and the process goes on", async () => {
    const client = start();
    await assert.rejects(client.ask("refuse", null), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.message, "a.csv, line 3: it is wrong; put it right.");
      assert.equal((error.cause as Error).message, "unexpected token");
      return true;
    });
    await assert.rejects(client.ask("fault", null), { message: "a bug" });
    await assert.rejects(client.ask("nothing" as "fault", null), /unknown request nothing/);
    assert.equal(await client.ask("count", { to: 0 }), 0);
    await client.close();
  });

  test("a cancelled request says where it stopped", async () => {
    const client = start();
    const controller = new AbortController();
    const onEvent = () => controller.abort();
    await assert.rejects(client.ask("wait", { heedless: false }, { onEvent, signal: controller.signal }), (error) => {
      assert.ok(error instanceof Stopped);
      assert.equal(error.message, "stopped at step 7");
      return true;
    });
    await assert.rejects(client.ask("count", { to: 1 }, { signal: controller.signal }), Stopped);
    assert.equal(await client.ask("count", { to: 1 }), 1);
    await client.close();
  });

  test("a request that does not heed its cancelling is killed after the grace time", async () => {
    const client = start({ limits: { cancelled: 1, ending: 1 } });
    const controller = new AbortController();
    const onEvent = () => controller.abort();
    const other = client.ask("wait", { heedless: true });
    await Promise.all([
      assert.rejects(client.ask("wait", { heedless: true }, { onEvent, signal: controller.signal }), Stopped),
      assert.rejects(
        other,
        /^ProcessEnded: the compute process did not respond to a stop request for .* and was killed$/,
      ),
    ]);
    await client.close();
  });

  for (const [how, message] of [
    [
      "exit",
      /^the compute process ended unexpectedly \(exit code 3, last output: a first line \/ the last words\); try /,
    ],
    ["kill", /^the compute process was killed \(SIGKILL\), manually or because memory ran out; try again; /],
    ["throw", /\(exit code 1, last output: [^/]* \/ the last words \/ Error: thrown beside the answer\); try again/],
  ] as const)
    test(`a process that ends by ${how} answers everyone with the reason and its last words`, async () => {
      const client = start();
      const others = [client.ask("wait", { heedless: true }), client.ask("wait", { heedless: false })];
      for (const asked of [client.ask("crash", { how }), ...others]) await assert.rejects(asked, { message });
      await assert.rejects(client.ask("count", { to: 1 }), { message });
      await client.close();
    });

  test("a program that is not there is told at the first request", async () => {
    const client = new WorkerClient<Fake>({ script: `${self}.none` });
    await assert.rejects(
      client.ask("count", { to: 1 }),
      /the compute process cannot start: .*\.none is missing; reinstall MaskLens\.$/,
    );
    await client.close();
  });

  test("folders with models are asked for when they are wanted, once a request, and none are known where nobody says", async () => {
    let searches = 0;
    const models = async () => {
      searches++;
      return ["a", "b"];
    };
    const client = start({ models });
    assert.equal(await client.ask("count", { to: 1 }), 1);
    assert.equal(searches, 0);
    assert.deepEqual(await client.ask("look", null), ["a", "b", "a", "b"]);
    assert.equal(searches, 1);
    await client.close();
    const failing = start({ models: () => Promise.reject(new Error("no search")) });
    assert.deepEqual(await failing.ask("look", null), []);
    await failing.close();
    const alone = start();
    assert.deepEqual(await alone.ask("look", null), []);
    await alone.close();
  });

  test("a process that is let go answers what it was asked before it ends", async () => {
    const client = start();
    const controller = new AbortController();
    const open = client.ask("wait", { heedless: false }, { signal: controller.signal });
    const gone = client.retire();
    assert.equal(await client.ask("count", { to: 1 }), 1);
    assert.ok(!client.ended);
    controller.abort();
    await assert.rejects(open, { message: "stopped at step 7" });
    await gone;
    assert.ok(client.ended);
    await client.retire(); // it has ended already
  });

  test("closing rejects what is still open", async () => {
    const client = start();
    const open = assert.rejects(client.ask("wait", { heedless: true }), Stopped);
    await client.close();
    await open;
  });

  test("a process that makes no progress is told of, and told of again when it does", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
    const until = path.join(folder, "go");
    const told: (number | null)[] = [];
    const onSilence = (seconds: number | null) => {
      told.push(seconds);
      if (seconds !== null) writeFileSync(until, "");
    };
    const client = start({ onSilence, limits: { first: 1 } });
    await client.ask("block", { until });
    assert.ok(told[0]! > 0, "it was told while the main thread was blocked");
    assert.equal(told.at(-1), null);
    await client.close();
    rmSync(folder, { recursive: true });
  });

  test("a process that does not respond can be ended, and says that", async () => {
    const why = new Error("ended by hand");
    const died: Error[] = [];
    const client: WorkerClient<Fake> = start({
      onSilence: () => client.kill(why),
      onDeath: (error) => died.push(error),
      limits: { first: 1 },
    });
    await assert.rejects(client.ask("regex", null), why);
    await client.close();
    assert.deepEqual(died, [], "it did not die by itself");
  });

  test("one cancel ends what a regular expression holds", async () => {
    const client = start({ limits: { cancelled: 1 } }); // all else as it is: a minute
    const controller = new AbortController();
    const onEvent = () => controller.abort();
    await assert.rejects(client.ask("regex", null, { onEvent, signal: controller.signal }), Stopped);
    assert.ok(client.ended);
    await client.close();
  });

  test("a process that is about to fill the memory is ended with what it used and what to do", async () => {
    const died: Error[] = [];
    const memory = () => ({ total: 64e6, available: 1e6 });
    const client = start({ memory, onDeath: (error) => died.push(error) });
    await assert.rejects(client.ask("wait", { heedless: true }), {
      name: "ProcessEnded",
      message:
        /^the compute process was killed to keep the computer from running out of memory: it used \d.* MB, and only 1\.00 MB of 64\.0 MB was left; use a smaller batch size/,
    });
    await client.close();
    assert.equal(died.length, 1);
  });

  test("what its parent's environment holds beside what it needs does not reach the process", async (t) => {
    const set = { HF_TOKEN: "secret", NODE_OPTIONS: "--no-warnings", LC_TIME: "C", MASKLENS_TEST: "1" };
    const before = Object.fromEntries(Object.keys(set).map((name) => [name, process.env[name]]));
    t.after(() => {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    });
    Object.assign(process.env, set);
    const client = start();
    const { environment } = await client.ask("where", null);
    assert.equal(environment.HF_TOKEN, undefined);
    assert.equal(environment.NODE_OPTIONS, undefined);
    assert.deepEqual([environment.LC_TIME, environment.MASKLENS_TEST], ["C", "1"]);
    await client.close();
  });

  test("SIGTERM lets what runs come to a good place before the process ends", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
    const note = path.join(folder, "note");
    const client = start();
    const onEvent = () => process.kill(client.pid!, "SIGTERM");
    await assert.rejects(client.ask("wait", { heedless: false, note }, { onEvent }), { message: "stopped at step 7" });
    assert.equal(readFileSync(note, "utf8"), "stopped at step 7");
    await client.close();
    rmSync(folder, { recursive: true });
  });

  test("a killed parent leaves no process behind, inside a native call and a regular expression as well", async () => {
    assert.equal((await orphans(3)).died, 3); // how soon is the bench's to measure
  });

  test("the process is soon gone when its parent is killed", async () => {
    const middle = fork(self, ["parent", "wait"]);
    const pid = await new Promise<number>((resolve) => middle.once("message", (value) => resolve(value as number)));
    assert.ok(isAlive(pid));
    middle.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  for (const [what, name] of [
    ["what runs", "wait"],
    ["what is in the middle of a step", "work"],
  ] as const)
    test(`${what} comes to a good place when its parent is killed`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
      const note = path.join(folder, "note");
      const middle = fork(self, ["parent", name, note]);
      const pid = await new Promise<number>((resolve) => middle.once("message", (value) => resolve(value as number)));
      middle.kill("SIGKILL");
      await until(() => !isAlive(pid));
      assert.equal(readFileSync(note, "utf8"), "stopped at step 7");
      rmSync(folder, { recursive: true });
    });

  test("Ctrl+C in the terminal leaves the process to its parent", async () => {
    const client = start();
    await client.ask("count", { to: 1 });
    process.kill(client.pid!, "SIGINT");
    assert.equal(await client.ask("count", { to: 1 }), 1);
    await client.close();
  });

  test("a process in the background has a lower priority", async () => {
    const [behind, before] = [start({ background: true }), start()];
    for (const client of [behind, before]) await client.ask("count", { to: 1 });
    const priorities = [behind, before].map(({ pid }) => getPriority(pid));
    assert.deepEqual(priorities, [constants.priority.PRIORITY_BELOW_NORMAL, getPriority()]);
    for (const client of [behind, before]) await client.close();
  });
}

if (process.argv[2] === "worker") {
  startWatchdog(Number(process.argv[3] ?? 0));
  serve(answers);
} else if (process.argv[2] === "parent") parent(process.argv[3] as "wait" | "work", process.argv[4]);
else tests();
