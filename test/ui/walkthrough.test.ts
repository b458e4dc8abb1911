// What a new user does: the walkthrough's steps, in an empty window at first, then in that of the sample.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { afterEach, beforeEach } from "node:test";
import { until } from "../host/until.ts";
import { cutTasks } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

/** Rows of each split: a few steps. */
const ROWS = 64;

let workbench: Workbench;
let sample: string;

beforeEach(async () => {
  workbench = await Workbench.open();
  sample = path.join(workbench.storage, "sample");
});

afterEach(() => workbench.close());

/** The background colours of a grid's cells, one text a colour. */
const colours = (cells: Element[]) => [...new Set(cells.map((cell) => getComputedStyle(cell).backgroundColor))];

const step = (title: string) => workbench.page.locator(".getting-started-step", { hasText: title });

/** Opens the walkthrough, which continues where it was left. */
async function openWalkthrough(): Promise<void> {
  await workbench.command("Welcome: Open Walkthrough");
  await workbench.pick("Select a walkthrough to open", "Train, inspect and compare masks");
}

/** Presses a step's button in the walkthrough. */
async function follow(title: string, button: string): Promise<void> {
  await openWalkthrough();
  if ((await step(title).getAttribute("aria-expanded")) !== "true") await step(title).locator("h3").click();
  await step(title).locator(".monaco-button", { hasText: button }).click();
}

test("the walkthrough opens the sample, trains a mask, looks into it and compares it with a second one", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await follow("Open the sample", "Open Sample");
    await page.locator(".explorer-folders-view").getByText("tasks").waitFor(); // the window of the sample
    cutTasks(sample, ROWS);
    await follow("Train a mask", "Train Mask");
    await workbench.answerTrain("sentiment");
    await workbench.told(/^Finished training sentiment/);
    await workbench.train("spam");
    await workbench.told(/^Finished training spam/);
    for (const task of ["sentiment", "spam"])
      assert.ok(existsSync(path.join(sample, "masks", task)), "the run's folder lies in the workspace");
    await workbench.showViews();
    for (const task of ["sentiment", "spam"]) await workbench.entry(new RegExp(`${task} *accuracy`)).waitFor();

    await follow("Inspect the mask", "Open Heatmap");
    await workbench.tick(["sentiment.mask"]);
    await workbench.frame.locator("table.grid td").first().waitFor();
    await until(async () => {
      const painted = await workbench.frame.locator("table.grid td").evaluateAll(colours);
      return painted.length >= 5; // one before what training changed is counted
    });
    await workbench.tab("matrix");
    await workbench.frame.locator("canvas").first().waitFor();
    await until(async () => {
      const shades = await workbench.frame
        .locator("canvas")
        .first()
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
      return shades >= 8; // none before it is drawn
    });

    await follow("Compare two masks", "Diff Masks");
    await workbench.tick(["sentiment.mask", "spam.mask"]);
    // The heatmap's frame is the last one until the diff's has come.
    await workbench.frame.locator(".sentence", { hasText: /pruned the same weights/ }).waitFor();
    await openWalkthrough();
    for (const title of ["Open the sample", "Train a mask", "Inspect the mask", "Compare two masks"])
      await step(title).and(page.locator('[aria-checked="true"]')).waitFor();
  }));

test("the sample that is opened again has what was changed in it, and what was missing", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Open Sample");
    await workbench.page.locator(".explorer-folders-view").getByText("tasks").waitFor(); // the window of the sample
    const [changed, missing] = ["spam", "brown"].map((name) => path.join(sample, "tasks", `${name}.task.json`));
    const text = `${readFileSync(changed!, "utf8")}\n`;
    writeFileSync(changed!, text);
    rmSync(missing!);
    await workbench.command("MaskLens: Open Sample");
    await until(() => existsSync(missing!));
    await workbench.showViews();
    await workbench.entry("brown").waitFor();
    assert.equal(readFileSync(changed!, "utf8"), text);
  }));
