// Workspaces of several folders, names in other letters and with spaces, and files from outside.

import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { discard } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { Workbench } from "./workbench.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-workspaces-"));
const [models, tasks, outside] = ["base models", "мои задачи", "elsewhere"].map((name) => path.join(root, name)) as [
  string,
  string,
  string,
];
const TASK = "отзывы о фильмах";
const run = (name: string) => path.join(tasks, "masks", name);
const MODEL = path.join(models, "models--people--tiny-bert", "snapshots", "0f1e2d");
let workbench: Workbench;

before(async () => {
  for (const folder of [models, tasks, outside]) mkdirSync(folder);
  cpSync("test/fixtures/models/tiny-bert", MODEL, { recursive: true });
  const rows = Array.from({ length: 400 }, (_, i) => `фильм ${i} ${i % 2 ? "good" : "bad"},${i % 2 ? "да" : "нет"}`);
  writeFileSync(path.join(tasks, "films.csv"), ["текст,метка", ...rows].join("\n"));
  const task = { kind: "sentence", files: { train: "films.csv" }, columns: { text: "текст", label: "метка" } };
  writeFileSync(path.join(tasks, `${TASK}.task.json`), JSON.stringify(task));
  copyFileSync("test/fixtures/mask/topic.mask.safetensors", path.join(outside, "topic.mask.safetensors"));
  writeFileSync(path.join(tasks, "broken.mask.safetensors"), "xx");
  await prepareRun(tasks, "ready", { task: path.join(tasks, `${TASK}.task.json`), model: MODEL });
  const workspace = path.join(root, "both.code-workspace");
  writeFileSync(workspace, JSON.stringify({ folders: [models, tasks].map((path) => ({ path })) }));
  workbench = await Workbench.open(workspace);
});

beforeEach(() => workbench.showViews());

after(async () => {
  await workbench.close();
  await discard(root);
});

/** Answers the dialog for files, once it has read the folder that it begins with: until then it writes its own path. */
async function enterPath(file: string): Promise<void> {
  const { page } = workbench;
  await page.locator(".quick-input-list .monaco-list-row", { hasText: ".." }).waitFor();
  await page.locator(".quick-input-widget input.input").fill(file);
  await page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();
}

test("a run is called after its task, in whatever letters, lies in the task's folder of the workspace, and its scores say of which split they are", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Train Mask");
    await workbench.step("Choose the base model");
    const model = workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: /^tiny-bert/ });
    await model.waitFor(); // by its name: its folder is called by the revision
    await workbench.answerTrain(TASK);
    await workbench.told(new RegExp(`^Finished training ${TASK}`));
    assert.ok(existsSync(path.join(run(TASK), `${TASK}.mask.safetensors`)));
    assert.ok(!existsSync(path.join(models, "masks")));
    await workbench.entry(new RegExp(`${TASK} *accuracy \\d+\\.\\d % \\(test\\)`)).waitFor();
    await workbench.entry(new RegExp(`${TASK} *\\d+\\.\\d % validation accuracy · done · .*\\d{4}`)).waitFor();
    await workbench.entry(/broken *the file is 2 bytes long/).waitFor(); // the reason, not the path
  }));

/** An entry of the view of masks below the selected one; what is out of sight is not in the list. */
async function scrolledTo(text: RegExp) {
  const entry = workbench.entry(text);
  const last = workbench.page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", {
    hasText: /^(Q|K|AO) *z /,
  });
  await last.first().hover();
  await until(async () => {
    if (await entry.isVisible()) return true;
    await workbench.page.mouse.wheel(0, 60);
    return false;
  });
  return entry;
}

test("a matrix that is chosen in the view is shown, by a page that opens as by one that is in front", () =>
  workbench.playing(async () => {
    for (const entry of [/ready *accuracy/, /^Layer 2/])
      await workbench.entry(entry).locator(".monaco-tl-twistie").click();
    for (const kind of ["K", "AO"]) {
      await (await scrolledTo(new RegExp(`^${kind} *z `))).click();
      await workbench.frame.locator("h2", { hasText: `Layer 2 · ${kind}` }).waitFor();
      await workbench.frame.locator("canvas.view").waitFor();
    }
  }));

test("a head that is chosen in the view is highlighted in its matrix, and the page says which mask it does not combine and why", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    for (const text of [/ready *accuracy/, /^Layer 2/]) {
      const entry = workbench.entry(text);
      await entry.waitFor();
      if ((await entry.getAttribute("aria-expanded")) === "false") await entry.locator(".monaco-tl-twistie").click();
    }
    await (await scrolledTo(/^Head 1/)).click();
    await frame.getByRole("img", { name: /^Layer 2 · V: 32 rows, 32 columns; L2H1 highlighted$/ }).waitFor();
    await pictured(frame.locator(".figure").first(), "heatmap-tree");
    await frame.getByRole("tab", { name: "Changed by training" }).click();
    await frame
      .getByText(/^Not combined with this mask: broken \(cannot be read: .*the file is 2 bytes long/)
      .waitFor();
  }));

test("a second run starts beside the first one only after asking; the one that is chosen is stopped, and runs are listed by their numbers", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await workbench.train(TASK, "run 10", 2000);
    await workbench.entry(/run 10.*running/).waitFor();
    const dialog = page.locator(".monaco-dialog-box");
    const second = async (button: string) => {
      await workbench.train(TASK, "run 2", 2000);
      await dialog.getByText("run 10 is still training. Start run 2 beside it?").waitFor();
      await dialog.getByText("Both runs share this machine, so each of them takes longer.").waitFor();
      await pictured(page, "run-beside");
      await dialog.getByRole("button", { name: button }).click();
      await dialog.waitFor({ state: "detached" });
    };
    await second("Cancel");
    assert.equal(await page.locator(".tab", { hasText: "run 2" }).count(), 0, "no page of a run that does not exist");
    await second("Start Beside It");
    await workbench.entry(/run 2.*running/).waitFor();
    await workbench.command("MaskLens: Stop");
    await workbench.tick(["run 2"]);
    await workbench.entry(/run 2.*stopped/).waitFor();
    await workbench.entry(/run 10.*running/).waitFor();
    await workbench.command("MaskLens: Stop"); // the last one, without asking
    await workbench.entry(/run 10.*stopped/).waitFor();
    assert.equal(await page.locator(".quick-input-widget:visible").count(), 0);
    const top = async (name: string) => (await workbench.entry(name).boundingBox())!.y;
    assert.ok((await top("run 2")) < (await top("run 10")));
  }));

test("a mask that is open from outside the workspace is among those to choose from, ticked", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await page.keyboard.press("Control+O");
    await enterPath(path.join(outside, "topic.mask.safetensors"));
    await workbench.frame.locator("h1", { hasText: "topic" }).waitFor();
    await workbench.command("MaskLens: Diff Masks");
    const row = page.locator(".quick-input-list .monaco-list-row", { hasText: "topic.mask" });
    await row.and(page.locator('[aria-checked="true"]')).waitFor();
    await page.keyboard.press("Escape");
  }));

test("a folder without a model is not added to those of models", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Add Model Folder");
    await enterPath(`${outside}${path.sep}`);
    await workbench.told(/elsewhere: no model found; choose a folder with config\.json/);
  }));
