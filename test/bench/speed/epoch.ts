// npm run bench epoch: one epoch of sst2 with all-MiniLM-L6-v2 from files to masks, with each batch padded to its own
// length, compared with as many steps of the peer, which pads every example to 128.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../../../src/model/config.ts";
import { parseRunOptions } from "../../../src/recipe/options.ts";
import { train } from "../../../src/train/run.ts";
import { minilm, taskFile } from "../tasks.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";

const GOAL = 0.25;
const LENGTH = 128;
const BATCH = 32;
/** Timed steps of the peer; all its steps are alike. */
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
    const { milliseconds } = await peerStep([layers, hiddenSize, heads, feedForward, BATCH, LENGTH], PEER_STEPS);
    const theirs = (milliseconds / 1000) * steps;
    console.log(
      `PyTorch ${milliseconds.toFixed(0)} ms a step of length ${LENGTH}, ${theirs.toFixed(0)} s for ${steps}; ratio ${(seconds / theirs).toFixed(2)} (goal ${GOAL})`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
