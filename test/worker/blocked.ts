// A compute process whose main thread is blocked, and the parent that started it: a program of its own, which orphans.ts
// builds and starts. Its first argument says which of the two it is.

import { fileURLToPath } from "node:url";
import { add, matmul } from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32 } from "../../src/tensor.ts";
import type { Answers } from "../../src/worker/channel.ts";
import { WorkerClient } from "../../src/worker/client.ts";
import { serve } from "../../src/worker/serve.ts";
import { startWatchdog } from "../../src/worker/watchdog.ts";

/** Where a process can be when its parent dies. */
export type Where = "native" | "regex" | "steps";

type Blocked = { [W in Where]: { params: null; event: string; answer: null } };

/** Products of a call into native code that takes minutes, and the size of their matrices. */
const PRODUCTS = 2_000;
const SIZE = 1024;

const answers: Answers<Blocked> = {
  /** One run of a graph. */
  async native(_, { emit }) {
    const graph = new Graph("long");
    const x = graph.input("x", { dtype: "float32", shape: [SIZE, SIZE] });
    let y = x;
    for (let i = 0; i < PRODUCTS; i++) y = matmul(y, x);
    graph.output("y", y);
    const session = await Session.create(graph);
    emit("runs");
    await sent();
    await session.run({ x: float32([SIZE, SIZE], new Float32Array(SIZE * SIZE)) });
    return null;
  },
  async regex(_, { emit }) {
    emit("runs");
    await sent();
    /^(a+)+$/.test(`${"a".repeat(60)}b`);
    return null;
  },
  /** Many short runs, with turns of the event loop in between, as training. */
  async steps(_, { emit }) {
    const graph = new Graph("short");
    const x = graph.input("x", { dtype: "float32", shape: [1] });
    graph.output("y", add(x, x));
    const session = await Session.create(graph);
    emit("runs");
    for (;;) {
      await session.run({ x: float32([1], Float32Array.of(1)) });
      await new Promise(setImmediate);
    }
  },
};

/** Lets a message out before the main thread is blocked. */
const sent = () => new Promise((resolve) => setTimeout(resolve, 20));

if (process.argv[2] === "worker") {
  startWatchdog(200);
  serve(answers);
} else {
  const client = new WorkerClient<Blocked>({ script: fileURLToPath(import.meta.url), arguments: ["worker"] });
  const onEvent = () => process.send!(client.pid);
  client.ask(process.argv[2] as Where, null, { onEvent }).catch(() => undefined);
}
