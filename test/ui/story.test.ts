// What a new user does, in one window: the walkthrough's steps first, then all else that can be done with two masks.

import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { until } from "../host/until.ts";
import { cutTasks } from "../host/workspace.ts";
import { below } from "./processes.ts";
import { Workbench } from "./workbench.ts";

/** Rows of each split in the story: a few steps. */
const ROWS = 64;
const BOTH = ["sentiment.mask", "spam.mask"];

let workbench: Workbench;
let sample: string;

before(async () => {
  workbench = await Workbench.open();
  sample = path.join(workbench.storage, "sample");
});

after(() => workbench.close());

let broken = false;

/** A part of the story; none of it is told after one that failed. */
function story(name: string, work: () => Promise<void>): void {
  test(name, async () => {
    assert.ok(!broken, "what comes before has failed");
    broken = true;
    await workbench.playing(work);
    broken = false;
  });
}

/** The background colours of a grid's cells, one text a colour. */
const colours = (cells: Element[]) => [...new Set(cells.map((cell) => getComputedStyle(cell).backgroundColor))];

const step = (title: string) => workbench.page.locator(".getting-started-step", { hasText: title });

/** Opens the walkthrough, which goes on where it was left. */
async function openWalkthrough(): Promise<void> {
  await workbench.command("Welcome: Open Walkthrough");
  await workbench.pick("Select a walkthrough to open", "Train, look into and compare masks");
}

/** Presses a step's button in the walkthrough. */
async function follow(title: string, button: string): Promise<void> {
  await openWalkthrough();
  if ((await step(title).getAttribute("aria-expanded")) !== "true") await step(title).locator("h3").click();
  await step(title).locator(".monaco-button", { hasText: button }).click();
}

story("the walkthrough opens the sample, trains a mask, looks into it and compares it with a second one", async () => {
  const { page } = workbench;
  await follow("Open the sample", "Open Sample");
  await page.locator(".explorer-folders-view").getByText("tasks").waitFor(); // the window of the sample
  cutTasks(sample, ROWS);
  await follow("Train a mask", "Train Mask");
  await workbench.answerTrain("sentiment");
  await workbench.told(/^sentiment is trained/, 120);
  await workbench.train("spam");
  await workbench.told(/^spam is trained/, 120);
  for (const task of ["sentiment", "spam"])
    assert.ok(existsSync(path.join(sample, "masks", task)), "the run's folder lies in the workspace");
  await workbench.showViews();
  for (const task of ["sentiment", "spam"]) await workbench.entry(new RegExp(`${task} *accuracy`)).waitFor();

  await follow("Look into it", "Open Heatmap");
  await workbench.tick(["sentiment.mask"]);
  await workbench.frame.locator("table.grid td").first().waitFor();
  const painted = await workbench.frame.locator("table.grid td").evaluateAll(colours);
  assert.ok(painted.length >= 5, `the cells have ${painted.length} colours`);
  await workbench.tab("matrix");
  await workbench.frame.locator("canvas").first().waitFor();
  await page.waitForTimeout(500);
  const shades = await workbench.frame
    .locator("canvas")
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  assert.ok(shades >= 8, `the matrix has ${shades} shades`);

  await follow("Compare two", "Diff Masks");
  await workbench.tick(BOTH);
  // The heatmap's frame is the last one until the diff's has come.
  await workbench.frame.locator(".sentence", { hasText: /dropped the same weights/ }).waitFor();
  await openWalkthrough();
  for (const title of ["Open the sample", "Train a mask", "Look into it", "Compare two"])
    await step(title).and(page.locator('[aria-checked="true"]')).waitFor();
});

story("both masks are loaded and asked, also where their process was killed, and one is unloaded again", async () => {
  const others = below(workbench.serverPid, "worker.js");
  await workbench.command("MaskLens: Load Mask");
  await workbench.tick(BOTH);
  const status = (text: RegExp) => workbench.page.locator(".statusbar-item", { hasText: text });
  await status(/^\s*sentiment, spam\s*$/).waitFor();
  await workbench.command("MaskLens: Try Text");
  await workbench.frame.locator("vscode-text-area textarea").fill("A wonderful film.");
  await workbench.frame.locator(".answer").nth(1).waitFor();
  const answers = await workbench.frame.locator(".answer").allInnerTexts();
  assert.equal(answers.length, 2);
  assert.match(answers.join("\n"), /sentiment[\s\S]*(negative|positive)[\s\S]*spam/);
  for (const pid of below(workbench.serverPid, "worker.js")) if (!others.includes(pid)) process.kill(pid, "SIGKILL");
  await workbench.frame.locator("vscode-text-area textarea").fill("A dull film.");
  await workbench.frame.getByRole("heading", { name: "“A dull film.”" }).waitFor();
  await workbench.command("MaskLens: Unload");
  await workbench.tick(["sentiment.mask"]);
  await workbench.entry(/sentiment *accuracy/).waitFor();
  await workbench.entry(/spam *loaded/).waitFor();
  await status(/^\s*spam\s*$/).waitFor();
});

story("a mask is scored on the test rows, and the log holds every metric", async () => {
  await workbench.choose(/spam *loaded/, "Evaluate Mask");
  await workbench.told(/^On the test rows: spam accuracy \d+\.\d % \(\d+\.\d %–\d+\.\d %\)\.$/);
  await workbench.press("Show Log");
  const log = workbench.page.locator(".output-view-container, .panel .view-lines");
  await log
    .getByText(/matthews/)
    .first()
    .waitFor();
  await workbench.command("View: Hide Panel");
  await workbench.clearNotifications();
  await workbench.command("MaskLens: Evaluate Mask");
  await workbench.tick(BOTH);
  const score = String.raw`accuracy \d+\.\d % \(\d+\.\d %–\d+\.\d %\)`;
  await workbench.told(new RegExp(`^On the test rows: sentiment ${score}; spam ${score}\\.$`));
});

story("a mask is exported in both formats, and what lies there is not overwritten", async () => {
  const here = workbench.page.locator(".quick-input-widget .monaco-button", { hasText: "Export Here" });
  const exportAs = async (format: string) => {
    await workbench.choose(/spam *loaded/, "Export Masked Model");
    await workbench.pick(/zeros are in the weights/, format);
    await workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "tasks" }).waitFor(); // it is read
    await here.click();
    await here.waitFor({ state: "hidden" });
  };
  await exportAs("safetensors");
  await workbench.told(/^BertForSequenceClassification \(.*MB\) lies in .*\/spam-safetensors\.$/);
  await exportAs("ONNX");
  await workbench.told(/^BertForSequenceClassification \(.*MB\) lies in .*\/spam-onnx\.$/);
  for (const file of ["spam-safetensors/model.safetensors", "spam-onnx/model.onnx"])
    assert.ok(existsSync(path.join(sample, file)), file);
  await exportAs("ONNX");
  const told = await workbench.told(/spam-onnx: the folder is not empty; choose a new folder/);
  await until(() => workbench.log.includes(told));
  assert.doesNotMatch(workbench.log, /^\s+at /m, "no stack stands in the log for what a person did wrong");
});

story("a mask that was selected is compared with another, and not with itself", async () => {
  await workbench.command("View: Close All Editors");
  await workbench.choose(/sentiment *accuracy/, "Select for Compare");
  await workbench.choose(/spam *loaded/, "Compare with Selected");
  await workbench.frame.locator("h1", { hasText: /sentiment.*spam/ }).waitFor();
  await workbench.choose(/sentiment *accuracy/, "Compare with Selected");
  await workbench.told(/^This mask is the selected one; choose another to compare\.$/);
});

story("the last mask is unloaded while it is scored: the scores come all the same, then its process ends", async () => {
  const file = path.join(sample, "tasks", "spam", "test.jsonl");
  const rows = readFileSync(file, "utf8");
  writeFileSync(file, rows.repeat(15));
  await workbench.clearNotifications();
  const workers = () => below(workbench.serverPid, "worker.js").length;
  const before = workers();
  await workbench.choose(/spam *loaded/, "Evaluate Mask");
  await workbench.choose(/spam *loaded/, "Unload");
  await workbench.entry(/spam *accuracy/).waitFor();
  assert.equal(workers(), before, "it is still at work");
  await workbench.told(/^On the test rows: spam accuracy/, 120);
  await until(() => workers() === before - 1);
  writeFileSync(file, rows);
});

story(
  "a mask is scored on its task wherever that has gone, and where its rows have changed on the one that is chosen",
  async () => {
    const evaluate = async () => {
      await workbench.clearNotifications();
      await workbench.choose(/sentiment *accuracy/, "Evaluate Mask");
    };
    renameSync(path.join(sample, "tasks"), path.join(sample, "moved"));
    await evaluate();
    await workbench.told(/^On the test rows: sentiment accuracy/);
    const file = path.join(sample, "moved", "sentiment", "train.csv");
    const rows = readFileSync(file, "utf8");
    writeFileSync(file, rows.split("\n").slice(0, -2).join("\n"));
    await evaluate();
    await workbench.pick("The task sentiment of sentiment has moved", "sentiment.task.json");
    await workbench.told(/^On the test rows: sentiment accuracy/);
    writeFileSync(file, rows);
    renameSync(path.join(sample, "moved"), path.join(sample, "tasks"));
  },
);

story("the sample that is opened again has what was changed in it, and what was missing", async () => {
  const [changed, missing] = ["spam", "brown"].map((name) => path.join(sample, "tasks", `${name}.task.json`));
  const text = `${readFileSync(changed!, "utf8")}\n`;
  writeFileSync(changed!, text);
  rmSync(missing!);
  await workbench.command("MaskLens: Open Sample");
  await until(() => existsSync(missing!));
  await workbench.entry("brown").waitFor();
  assert.equal(readFileSync(changed!, "utf8"), text);
});

story("a task is made by keyboard alone, from what its data seem to be", async () => {
  const { page } = workbench;
  writeFileSync(path.join(sample, "reviews.csv"), "review,stars\nA good film,pos\nA bad film,neg\nNo good,neg\n");
  await page.keyboard.press("F1");
  await page.keyboard.type("MaskLens: New Task");
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "New Task" }).waitFor();
  await page.keyboard.press("Enter");
  await workbench.step("The data file to train on");
  await page.keyboard.type("reviews.csv");
  for (const next of [
    /what is a row\?/,
    "column of the text",
    "column of the label",
    /metric/,
    /Rows to choose/,
    /name;/,
  ]) {
    await page.keyboard.press("Enter");
    await workbench.step(next);
  }
  await page.keyboard.press("Enter");
  await page.locator(".tab.active", { hasText: "reviews.task.json" }).waitFor();
  const { kind, files, columns } = JSON.parse(readFileSync(path.join(sample, "reviews.task.json"), "utf8"));
  assert.deepEqual(
    { kind, files, columns },
    {
      kind: "sentence",
      files: { train: "reviews.csv" },
      columns: { text: "review", label: "stars" },
    },
  );
});

story("the devices say which works, and the one that is chosen is kept", async () => {
  await workbench.command("MaskLens: Show Devices");
  await workbench.step("Choose a device that works");
  const [cpu, ...gpus] = await workbench.entries();
  assert.match(cpu!, /^\s*cpu\s*works\s*$/);
  assert.equal(gpus.length, 2);
  for (const gpu of gpus) {
    if (/^\s*\S+\s*works\s*$/.test(gpu)) continue;
    assert.match(gpu, /^\s*(webgpu|cuda:0)\s*does not work here\s*\S/);
    assert.doesNotMatch(gpu, /::|was false/);
  }
  await workbench.pick("Choose a device that works", "cpu");
  const settings = path.join(workbench.storage, "..", "..", "..", "Machine", "settings.json");
  await until(() => existsSync(settings) && /"masklens.device": "cpu"/.test(readFileSync(settings, "utf8")));
});
