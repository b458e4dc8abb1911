// A run and what may happen to it, in one window.

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { isAlive } from "../../src/processes.ts";
import { readEvents } from "../../src/train/run-folder.ts";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { cutTasks, discard, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { below } from "./support/processes.ts";
import { Workbench } from "./workbench.ts";

const ROWS = 256;
const STEPS = ROWS / 32;
/** A run that no test waits for takes more steps than any window has time for. */
const FOR_EVER = 2000;

const folder = sampleWorkspace();
const runOf = (name: string) => path.join(folder, "masks", name);
const [twice, outside] = [runOf("twice"), runOf("outside")];
let workbench: Workbench;
let trainer: ChildProcess | undefined;

before(async () => {
  cutTasks(folder, ROWS, SHORT);
  const resume = (key: string, file: string) => ({ key, command: "masklens.resume", args: { file } });
  workbench = await Workbench.open(folder, {
    keybindings: [resume("ctrl+alt+i", twice), resume("ctrl+alt+o", outside)],
  });
});

beforeEach(async () => {
  await workbench.ready();
  await workbench.showViews();
});

after(async () => {
  trainer?.kill("SIGKILL");
  await workbench.close();
  await discard(folder);
});

const step = (run: string) => workbench.page.locator(".statusbar-item", { hasText: new RegExp(`${run} \\d+/\\d+`) });
const workers = () => below(workbench.serverPid, "worker.js");
const steps = async (run: string) =>
  (await readEvents(run)).flatMap((event) => (event.type === "step" ? event.step : []));

const first = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test("a window that is reloaded in mid-training ends the run at a checkpoint, and says that it was stopped", () =>
  workbench.playing(async () => {
    // The editor waits a few seconds for a window to end. On a busy machine this may be too short for a checkpoint, and the run
    // is interrupted as in a crash: then it is tried again.
    for (const name of ["reloaded", "reloaded-again", "reloaded-at-last"]) {
      await workbench.train("sentiment", name, FOR_EVER);
      await step(name).waitFor();
      await workbench.page.reload();
      await workbench.ready();
      await workbench.showViews();
      const entry = workbench.entry(new RegExp(`${name} *(stopped|interrupted)`));
      await entry.waitFor();
      if ((await entry.innerText()).includes("interrupted")) continue;
      const run = runOf(name);
      const last = (await readEvents(run)).at(-1);
      assert.ok(last?.type === "stopped" && last.step > 0 && last.step < STEPS * FOR_EVER, JSON.stringify(last));
      assert.ok(existsSync(path.join(run, "checkpoint.safetensors")));
      assert.ok(!existsSync(path.join(run, "lock")));
      return;
    }
    assert.fail("three windows that were reloaded left their runs without a checkpoint of the end");
  }));

test("a run that is resumed twice, here or by another process, is trained once, to its end, with each step, and its process ends", () =>
  workbench.playing(async () => {
    await prepareRun(folder, "twice", { epochs: 2, stopAfter: 3 });
    await workbench.entry(/twice.*stopped/).waitFor();
    const others = workers();
    await workbench.pressOn(/twice.*stopped/, "Resume");
    const [trains] = await until(() => {
      const started = workers().filter((pid) => !others.includes(pid));
      return started.length && existsSync(path.join(twice, "lock")) ? started : undefined;
    });
    process.kill(trains!, "SIGSTOP"); // it must not end before it was resumed again
    try {
      const another = cli("train", "--resume", twice);
      await workbench.toldByKey("Control+Alt+i", /^twice is already training\. Stop it, or wait until it finishes\.$/);
      const { code, stderr } = await another;
      assert.equal(code, 2);
      assert.match(
        stderr,
        /masks\/twice: process \d+ on .* is already training here; wait for it to finish or stop it/,
      );
    } finally {
      process.kill(trains!, "SIGCONT");
    }
    await workbench.entry(/twice.*done/).waitFor();
    assert.deepEqual(await steps(twice), first(2 * STEPS));
    await until(() => !isAlive(trains!)); // it gives its memory back
    await pictured(workbench.page, "files-memory");
  }));

test("a run's page saves a table, with the options that stand in its folder in a file beside it", () =>
  workbench.playing(async () => {
    const run = await prepareRun(folder, "saved");
    await workbench.entry(/saved.*done/).click();
    await workbench.frame.getByRole("button", { name: "Save CSV" }).click();
    const [file, beside] = ["saved-evaluations.csv", "saved-evaluations-metadata.json"].map((name) =>
      path.join(folder, name),
    );
    await workbench.answerPath(file!);
    await until(() => existsSync(file!));
    assert.match(readFileSync(file!, "utf8"), /^step,split,metric,value,low,high,.*\n\d+,validation,/);
    const metadata = JSON.parse(readFileSync(beside!, "utf8"));
    assert.deepEqual(metadata.options, JSON.parse(readFileSync(path.join(run, "run.json"), "utf8")));
    assert.deepEqual([metadata.file, metadata.table, metadata.run], [path.basename(file!), "Evaluations", "saved"]);
    assert.match(metadata.savedBy, /^masklens \d/);
  }));

test("what a mask's parts are worth is estimated, measured until it is stopped, and one head is asked about", () =>
  workbench.playing(async () => {
    await prepareRun(folder, "worth");
    await workbench.openFile("worth.mask.safetensors");
    const { frame } = workbench;
    const choose = async (label: string, option: string) => {
      await frame.locator(`vscode-dropdown[aria-label='${label}']`).click();
      await frame.getByRole("option", { name: option, exact: true }).click();
    };
    await frame.getByRole("tab", { name: "Effect on the task" }).click();
    await choose("Time", "Estimates only");
    const measure = frame.getByRole("button", { name: "Measure" });
    await measure.click();
    await frame.getByText(/\. 0 of \d+ parts measured,/).waitFor();
    await choose("Time", "Measure every part");
    await measure.click();
    await frame.getByText(/\. [1-9]\d* of \d+ parts measured,/).waitFor();
    // Asking about one head ends the other measurement, whose values stay.
    await frame.getByRole("tab", { name: "Matrix" }).click();
    await choose("Highlighted head", "L1H2");
    await frame.getByRole("button", { name: "Is L1H2 dead?" }).click();
    await frame.getByText(/^L1H2 is (not )?dead: with all its masked weights set to zero,/).waitFor();
    await frame.getByRole("tab", { name: "Effect on the task" }).click();
    await frame.getByText(/\. [1-9]\d* of \d+ parts measured,/).waitFor();
    await measure.click();
    await frame.getByText(/\. \d+ of \d+ parts measured,/).waitFor();
    await frame.getByRole("button", { name: "Stop" }).click();
    await measure.waitFor();
  }));

test("Train opens the page of the run, with the options that the preset changed", () =>
  workbench.playing(async () => {
    await workbench.train("sentiment", "opened");
    await workbench.frame.locator("h1", { hasText: "opened" }).waitFor();
    await workbench.frame.locator(".state", { hasText: "Done" }).waitFor();
    const options = workbench.frame.getByRole("table", { name: "Options", exact: true });
    await options.locator("tr", { hasText: /layers\s*all \(default: not set\)/ }).waitFor();
    await pictured(workbench.page, "run-opens");
  }));

test("a run is written as run.json, and what stands above that trains, stops, resumes and shows it", () =>
  workbench.playing(async () => {
    await workbench.train("sentiment", "written", FOR_EVER, "Write run.json");
    const lens = (name: string) => workbench.page.locator(".codelens-decoration a", { hasText: name });
    await lens("Train").click();
    await workbench.frame.locator("h1", { hasText: "written" }).waitFor(); // its page opens by itself
    await step("written").waitFor();
    await workbench.front("run.json");
    await lens("Stop").click();
    await lens("Resume").waitFor();
    // It is resumed to the end of the epoch after the one in which it was stopped.
    const run = runOf("written");
    const made = (await steps(run)).at(-1)!;
    const epochs = Math.ceil(made / STEPS) + 1;
    const file = path.join(run, "run.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), epochs }));
    await lens("Resume").click();
    await workbench.told(/^Finished training written: test accuracy \d+\.\d % \(.*\)\.$/);
    assert.deepEqual(await steps(run), first(epochs * STEPS));
    await workbench.front("run.json");
    await lens("Open heatmap").click();
    await workbench.frame.locator("h1", { hasText: "sentiment" }).waitFor();
  }));

test("a run that another process trains is shown so, is refused here, and can be resumed when that one has stopped", () =>
  workbench.playing(async () => {
    trainer = trainOutside(outside);
    await workbench.entry(/outside.*running in another process/).waitFor();
    await workbench.toldByKey(
      "Control+Alt+o",
      /^outside could not be trained: .*: process \d+ on .* is already training here; wait for it to finish or stop it/,
    );
    trainer.kill("SIGINT");
    await workbench.entry(/outside *(stopped|interrupted|not started)/).waitFor();
    await workbench.page.keyboard.press("Control+Alt+o");
    await step("outside").waitFor();
  }));

test("a run that another process trains is no longer shown as running when that one is killed", () =>
  workbench.playing(async () => {
    trainer = trainOutside(runOf("killed"));
    await workbench.entry(/killed.*running in another process/).waitFor();
    trainer.kill("SIGKILL");
    // Its compute process may have time to save a checkpoint.
    await workbench.entry(/killed *(interrupted|not started|stopped)/).waitFor();
  }));

/** Trains a run by the command line until it is ended. */
function trainOutside(run: string): ChildProcess {
  const [model, task] = [path.join(folder, "model"), path.join(folder, "tasks", "sentiment.task.json")];
  const given = ["--model", model, "--task", task, "--out", run, "--epochs", String(FOR_EVER)];
  return spawn(process.execPath, ["dist/cli.js", "train", ...given], { stdio: "ignore" });
}

function cli(...given: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["dist/cli.js", ...given], (error, _, stderr) => resolve({ code: error?.code, stderr }));
  });
}
