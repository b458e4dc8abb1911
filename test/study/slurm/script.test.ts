// The batch script and the queue of Slurm, without Slurm.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { shellWord } from "../../../src/study/shell.ts";
import { arrayOf, scriptOf, secondsOf } from "../../../src/study/slurm/script.ts";
import { isOver, tasksOf } from "../../../src/study/slurm/squeue.ts";
import { queues } from "../../fuzz/studies.ts";

const input = {
  study: "/a b/s",
  jobName: "masklens-s-1",
  cells: [1, 2, 3, 7],
  program: ["/usr/bin/node", "/x/cli.js"],
};

test("the script is an array of the cells, requeued, with a signal before the time limit", () => {
  const script = scriptOf({ ...input, atOnce: 2, partition: "gpu", time: "4:00:00", sbatch: "--gres=gpu:1 --mem=16G" });
  assert.deepEqual(script.split("\n").slice(0, 12), [
    "#!/bin/bash",
    "#SBATCH --job-name=masklens-s-1",
    "#SBATCH --array=1-3,7%2",
    "#SBATCH --output=%A_%a_0_log.out",
    "#SBATCH --error=%A_%a_0_log.err",
    "#SBATCH --open-mode=append",
    "#SBATCH --requeue",
    "#SBATCH --signal=B:USR2@90",
    "#SBATCH --partition=gpu",
    "#SBATCH --time=4:00:00",
    "#SBATCH --gres=gpu:1 --mem=16G",
    "",
  ]);
  assert.match(script, /^run='\/a b\/s\/cells'\/\$cell$/m);
  assert.match(script, /^\/usr\/bin\/node \/x\/cli\.js train --resume "\$run" &$/m);
});

test("a short time limit leaves most of it for training", () => {
  const notice = (time: string) => /--signal=B:USR2@(\d+)/.exec(scriptOf({ ...input, time }))?.[1];
  assert.deepEqual(["1", "2:00", "6", "1-0"].map(notice), ["15", "30", "90", "90"]);
});

test("a time limit is read as sbatch reads it", () => {
  const given = ["90", "5:30", "2:00:05", "1-2", "1-2:30", "1-2:30:15", "soon"];
  assert.deepEqual(given.map(secondsOf), [5400, 330, 7205, 93_600, 95_400, 95_415, undefined]);
});

test("a flag that is not one line is refused", () => {
  assert.throws(() => scriptOf({ ...input, partition: "a\nrm -rf" }), /--partition "a\\nrm -rf" is not a valid value/);
});

test("arrays list ranges", () => {
  assert.equal(arrayOf([7, 1, 3, 2, 10]), "1-3,7,10");
});

test("words come back from a shell as they were", () => {
  const words = ["plain", "with space", "it's", 'a"b', "$HOME", "`x`", "a\\b", "", "é*?[!]"];
  const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${words.map(shellWord).join(" ")}`], { encoding: "utf8" });
  assert.deepEqual(printed.split("\n").slice(0, -1), words);
});

test("the queue is read from the JSON of old and new versions", () => {
  const [old, later] = queues().map((queue) => tasksOf(JSON.stringify(queue)));
  assert.deepEqual(
    old!.map(({ job, cell, state }) => `${job}_${cell} ${state}`),
    ["7_2 RUNNING", "7_3 PENDING", "7_4 PENDING", "7_5 PENDING", "7_7 PENDING"],
  );
  assert.deepEqual(later, [{ name: "masklens-a-1", job: "7", cell: 2, state: "RUNNING", restarts: 1 }]);
  assert.ok(!isOver(later![0]!) && isOver({ ...later![0]!, state: "TIMEOUT" }));
  assert.throws(() => tasksOf("slurm_load_jobs error"), /the output of squeue --json: it is not JSON; use Slurm/);
});
