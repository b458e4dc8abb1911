// Studies whose process is killed at random moments, with the compute processes of its cells, and what they come to.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Random } from "../../src/data/random.ts";
import { masksOf, resultsOf, type TinyStudies } from "./tiny.ts";

/** Six cells, two at a time. */
const KEYS = { grid: { sparsity: [0.05, 0.5] }, seeds: [1, 2, 3] };
const WORDS = (folder: string) => ["study", "run", folder, "--at-once", "2", "--json"];

export class KilledStudies {
  readonly #studies: TinyStudies;
  /** The command line's program. */
  readonly #script: string;

  constructor(studies: TinyStudies, script: string) {
    this.#studies = studies;
    this.#script = script;
  }

  /** Trains a study without a kill; the time that it takes, in milliseconds. */
  async whole(name: string): Promise<{ folder: string; milliseconds: number }> {
    const folder = this.#studies.make(name, KEYS);
    const began = performance.now();
    await ended(this.#start(folder));
    return { folder, milliseconds: performance.now() - began };
  }

  /**
   * Trains a study that is killed `kills` times, at moments drawn from the seed over `milliseconds`, and then to its end.
   * Throws if the last process fails.
   */
  async killed(name: string, kills: number, seed: number, milliseconds: number): Promise<string> {
    const folder = this.#studies.make(name, KEYS);
    const random = new Random(seed, "killed studies");
    for (let kill = 0; kill < kills; kill++) {
      const child = this.#start(folder);
      const timer = setTimeout(() => child.kill("SIGKILL"), 50 + (random.uniform() * milliseconds) / kills);
      await once(child, "exit");
      clearTimeout(timer);
    }
    await ended(this.#start(folder));
    return folder;
  }

  #start(folder: string): ChildProcess {
    return spawn(process.execPath, [this.#script, ...WORDS(folder)], { stdio: ["ignore", "ignore", "pipe"] });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the study ended with exit code ${code}: ${said}`);
}

/** What must be the same, however often a study was killed: its results without times, and its masks. */
export function outcomeOf(folder: string): string {
  return JSON.stringify([resultsOf(folder), masksOf(folder)]);
}
