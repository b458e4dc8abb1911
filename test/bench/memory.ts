// npm run bench memory: the peak of a training step beside PyTorch's, and what `masklens info` of a model takes.
// Each is measured in a process of its own, which tells its peak itself.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { KEEP_FREED_MEMORY } from "../../src/worker/client.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";
import { ours } from "./step.ts";
import { minilm } from "./tasks.ts";

const SHAPE = [12, 768, 12, 3072, 8, 64];
const STEPS = 4;
const ROUNDS = 5;
const GOAL = { milliseconds: 300, megabytes: 50 };
/** Appended to what a process writes on standard error when it ends. */
const TELL = `--import=data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+process.resourceUsage().maxRSS))`;

interface Measure {
  readonly milliseconds: number;
  readonly megabytes: number;
}

/** Runs Node and gives its wall time and its peak. */
async function measured(args: readonly string[]): Promise<Measure> {
  const start = performance.now();
  const { stderr } = await promisify(execFile)(process.execPath, [TELL, ...args], {
    env: { ...process.env, ...KEEP_FREED_MEMORY },
  });
  return { milliseconds: performance.now() - start, megabytes: Number(stderr.split("\n").at(-1)) / 1024 };
}

export async function benchMemory([part]: readonly string[]): Promise<void> {
  if (part === "step") {
    const step = await ours(SHAPE, 1);
    for (let i = 0; i < STEPS; i++) await step.run();
    return step.release();
  }
  const { megabytes } = await measured([process.argv[1]!, "memory", "step"]);
  const name = SHAPE.join("·");
  if (peerIsThere) {
    const theirs = (await peerStep(SHAPE, STEPS)).megabytes;
    const ratio = (megabytes / theirs).toFixed(2);
    console.log(`training ${name}: peak ${megabytes.toFixed(0)} MB; PyTorch ${theirs} MB, ratio ${ratio} (goal 1)`);
  } else console.log(`training ${name}: peak ${megabytes.toFixed(0)} MB (${PEER} is not there)`);

  for (const model of ["media/sample/model", minilm()]) {
    const runs: { readonly info: Measure; readonly bare: Measure }[] = [];
    for (let i = 0; i < ROUNDS; i++)
      runs.push({ info: await measured(["dist/cli.js", "info", model]), bare: await measured(["-e", "0"]) });
    const best = (of: (run: (typeof runs)[number]) => number) => Math.min(...runs.map(of));
    const [time, peak, bare] = [
      best(({ info }) => info.milliseconds),
      best(({ info }) => info.megabytes),
      best((run) => run.bare.megabytes),
    ];
    console.log(
      `info ${model}: ${time.toFixed(0)} ms (goal ${GOAL.milliseconds}), ${(peak - bare).toFixed(0)} MB over the ${bare.toFixed(0)} MB of bare Node (goal ${GOAL.megabytes})`,
    );
  }
}
