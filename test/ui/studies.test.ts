// A study in the real editor: made from a preset, run, paused, reordered, and compared in its run table.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { cutTasks, discard, sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const folder = sampleWorkspace();
let workbench: Workbench;

before(async () => {
  cutTasks(folder, 64);
  workbench = await Workbench.open(folder);
});

after(async () => {
  await workbench.close();
  await discard(folder);
});

const study = path.join(folder, "studies", "two");
const dialog = (button: string) => workbench.page.locator(".monaco-dialog-box .monaco-button", { hasText: button });

test("a study is made from a preset, run and paused, its queue is reordered, and its page and run table show its cells", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: New Study");
    await workbench.pick("What the study compares", "with 5 seeds");
    await workbench.pick("Choose the base model", "model");
    await workbench.tick(["sentiment"]);
    await workbench.enter(/^Study name/, "two");
    await workbench.page.locator(".tab", { hasText: "study.json" }).waitFor();
    const file = path.join(study, "study.json");
    const plan = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(plan.seeds, [1, 2, 3, 4, 5]);
    assert.deepEqual(plan.tasks, ["../../tasks/sentiment.task.json"]);

    // Nothing starts while a cell cannot be trained.
    writeFileSync(file, JSON.stringify({ ...plan, options: { layers: "99" } }));
    await workbench.command("MaskLens: Check Study");
    await workbench.told(/two: nothing was started, because 5 of its cells cannot be trained: cells 1–5: /);
    await workbench.clearNotifications();

    const small = { epochs: 200, maxSteps: 500, batchSize: 16, maxLength: 16, layers: "5", kinds: ["Q"] };
    const options = { ...small, evaluateEvery: 250, checkpointEvery: 50 };
    writeFileSync(file, JSON.stringify({ ...plan, options, seeds: [1, 2, 3] }, null, 2));
    await workbench.showViews();
    await workbench.entry("0 of 3 done").waitFor();
    await workbench.choose("0 of 3 done", "Open Study");
    const { frame } = workbench;
    await frame.getByRole("button", { name: "Run", exact: true }).click();
    await workbench.page.getByText("3 cells: 0 done, 3 to train, 1 at a time.").waitFor();
    await dialog("Run").click();
    await frame.getByRole("button", { name: "Move cell 003 to the top" }).click();
    await frame.getByRole("button", { name: "Pause" }).click();
    await frame.locator(".state", { hasText: /^Paused · / }).waitFor();
    const names = frame.getByRole("table", { name: "Cells" }).locator("tbody tr td:first-child");
    await until(async () => (await names.allTextContents()).join() === "001,003,002");

    await pictured(workbench.page, "studies-editor");

    // Its run table shows the cell that this window trains as training.
    await frame.getByRole("button", { name: "Open run table" }).click();
    const row = frame.locator(".runs-grid tbody tr", { hasText: "001" });
    await row.locator("td", { hasText: /^training · ([2-9]|\d\d+)\/500$/ }).waitFor();
    await workbench.page.getByRole("tab", { name: "two", exact: true }).click();
    await frame.getByRole("button", { name: "Resume" }).click();
    await frame.locator(".state", { hasText: /^Running · / }).waitFor();
    await frame.getByRole("button", { name: "Stop at a checkpoint" }).click();
    await frame.locator(".state", { hasText: /^Not finished · / }).waitFor();
    assert.doesNotMatch((await frame.locator(".state").textContent())!, /another process/);
    for (const log of readdirSync(study, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith("log.jsonl"))) {
      const last = readFileSync(path.join(study, log), "utf8").trimEnd().split("\n").at(-1)!;
      assert.ok(["stopped", "done"].includes(JSON.parse(last).type), `${log} ends with ${last}`);
    }

    // What was stopped resumes from its checkpoint, and ends.
    writeFileSync(file, JSON.stringify({ ...plan, options, seeds: [1] }, null, 2));
    await workbench.entry("0 of 1 done").waitFor();
    await workbench.pressOn("0 of 1 done", "Run Study");
    await dialog("Run").click();
    await workbench.told(/two: all cells are finished\./);
    const log = readFileSync(path.join(study, "cells", "001", "log.jsonl"), "utf8");
    assert.equal(log.match(/^\{"type":"start"/gm)!.length, 2, "it was resumed, not started again");
    await workbench.entry("1 of 1 done").waitFor();

    // Its page comes back after a reload, and its run table opens by the command.
    await Promise.all([workbench.page.waitForEvent("load"), workbench.command("Developer: Reload Window")]);
    await workbench.ready();
    await frame.locator(".state", { hasText: "Done · 1 of 1 cells done" }).waitFor();
    await frame.getByRole("button", { name: "Write report" }).click();
    await workbench.told(/^Wrote report\.html and report\.md of two\.$/);
    assert.match(readFileSync(path.join(study, "report.md"), "utf8"), /^# Report of two\n/);
    await workbench.command("MaskLens: Open Run Table of Study");
    await row.locator("td", { hasText: "done" }).waitFor();
  }));
