// Runs and masks that are renamed, moved or deleted by others while they are shown, and how they are named and sorted.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { cutTasks, discard, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { Workbench } from "./workbench.ts";

const folder = sampleWorkspace();
const runOf = (name: string) => path.join(folder, "masks", name);
let workbench: Workbench;

before(async () => {
  cutTasks(folder, 64, SHORT);
  for (const [name, epochs] of [
    ["first", 1],
    ["second", 2],
  ] as const)
    await prepareRun(folder, name, { epochs }); // prettier-ignore
  const options = JSON.parse(readFileSync(path.join(runOf("first"), "run.json"), "utf8"));
  mkdirSync(runOf("written"));
  writeFileSync(
    path.join(runOf("written"), "run.json"),
    JSON.stringify({ ...options, out: runOf("written"), epochs: 2000 }),
  );
  workbench = await Workbench.open(folder);
});

beforeEach(() => workbench.showViews());

after(async () => {
  await workbench.close();
  await discard(folder);
});

const status = (text: RegExp) => workbench.page.locator(".statusbar-item", { hasText: text });
const view = () => workbench.page.locator(".sidebar");
/** The entries of runs, from top to bottom. */
const runs = async () => {
  const texts = await workbench.page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row").allInnerTexts();
  return texts.flatMap((text) => /^\s*([a-z]+)\s*(\d+\.\d.% validation .*done|not started)/.exec(text)?.[1] ?? []);
};

test("two masks of one task are shown by their own names, with the task beside them", () =>
  workbench.playing(async () => {
    await workbench.entry(/first *accuracy/).waitFor();
    await workbench.command("MaskLens: Load Mask");
    await workbench.tick(["first.mask", "second.mask"]);
    await status(/^\s*first · sentiment, second · sentiment\s*$/).waitFor();
    await workbench.entry(/first *loaded/).click();
    await workbench.frame.locator("h1", { hasText: /^first sentiment$/ }).waitFor();
    await pictured(workbench.page, "names-heatmap");
    await workbench.command("MaskLens: Try Text");
    await workbench.frame.getByText(/^first · sentiment, second · sentiment over /).waitFor();
  }));

test("runs have their task, metric and date, and are sorted by what is chosen, also after a refresh", () =>
  workbench.playing(async () => {
    await workbench.entry(/first *\d+\.\d % validation accuracy · done · sentiment · .*\d{4}/).waitFor();
    assert.deepEqual(await runs(), ["first", "second", "written"]);
    await workbench.command("MaskLens: Sort Runs By");
    await workbench.pick("Sort Runs By", "Date");
    const byDate = ["written", "second", "first"];
    await until(async () => (await runs()).join() === byDate.join());
    await workbench.command("MaskLens: Refresh");
    await workbench.page.waitForTimeout(500);
    assert.deepEqual(await runs(), byDate);
    await pictured(workbench.page, "names-runs");
  }));

test("a run of which only run.json was written is not started, and can be started", () =>
  workbench.playing(async () => {
    const entry = workbench.entry(/written *not started/);
    await entry.hover();
    assert.equal(await entry.getByRole("button", { name: "Resume" }).count(), 0);
    await entry.getByRole("button", { name: "Start Run" }).waitFor();
    await entry.click();
    await workbench.frame.locator(".state", { hasText: /^Not started$/ }).waitFor();
    await workbench.frame.getByRole("button", { name: "Train" }).waitFor();
    assert.equal(await workbench.frame.getByRole("button", { name: "Resume" }).count(), 0);
    await pictured(workbench.page, "files-not-started");
  }));

test("views, pages and loaded masks follow a run's folder that another program renames", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.entry(/first.*done/).click();
    await frame.locator(".state", { hasText: "Done" }).waitFor();
    renameSync(runOf("first"), runOf("renamed"));
    await frame.getByText(/^masks\/first was moved to masks\/renamed\.$/).waitFor();
    await workbench.entry(/renamed.*done/).waitFor();
    await until(async () => !(await runs()).includes("first"));
    await workbench.entry(/first *loaded/).waitFor(); // from its new place, or it would not be
    await pictured(workbench.page, "files-moved");
    await frame.getByRole("button", { name: "Open heatmap" }).click();
    await frame.locator("h1", { hasText: /^first sentiment$/ }).waitFor();
    const opened = workbench.page.locator(".tab.active", { hasText: "first.mask.safetensors" });
    await opened.waitFor();
    await pictured(workbench.page, "files-renamed-heatmap");
    await workbench.page.getByRole("tab", { name: "first", exact: true }).click(); // the run's page
    renameSync(runOf("renamed"), runOf("again"));
    const note = frame.getByText(/^masks\/first was moved to masks\/again\.$/);
    await note.waitFor();
    await frame.getByRole("button", { name: "Open at New Location" }).click();
    await note.waitFor({ state: "hidden" });
    await frame.locator("h1", { hasText: /^first/ }).waitFor();
  }));

test("views forget a folder that another program deletes, and its page says that it is gone", () =>
  workbench.playing(async () => {
    await workbench.entry(/second *loaded/).click();
    await workbench.frame.locator("h1", { hasText: /^second sentiment$/ }).waitFor();
    rmSync(runOf("second"), { recursive: true });
    await workbench.frame.getByText(/^masks\/second\/second\.mask\.safetensors was moved or deleted\./).waitFor();
    await until(async () => !(await runs()).includes("second"));
    await workbench.entry(/second *loaded/).waitFor({ state: "hidden" });
    assert.equal(await workbench.frame.getByRole("button", { name: "Open at New Location" }).count(), 0);
    await pictured(view(), "files-deleted");
  }));
