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
      "# What failures leave",
      "",
      `Made by \`npm run bench faults\`, on ${cpus()[0]?.model.trim()}. The runs are of the tiny model, ${STEPS} steps with dropout, a checkpoint every third step; each process is the compute process that the editor and the command line start.`,
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
    `${kills} SIGKILLs, ${inSave} of them inside a save (a half-written file was left). After each, every file of the run was read in full: 0 damaged, no checkpoint and no finished run lost that had been reported, and no temporary file there once the next process had begun to train. ${finished} runs came to their end meanwhile, ${same} of them with the mask of the run that nothing disturbed.`,
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
  return ["## Kill points", "", ...markdown(["seed", "killed at as many steps", "masks equal byte by byte"], rows), ""];
}

/** Kills parents while their compute process is idle, in native code, or in a regular expression. */
async function parents(): Promise<string[]> {
  const { died, slowestMs } = await orphans(PARENTS);
  return [
    "## A killed parent",
    "",
    `${PARENTS} parents of a compute process were killed, half of them while it was inside native code or a regular expression: ${died} of the ${PARENTS} processes were gone, the slowest after ${Math.round(slowestMs)} ms (wanted: all, within 1,000 ms).`,
    "",
  ];
}

async function calls(): Promise<string[]> {
  const results = await failEachCall();
  const kept = results.filter(({ left }) => left === "old");
  const rows = results
    .filter(({ left, said }) => left === "new" || said === null)
    .map(({ call, failure, said }) => [call, failure, said === null ? "nothing: no harm is done" : plain(said)]);
  const said = new Map(kept.map(({ failure, said }) => [failure, plain(said ?? "")]));
  return [
    "## A save of which a call fails",
    "",
    `Each call of the system that a save makes failed in each way: ${results.length} saves. ${kept.length} left the old file bit by bit, and a sentence:`,
    "",
    ...markdown(["failure", "one of its sentences"], [...said]),
    "",
    "The others left the new file, because the call that failed comes after the rename or does no harm:",
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
      ? `A run on a file system of 2 MB that is full when it goes on ends with “${result.said}”; its checkpoint is the old one bit by bit, and with space again it ends with the mask of the run that nothing disturbed.`
      : `Left out here: no file system could be mounted (${result.leftOut}).`;
  return ["## A full disk", "", text, ""];
}
