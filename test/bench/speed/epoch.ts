// npm run bench epoch: one epoch of sst2 with all-MiniLM-L6-v2 from files to masks, with each batch padded to its own
// length, compared with as many steps of the peer: every example padded to 128, and shuffled batches padded to their longest text.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encodeExamples } from "../../../src/data/batches.ts";
import { Random } from "../../../src/data/random.ts";
import { readTask } from "../../../src/data/task.ts";
import { loadTokenizer } from "../../../src/data/tokenizer/tokenizer.ts";
import { readConfig } from "../../../src/model/config.ts";
import { parseRunOptions } from "../../../src/recipe/options.ts";
import { train } from "../../../src/train/run.ts";
import { minilm, taskFile } from "../tasks.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";

const GOAL = 0.25;
const LENGTH = 128;
const BATCH = 32;
/** Lengths of the peer's batches are measured to so many tokens. */
const NEAREST = 8;
/** Timed steps of the peer; all its steps of one length are alike. */
const PEER_STEPS = 8;

export async function benchEpoch(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-epoch-"));
  try {
    const options = parseRunOptions({
      ...{ model: minilm(), task: taskFile("sst2"), out: path.join(folder, "run"), layers: "all", epochs: 1 },
      ...{ batchSize: BATCH, maxLength: LENGTH, evaluateEvery: 0 },
    });
    const start = performance.now();
    let [steps, seconds] = [0, 0];
    for await (const event of train(options)) {
      if (event.type === "step") [steps, seconds] = [event.step, (performance.now() - start) / 1000];
      if (event.type === "evaluation") break;
    }
    console.log(`${steps} steps in ${seconds.toFixed(1)} s: reading, tokens, compiling, training`);
    if (!peerIsThere) return console.log(`${PEER} is not there: our time alone.`);
    const { layers, hiddenSize, heads, feedForward } = await readConfig(options.model);
    const theirs = async (length: number) =>
      (await peerStep([layers, hiddenSize, heads, feedForward, BATCH, length], PEER_STEPS)).milliseconds / 1000;
    const say = (what: string, time: number) =>
      console.log(`PyTorch, ${what}: ${time.toFixed(0)} s for ${steps} steps; ratio ${(seconds / time).toFixed(2)}`);
    say(`padded to ${LENGTH} (goal ${GOAL})`, (await theirs(LENGTH)) * steps);
    const lengths = await longestOfBatches(options.model, options.task);
    const times = new Map<number, number>();
    for (const length of new Set(lengths)) times.set(length, await theirs(length));
    const dynamic = lengths.reduce((sum, length) => sum + times.get(length)!, 0);
    say(`shuffled batches padded to their longest text, to the nearest ${NEAREST} tokens`, dynamic);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lengths of shuffled batches, each that of its longest text, to the nearest multiple of NEAREST. */
async function longestOfBatches(model: string, file: string): Promise<number[]> {
  const rows = encodeExamples(await readTask(file), "train", await loadTokenizer(model), { maxLength: LENGTH });
  const order = [...rows];
  new Random(1, "batches").shuffle(order);
  return Array.from({ length: Math.ceil(order.length / BATCH) }, (_, i) => {
    const longest = Math.max(
      ...order.slice(i * BATCH, (i + 1) * BATCH).map(({ sequences }) => sequences[0]!.ids.length),
    );
    return Math.max(NEAREST, NEAREST * Math.round(longest / NEAREST));
  });
}
