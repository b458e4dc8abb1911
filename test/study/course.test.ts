// How far the cells of a study have come, from the events of a real run, and what a terminal shows of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { StudyProgress } from "../../src/cli/study/progress.ts";
import { Course } from "../../src/study/course.ts";
import { runQueue } from "../../src/study/queue.ts";
import { writeTensorboard } from "../../src/study/tensorboard.ts";
import { WaitingCells } from "../../src/study/waiting.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { resume } from "../../src/train/run.ts";
import { OPTIONS, planned, TinyStudies } from "./tiny.ts";

const studies = new TinyStudies();
after(() => studies.remove());

test("a cell with linear attention counts the steps of its transfer, then its own, and both are exported", async () => {
  const linearAttention = { map: "softmax", transferSteps: 3 };
  const study = studies.make("linear", { options: { ...OPTIONS, maxSteps: 2, linearAttention } });
  const plan = await planned(study);
  const course = new Course(plan);
  let text = "";
  const progress = new StudyProgress({ isTTY: true, columns: 90, write: (part) => (text += part) }, plan, 1, course);
  const steps: string[] = [];
  const losses: number[] = [];
  await runQueue(plan, {
    waiting: new WaitingCells(plan.todo, 1),
    signal: new AbortController().signal,
    train: async ({ folder }, signal, onEvent) => {
      for await (const event of resume(folder, signal)) onEvent(event);
    },
    on: {
      started: (cell) => progress.started(cell),
      event(cell, event: TrainEvent) {
        progress.event(cell, event);
        if (event.type === "transfer") losses.push(event.loss);
        if (event.type !== "step" && event.type !== "transfer") return;
        const [running] = course.running;
        const { step, steps: of } = running!.transfer ?? running!;
        steps.push(`${running!.transfer ? "transfer" : "step"} ${step}/${of}`);
      },
      done: (cell) => progress.done(cell),
    },
  });
  assert.deepEqual(steps, ["transfer 1/3", "transfer 2/3", "transfer 3/3", "step 1/2", "step 2/2"]);
  assert.match(text, /\r0 of 1 cells done; 001 transfer 1\/3/);
  assert.equal(await writeTensorboard(plan.state, path.join(studies.home, "scalars")), 1);
  const file = readFileSync(path.join(studies.home, "scalars", "001", "events.out.tfevents.0.masklens"));
  const tag = "transfer/divergence";
  const found: number[] = [];
  for (let at = file.indexOf(tag); at >= 0; at = file.indexOf(tag, at + 1))
    found.push(file.readFloatLE(at + tag.length + 1)); // behind the byte that names the field of the value
  assert.deepEqual(found, losses.map(Math.fround));
});
