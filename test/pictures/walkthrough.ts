// npm run screenshots: the pictures of the walkthrough's steps, from the sample with shorter tasks.

import path from "node:path";
import { HANG } from "../host/until.ts";
import { cutTasks, sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "../ui/workbench.ts";

const FOLDER = path.join("media", "walkthrough");
/** Of each split. */
const ROWS = 960;

const sample = sampleWorkspace();
cutTasks(sample, ROWS);
const workbench = await Workbench.open(sample, {
  settings: { "workbench.colorTheme": "Default Dark Modern" },
  size: { width: 1100, height: 720 },
});
try {
  await workbench.playing(takePictures);
} finally {
  await workbench.close();
}

async function takePictures(): Promise<void> {
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

  await workbench.command("MaskLens: Diff Masks");
  await workbench.tick(["sentiment.mask", "spam.mask"]);
  await workbench.frame
    .locator(".sentence", { hasText: /overlap|chance/i })
    .first()
    .waitFor();
  await shoot("diff");
}

/** A picture of the window without the pointer on anything. */
async function shoot(name: string): Promise<void> {
  await workbench.page.mouse.move(550, 715);
  await workbench.page.waitForTimeout(2000);
  await workbench.page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
}
