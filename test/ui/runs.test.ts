// A run and what may happen to it, in one window.

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { readEvents } from "../../src/train/run-folder.ts";
import { until } from "../host/until.ts";
import { cutTasks, sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const ROWS = 256;
const EPOCHS = 5;
const STEPS = (ROWS / 32) * EPOCHS;
const all = Array.from({ length: STEPS }, (_, i) => i + 1);

const folder = sampleWorkspace();
const inside = path.join(folder, "masks", "inside");
const outside = path.join(folder, "masks", "outside");
let workbench: Workbench;
let trainer: ChildProcess | undefined;

before(async () => {
  cutTasks(folder, ROWS);
  const resume = (key: string, file: string) => ({ key, command: "masklens.resume", args: { file } });
  workbench = await Workbench.open(folder, {
    keybindings: [resume("ctrl+alt+i", inside), resume("ctrl+alt+o", outside)],
  });
});

after(async () => {
  trainer?.kill("SIGKILL");
  await workbench.close();
  rmSync(folder, { recursive: true, force: true });
});

const step = (run: string) => workbench.page.locator(".statusbar-item", { hasText: new RegExp(`${run} \\d+/\\d+`) });
const steps = async (run: string) =>
  (await readEvents(run)).flatMap((event) => (event.type === "step" ? event.step : []));

test("a window that is reloaded in mid-training ends the run at a checkpoint, and says that it was stopped", () =>
  workbench.playing(async () => {
    await workbench.train("sentiment", "inside", EPOCHS);
    await step("inside").waitFor();
    await workbench.page.reload();
    await workbench.ready();
    await workbench.showViews();
    await workbench.entry(/inside *stopped/).waitFor();
    const last = (await readEvents(inside)).at(-1);
    assert.ok(last?.type === "stopped" && last.step > 0 && last.step < STEPS, JSON.stringify(last));
    assert.ok(existsSync(path.join(inside, "checkpoint.safetensors")));
    assert.ok(!existsSync(path.join(inside, "lock")));
  }));

test("a run that is resumed twice, here or by another process, is trained once, to its end, with each step", () =>
  workbench.playing(async () => {
    await workbench.entry("inside").hover();
    await workbench.entry("inside").getByRole("button", { name: "Resume" }).click();
    await step("inside").waitFor();
    const another = cli("train", "--resume", inside);
    await workbench.page.keyboard.press("Control+Alt+i");
    await workbench.told(/^inside is being trained already; stop it first, or wait for it\.$/);
    const { code, stderr } = await another;
    assert.equal(code, 2);
    assert.match(stderr, /masks\/inside: process \d+ on .* is training in it; wait for it or stop it/);
    await workbench.entry(/inside *done/).waitFor();
    assert.deepEqual(
      await steps(inside),
      Array.from({ length: STEPS }, (_, i) => i + 1),
    );
  }));

test("a run's page saves its numbers with the options that stand in its folder", () =>
  workbench.playing(async () => {
    await workbench.entry(/inside *done/).click();
    await workbench.frame.getByRole("button", { name: "Save CSV" }).click();
    const file = path.join(folder, "inside.csv");
    await workbench.enter("OK", file);
    await until(() => existsSync(file));
    const options = JSON.parse(readFileSync(path.join(inside, "run.json"), "utf8"));
    const said = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("# "));
    assert.deepEqual(JSON.parse(said.find((line) => line.startsWith("# options "))!.slice(10)), options);
    assert.ok(said.includes(`# task ${options.task}`) && said.includes(`# model ${options.model}`), said.join("\n"));
    assert.match(said.at(-1)!, /^# saved by masklens \d/);
  }));

test("a run is written as run.json, and what stands above that trains, stops, resumes and shows it", () =>
  workbench.playing(async () => {
    await workbench.train("sentiment", "written", 2, "Write run.json");
    const lens = (name: string) => workbench.page.locator(".codelens-decoration a", { hasText: name });
    await lens("Train").click();
    await step("written").waitFor();
    await lens("Stop").click();
    await lens("Resume").click();
    await workbench.told(/^written is trained: accuracy \d+\.\d % \(.*\) on the test rows\.$/);
    assert.deepEqual(await steps(path.join(folder, "masks", "written")), all.slice(0, (ROWS / 32) * 2));
    await workbench.front("run.json");
    await lens("Open heatmap").click();
    await workbench.frame.locator("h1", { hasText: "sentiment" }).waitFor();
  }));

test("a run that another process trains is shown so, is refused here, and can be resumed when that one has stopped", () =>
  workbench.playing(async () => {
    const [model, task] = [path.join(folder, "model"), path.join(folder, "tasks", "sentiment.task.json")];
    trainer = spawn(process.execPath, ["dist/cli.js", "train", "--model", model, "--task", task, "--out", outside]);
    await workbench.entry(/outside *in training elsewhere/).waitFor();
    await workbench.page.keyboard.press("Control+Alt+o");
    await workbench.told(
      /^outside could not be trained: .*: process \d+ on .* is training in it; wait for it or stop it/,
    );
    trainer.kill("SIGINT");
    await workbench.entry(/outside *(stopped|not begun)/).waitFor();
    await workbench.page.keyboard.press("Control+Alt+o");
    await step("outside").waitFor();
  }));

function cli(...given: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["dist/cli.js", ...given], (error, _, stderr) => resolve({ code: error?.code, stderr }));
  });
}
