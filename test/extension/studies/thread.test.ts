// The thread that plans and runs studies, asked as the extension host asks it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { StudyEvent, StudyRequests, ThreadData } from "../../../src/extension/studies/thread/requests.ts";
import { removeLeftLock } from "../../../src/study/study.ts";
import { Asker, threadPort } from "../../../src/worker/channel.ts";
import { masksOf, OPTIONS, resultsOf, run, TinyStudies } from "../../study/tiny.ts";

const studies = new TinyStudies();
after(() => studies.remove());

interface Started {
  readonly asker: Asker<StudyRequests>;
  readonly worker: Worker;
}

function thread(t: TestContext, environment: NodeJS.ProcessEnv = process.env): Started {
  const workerData: ThreadData = {
    ...{ script: path.resolve("dist/worker.js"), cuda: path.join(studies.home, "cuda") },
    program: [process.execPath, path.resolve("dist/cli.js")],
  };
  const worker = new Worker("./dist/study-thread.cjs", { workerData, env: environment });
  t.after(() => worker.terminate());
  const asker = new Asker<StudyRequests>(threadPort(worker));
  worker.on("exit", () => asker.close(new Error("the thread ended")));
  return { asker, worker };
}

/** Resolves with the first event that fits; `hear` takes the events. */
function first(fits: (event: StudyEvent) => boolean) {
  let hear = (_: StudyEvent) => {};
  const event = new Promise<StudyEvent>((resolve) => {
    hear = (one) => fits(one) && resolve(one);
  });
  return { event, hear: (one: StudyEvent) => hear(one) };
}

/** Long enough that it is still trained when the test has heard of its first step. */
const LONG = { ...OPTIONS, epochs: 8, evaluateEvery: 30, checkpointEvery: 10 };
const isStep = (event: StudyEvent) => event.type === "event" && event.event.type === "step";

test("every error of every cell is answered, nothing is written, and the study stays free", async (t) => {
  const { asker } = thread(t);
  const study = studies.make("bad", { tasks: ["../tiny.task.json", "gone.task.json"], methods: ["mask", "finetune"] });
  const { faults, todo } = await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  assert.deepEqual(
    faults.map(({ cells }) => cells),
    [[3, 4]],
  );
  assert.match(faults[0]!.message, /gone\.task\.json: there is no such file/);
  assert.deepEqual([todo, readdirSync(study)], [[], ["study.json"]]);
});

test("a check writes nothing, links what is finished, and releases the study", async (t) => {
  const { asker } = thread(t);
  const other = studies.make("other", { seeds: [2] });
  await run(other);
  const study = studies.make("checked", { seeds: [1, 2] });
  const planned = await asker.ask("plan", { study, reuse: [path.join(other, "cells", "001"), "/gone"], atOnce: 1 });
  assert.deepEqual([planned.cells, planned.done, planned.todo, planned.linked], [2, 1, [1], [2]]);
  assert.equal(planned.estimate.unknown, 0, "the pace of the linked run is known");
  assert.ok(planned.estimate.seconds > 0);
  assert.ok(planned.estimate.bytes > 0 && planned.estimate.checkpointBytes > planned.estimate.bytes);
  const second = thread(t);
  await assert.rejects(second.asker.ask("plan", { study, reuse: [], atOnce: 1 }), /is already training here/);
  await asker.ask("release", {});
  assert.deepEqual(readdirSync(study), ["study.json"]);
  await second.asker.ask("plan", { study, reuse: [], atOnce: 1 });
});

test("a thread writes the report, and its process evaluates the ensembles of seeds", async (t) => {
  const { asker } = thread(t);
  const study = studies.make("reported", { seeds: [1, 2] });
  await run(study);
  const { html, markdown } = await asker.ask("report", { study, tool: "masklens test", device: "cpu" });
  assert.deepEqual([html, markdown], [path.join(study, "report.html"), path.join(study, "report.md")]);
  const text = readFileSync(markdown, "utf8");
  assert.match(text, /^# Report of reported\n/);
  assert.match(text, /\n\| tiny, mask \| 2 \| sum of logits \| accuracy \| \d/);
  assert.match(text, /\n\| program \| masklens test \|/);
});

test("measured steps tell how long a study takes, and leave nothing behind", async (t) => {
  const { asker } = thread(t);
  const study = studies.make("measured", { methods: ["mask", "finetune"], seeds: [1, 2] });
  const { estimate } = await asker.ask("plan", { study, reuse: [], atOnce: 2 });
  assert.deepEqual([estimate.unknown, estimate.seconds], [4, 0]);
  const shares: string[] = [];
  const onEvent = ({ done, of }: { done: number; of: number }) => shares.push(`${done}/${of}`);
  const measured = await asker.ask("measure", { atOnce: 2 }, { onEvent });
  assert.equal(measured.unknown, 0);
  assert.ok(measured.seconds > 0, `${measured.seconds}`);
  assert.deepEqual(shares, ["0/2", "1/2", "2/2"]);
  await asker.ask("release", {});
  assert.deepEqual(readdirSync(study), ["study.json"]);
});

test("a study is reordered, stopped and resumed by threads, and gives the bytes of one that ran through", async (t) => {
  const study = studies.make("threads", { seeds: [1, 2, 3], options: LONG });
  const { asker } = thread(t);
  await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  const events: StudyEvent[] = [];
  const step = first(isStep);
  const stop = new AbortController();
  const onEvent = (event: StudyEvent) => {
    events.push(event);
    step.hear(event);
  };
  const over = asker.ask("run", { atOnce: 1 }, { onEvent, signal: stop.signal });
  await step.event;
  await asker.ask("control", { what: "move", cell: 3, to: "top" });
  await asker.ask("control", { what: "pause", paused: true });
  stop.abort();
  const end = await over;
  const live = events.flatMap((event) => (event.type === "live" ? [event.live] : []));
  assert.deepEqual(live.find(({ paused }) => paused)?.waiting, [3, 2]);
  assert.ok(live.at(-1)!.stopping);
  assert.deepEqual(
    events.filter(({ type }) => type === "started" || type === "ended"),
    [
      { type: "started", folder: path.join(study, "cells", "001") },
      { type: "ended", folder: path.join(study, "cells", "001"), state: "stopped" },
    ],
  );
  assert.deepEqual(end, { failed: [], left: [1, 2, 3] });
  assert.equal(existsSync(path.join(study, "lock")), false);
  await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  assert.deepEqual(await asker.ask("run", { atOnce: 3 }), { failed: [], left: [] });
  const whole = studies.make("whole", { seeds: [1, 2, 3], options: LONG });
  await run(whole);
  assert.deepEqual(masksOf(study), masksOf(whole));
  const { cells, groups } = await asker.ask("overview", { study });
  const [line] = resultsOf(study);
  assert.deepEqual([cells[0]!.state, cells[0]!.value, cells[0]!.metric], ["done", line!.value, "accuracy"]);
  assert.equal(groups[0]!.validation!.n, 3);
});

test("one cell is stopped at a checkpoint, and the others go on", async (t) => {
  const study = studies.make("single", { seeds: [1, 2], options: LONG });
  const { asker } = thread(t);
  await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  const step = first(isStep);
  const over = asker.ask("run", { atOnce: 1 }, { onEvent: step.hear });
  await step.event;
  await asker.ask("control", { what: "stop cell", folder: path.join(study, "cells", "001") });
  assert.deepEqual(await over, { failed: [], left: [1] });
});

test("the compute processes of a thread that is killed stop, and the study goes on from its checkpoints", async (t) => {
  const study = studies.make("killed", { seeds: [1], options: LONG });
  const { asker, worker } = thread(t);
  await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  const step = first((event) => event.type === "event" && event.event.type === "checkpoint");
  const over = asker.ask("run", { atOnce: 1 }, { onEvent: step.hear });
  await step.event;
  const [, ended] = await Promise.all([worker.terminate(), over.catch((error: Error) => error.message)]);
  assert.equal(ended, "the thread ended");
  const second = thread(t);
  await assert.rejects(second.asker.ask("plan", { study, reuse: [], atOnce: 1 }), /is already training here/);
  await removeLeftLock(study);
  const planned = await second.asker.ask("plan", { study, reuse: [], atOnce: 1 });
  assert.deepEqual([planned.todo, planned.elsewhere], [[1], []]);
  assert.deepEqual(await second.asker.ask("run", { atOnce: 1 }), { failed: [], left: [] });
  const log = readFileSync(path.join(study, "cells", "001", "log.jsonl"), "utf8");
  assert.equal(log.match(/^\{"type":"start"/gm)!.length, 2, "it was resumed, not started again");
});

const why = process.platform === "win32" && "Slurm runs on Unix";

test("cells are submitted to Slurm with the command line of the extension, and followed", { skip: why }, async (t) => {
  const bin = path.join(studies.home, "bin");
  mkdirSync(bin);
  // A cluster that runs a job while it is submitted, and forgets it.
  const job = "SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=1 bash submission.sh >&2; echo 7";
  const programs = { sbatch: job, squeue: `echo '{"jobs":[]}'` };
  for (const [name, text] of Object.entries(programs))
    writeFileSync(path.join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  const { asker } = thread(t, { ...process.env, PATH: `${bin}:${process.env.PATH}`, MASKLENS_SLURM_PAUSE: "0.1" });
  const study = studies.make("slurm", { seeds: [1] });
  await asker.ask("plan", { study, reuse: [], atOnce: 1 });
  const events: StudyEvent[] = [];
  const onEvent = (event: StudyEvent) => void events.push(event);
  assert.deepEqual(await asker.ask("slurm", { partition: "gpu" }, { onEvent }), { failed: [], left: [] });
  assert.deepEqual(events[0], { type: "said", text: "submitted cell 1 as job 7" });
  const [, live] = events;
  assert.deepEqual(live?.type === "live" && [live.live.where, live.live.waiting], ["slurm", [1]]);
  assert.equal(resultsOf(study)[0]!.state, "done");
  assert.match(readFileSync(path.join(study, "slurm", "submission.sh"), "utf8"), /^#SBATCH --partition=gpu$/m);
});

test("where there is no sbatch, that is one sentence with what to do", async (t) => {
  const { asker } = thread(t, { ...process.env, PATH: studies.home });
  await assert.rejects(
    asker.ask("slurmVersion", {}),
    /^InputError: there is no sbatch here; run this on a machine of the cluster, such as its login node\.$/,
  );
});

test("a preset is written by the thread", async (t) => {
  const { asker } = thread(t);
  const folder = path.join(studies.home, "made");
  const models = [path.resolve("test/fixtures/models/tiny-bert")];
  const made = await asker.ask("make", { preset: "layer-sweep", models, tasks: [studies.task], folder });
  assert.deepEqual([made.cells, made.file], [15, path.join(folder, "study.json")]);
});
