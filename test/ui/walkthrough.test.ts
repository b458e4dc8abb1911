// What a new user does: the walkthrough's steps, in an empty window at first, then in that of the sample.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { afterEach, beforeEach } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { cutTasks, SHORT } from "../host/workspace.ts";
import { again, Workbench } from "./workbench.ts";

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
  // The editor shows a walkthrough of its own while it does not know those of extensions yet.
  await again(async (timeout) => {
    await workbench.command("MaskLens: Open Walkthrough");
    await step("Open the sample").waitFor({ timeout });
  });
}

/** Presses a step's button in the walkthrough. */
async function follow(title: string, button: string): Promise<void> {
  await openWalkthrough();
  // The editor itself turns to the next step when one is checked off: a click at that moment closes it again.
  await again(async (timeout) => {
    if ((await step(title).getAttribute("aria-expanded")) !== "true") await step(title).locator("h3").click();
    await step(title).locator(".monaco-button", { hasText: button }).click({ timeout });
  });
}

/** Answers the steps of Train Mask up to the presets, with the quick one's duration if it is known. */
async function durationOfQuick(task: string, asked: RegExp, expected: RegExp): Promise<void> {
  await workbench.pick("Choose the base model", "model");
  await workbench.pick("Choose the task", task);
  await workbench.step(asked);
  await until(async () => {
    const quick = (await workbench.entries()).find((entry) => /Mask, quick/.test(entry));
    return quick !== undefined && expected.test(quick);
  });
}

/** Answers the steps after the presets. */
async function answerRest(): Promise<void> {
  await workbench.pick("How to train", "Mask, quick");
  await workbench.enter(/^Epochs/, "1");
  await workbench.enter(/^Run name/);
  await workbench.pick(/^Train now, or/, "Train now");
}

test("in an empty window, views and commands offer the next step as a button until the sample opens with its walkthrough", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await workbench.showViews();
    await page.getByText("Masks are kept in a folder. Open yours, or the sample.").waitFor();
    await page.getByText("Runs are kept in a folder. Open yours, or the sample.").waitFor();
    await until(async () => (await page.getByRole("button", { name: "Open Sample" }).count()) === 1);
    await pictured(page, "contact-views");
    await workbench.command("MaskLens: Diff Masks");
    await workbench.told(/^There are no masks in this workspace yet/);
    await workbench.press("Train Mask", "There are no masks");
    await workbench.told(/^No base model found/);
    await workbench.showNotifications(true);
    await pictured(page, "contact-offer");
    await workbench.press("Open Sample", "No base model found");
    await workbench.inSample();
    assert.ok(existsSync(sample));
    // By itself; which of its pages is in front depends on how fast the window is.
    await page.locator(".tabs-container .tab", { hasText: /Walkthrough|Welcome/ }).waitFor();
    await pictured(page, "contact-sample");
  }));

test("the walkthrough opens the sample, trains a mask, looks into it and compares it with a second one", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await follow("Open the sample", "Open Sample");
    await workbench.inSample();
    cutTasks(sample, ROWS, SHORT);
    await follow("Train a mask", "Train Mask");
    const unknown = /^How to train; the durations are unknown until the first steps are timed$/;
    await durationOfQuick("sentiment", unknown, /2 epochs\s*$/);
    assert.match((await workbench.entries())[0]!, /Mask, recommended/); // nothing was chosen before
    await answerRest();
    await workbench.told(/^Finished training sentiment/);
    await workbench.command("MaskLens: Train Mask");
    await durationOfQuick(
      "spam",
      /^How to train; the other durations are unknown/,
      /about \d+ (s|min|h)\b.*, judging by the run sentiment\b/,
    );
    await pictured(page, "contact-presets");
    await answerRest();
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
    await pictured(page, "contact-walkthrough");
    const said = await workbench.messages();
    assert.ok(said.some((text) => /^Finished training spam/.test(text)));
    assert.deepEqual(
      said.filter((text) => /^Activating extension/.test(text)),
      [],
      "no extension of the editor fails",
    );
  }));

test("the sample that is opened again has what was changed in it, and what was missing", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Open Sample");
    await workbench.inSample();
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
