// npm run bench faults [KILLS]: what remains after processes are killed, system calls fail, disks fill up and locks are
// abandoned. Writes docs/faults.md.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/data/random.ts";
import { failEachCall } from "../faults/failing-save.ts";
import { onFullDisk } from "../faults/full-disk.ts";
import { KilledRuns, STEPS } from "../faults/killed-runs.ts";
import { orphans } from "../worker/orphans.ts";
import { locks } from "./locks.ts";
import { markdown } from "./markdown.ts";

const KILLS = 200;
const POINTS = 20;
const SEEDS = 3;
const PARENTS = 50;
const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));

export async function benchFaults(rest: readonly string[]): Promise<void> {
  const kills = Number(rest[0] ?? KILLS);
  const runs = new KilledRuns(WORKER);
  try {
    const parts = [
      await killed(runs, kills),
      await points(runs),
      await calls(),
      await fullDisk(runs),
      await locks(),
      await parents(),
    ];
    const page = [
      "# What remains after failures",
      "",
      `Made by \`npm run bench faults\`, on ${cpus()[0]?.model.trim()}. The runs train the tiny model for ${STEPS} steps with dropout and a checkpoint every third step, in the same compute process that the editor and the command line start.`,
      "",
      ...parts.flat(),
    ];
    writeFileSync("docs/faults.md", page.join("\n"));
    console.log(page.join("\n"));
  } finally {
    runs.remove();
  }
}

/**
 * Kills runs until enough kills happened, half of them inside a save. Each run is resumed until it is done, and must
 * then have the same mask.
 */
async function killed(runs: KilledRuns, wanted: number): Promise<string[]> {
  const random = new Random(1, "moments");
  const whole = path.join(runs.home, "whole");
  const { milliseconds } = await runs.train(whole, 1, "never");
  const mask = runs.maskOf(whole);
  let [kills, inSave, finished, same, run] = [0, 0, 0, 0, 0];
  while (kills < wanted || inSave < wanted / 2) {
    const folder = path.join(runs.home, "runs", `killed-${run}`);
    const aims = kills - inSave < wanted / 2 ? random.below(2) : 1;
    const moment = aims ? ("inside a save" as const) : { after: random.uniform() * milliseconds };
    const end = await runs.train(folder, 1, moment);
    if (!end.done) {
      kills++;
      inSave += Number(end.inSave);
      if (kills % 20 === 0) console.error(`${kills} kills, ${inSave} inside a save`);
      continue;
    }
    finished++;
    same += Number(runs.maskOf(folder) === mask);
    run++;
  }
  return [
    "## Kills",
    "",
    `${kills} SIGKILLs, ${inSave} of them inside a save (they left a half-written file). After each, every file of the run was read in full: 0 were damaged, no reported checkpoint or finished run was lost, and no temporary file remained after the next process had started to train. ${finished} runs finished, ${same} of them with the same mask as an uninterrupted run.`,
    "",
  ];
}

/** Each run is killed once, at one of its steps, and resumed to its end. */
async function points(runs: KilledRuns): Promise<string[]> {
  const rows: string[][] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const whole = path.join(runs.home, `whole-${seed}`);
    await runs.train(whole, seed, "never");
    let same = 0;
    for (let point = 0; point < POINTS; point++) {
      const folder = path.join(runs.home, "points", `${seed}-${point}`);
      const step = 1 + Math.floor((point * (STEPS - 1)) / POINTS);
      const { done } = await runs.train(folder, seed, { step });
      if (!done) await runs.train(folder, seed, "never");
      same += Number(runs.maskOf(folder) === runs.maskOf(whole));
    }
    rows.push([String(seed), String(POINTS), String(same)]);
    console.error(`seed ${seed}: ${same} of ${POINTS} alike`);
  }
  return ["## Kill points", "", ...markdown(["seed", "kills, each at a different step", "identical masks"], rows), ""];
}

/** Kills parents while their compute process is idle, in native code, or in a regular expression. */
async function parents(): Promise<string[]> {
  const { died, slowestMs } = await orphans(PARENTS);
  return [
    "## A killed parent",
    "",
    `${PARENTS} parents of a compute process were killed, half of them while it was inside native code or a regular expression: ${died} of the ${PARENTS} processes ended, the slowest after ${Math.round(slowestMs)} ms (goal: all, within 1,000 ms).`,
    "",
  ];
}

async function calls(): Promise<string[]> {
  const results = await failEachCall();
  const kept = results.filter(({ left }) => left === "old");
  const rows = results
    .filter(({ left, said }) => left === "new" || said === null)
    .map(({ call, failure, said }) => [call, failure, said === null ? "nothing: no harm was done" : plain(said)]);
  const said = new Map(kept.map(({ failure, said }) => [failure, plain(said ?? "")]));
  return [
    "## A save in which a system call fails",
    "",
    `Each system call of a save was made to fail in each way: ${results.length} saves. ${kept.length} left the old file unchanged and reported the failure:`,
    "",
    ...markdown(["failure", "one of the messages"], [...said]),
    "",
    "The others left the new file, because the failed call comes after the rename or does no harm:",
    "",
    ...markdown(["call", "failure", "said"], rows),
    "",
  ];
}

const plain = (message: string) => message.replace(/^.*?kept: /, "");

async function fullDisk(runs: KilledRuns): Promise<string[]> {
  const result = await onFullDisk(runs);
  const text =
    "said" in result
      ? `A run resumed on a full file system of 2 MB fails with “${result.said}”; its old checkpoint is unchanged, and once there is space again, it finishes with the same mask as an uninterrupted run.`
      : `Left out here: no file system could be mounted (${result.leftOut}).`;
  return ["## A full disk", "", text, ""];
}
