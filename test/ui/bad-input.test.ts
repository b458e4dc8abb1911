// Masks, models and processes that fail, in one window.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { cutTasks, discard, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { below } from "./support/processes.ts";
import { Workbench } from "./workbench.ts";

const folder = sampleWorkspace();
const aside = `${folder}-model`;
const file = path.join(folder, "masks", "first", "first.mask.safetensors");
const second = path.join(folder, "second.mask.safetensors");
const keybindings = [file, second].map((file, i) => {
  return { key: `ctrl+alt+${i}`, command: "masklens.load", args: { file } };
});
let workbench: Workbench;

before(async () => {
  cutTasks(folder, 64, SHORT);
  const whole = "test/fixtures/mask/sentiment.mask.safetensors";
  writeFileSync(path.join(folder, "empty.mask.safetensors"), "");
  writeFileSync(path.join(folder, "damaged.mask.safetensors"), readFileSync(whole).subarray(0, 1000));
  copyFileSync(whole, path.join(folder, "orphan.mask.safetensors"));
  workbench = await Workbench.open(folder, { keybindings });
});

beforeEach(async () => {
  await workbench.command("View: Close All Editors");
  await workbench.clearNotifications();
  await workbench.showViews();
});

after(async () => {
  await workbench.close();
  for (const place of [folder, aside]) await discard(place);
});

test("a damaged mask, an empty one, and one without its base model say what is wrong where they would be drawn", () =>
  workbench.playing(async () => {
    await workbench.entry("sentiment").waitFor(); // the extension has started
    for (const name of ["empty", "damaged"]) {
      await workbench.openFile(`${name}.mask.safetensors`);
      const fault = workbench.frame.locator(".error");
      await fault.waitFor();
      assert.match(await fault.innerText(), new RegExp(`${name}.mask.safetensors`));
    }
    await workbench.openFile("orphan.mask.safetensors");
    await workbench.frame.locator("table.grid td").first().waitFor(); // what the file alone tells is drawn
  }));

test("a worker that is killed in mid-training is named as the cause, and Resume is offered and goes on", () =>
  workbench.playing(async () => {
    const step = workbench.page.locator(".statusbar-item", { hasText: /killed \d+/ });
    await workbench.train("sentiment", "killed", 2000);
    await step.waitFor();
    const workers = below(workbench.serverPid, "worker.js");
    assert.equal(workers.length, 1, "one process trains");
    process.kill(workers[0]!, "SIGKILL");
    await workbench.told(/killed failed: .*SIGKILL/);
    await workbench.press("Resume");
    await step.waitFor();
    await workbench.command("MaskLens: Stop");
    await workbench.entry(/killed.*stopped/).waitFor();
  }));

test("a model folder that is moved away under a loaded mask is missed at the next loading, and found in its new place", () =>
  workbench.playing(async () => {
    await workbench.train("sentiment", "first");
    await workbench.told(/Finished training first/);
    copyFileSync(file, second);
    for (const i of keybindings.keys()) await workbench.page.keyboard.press(`Control+Alt+${i}`);
    await workbench.page.locator(".statusbar-item", { hasText: "first · sentiment, second · sentiment" }).waitFor(); // neither is lost
    await workbench.command("MaskLens: Unload");
    await workbench.tick(["second"]);
    await workbench.page.locator(".statusbar-item", { hasText: "sentiment" }).waitFor();
    rmSync(second);
    renameSync(path.join(folder, "model"), aside);
    await workbench.command("MaskLens: Try Text");
    await workbench.frame.locator("vscode-text-area textarea").fill("A wonderful film.");
    await workbench.frame.locator(".answer").first().waitFor(); // the weights are in memory
    await workbench.command("MaskLens: Unload");
    await workbench.command("MaskLens: Load Mask");
    await workbench.tick(["first.mask"]);
    await workbench.told(/first\.mask\.safetensors: its base model .* was not found in .*Add Model Folder/);
    renameSync(aside, path.join(folder, "moved"));
    await workbench.command("MaskLens: Load Mask");
    await workbench.tick(["first.mask"]);
    await workbench.page.locator(".statusbar-item", { hasText: "sentiment" }).waitFor();
  }));
