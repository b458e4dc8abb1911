// npm run screenshots: the pictures of the walkthrough's steps, from the sample with shorter tasks.

import path from "node:path";
import { HANG } from "../host/until.ts";
import { cutTasks } from "../host/workspace.ts";
import { inSample, showDiff } from "./sample-window.ts";

/** Of each split. */
const ROWS = 960;

const window = {
  ...{ folder: path.join("media", "walkthrough"), size: { width: 1100, height: 720 }, pause: 2000 },
  prepare: (sample: string) => cutTasks(sample, ROWS),
};
await inSample(window, async (workbench, shoot) => {
  await workbench.showViews();
  await workbench.entry("spam").waitFor();
  await shoot("sample");
  await workbench.train("sentiment", undefined, 2);
  await workbench.told(/Finished training sentiment/, 3 * HANG);
  await workbench.train("spam", undefined, 2);
  await workbench.told(/Finished training spam/, 3 * HANG);
  await workbench.clearNotifications();

  await workbench.command("MaskLens: Train Mask");
  await workbench.pick("Choose the base model", "model");
  await workbench.pick("Choose the task", "spam");
  await workbench.step("How to train");
  await workbench.page.getByText("judging by the run").first().waitFor();
  await shoot("train");
  await workbench.page.keyboard.press("Escape");

  await workbench.openFile("sentiment.mask.safetensors");
  await workbench.frame.locator(".sentence", { hasText: "pruned" }).waitFor(); // it is counted to its end
  await shoot("look");

  await showDiff(workbench);
  await shoot("diff");
});
