import assert from "node:assert/strict";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { discard, sampleWorkspace } from "../host/workspace.ts";
import { below } from "./support/processes.ts";
import { Workbench } from "./workbench.ts";

const REFUSED =
  /^This workspace is not trusted, so MaskLens does not run or download anything in it\. Trust it first\.$/;
const COMMANDS = ["train", "resume", "load", "tryText", "evaluate", "export", "importMask", "download", "devices"];

/** Before any read: a file whose time of access is still this one has not been read since. */
const LONG_AGO = new Date("2001-01-01");

/** All files below a folder. */
const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());

const forgetReads = (files: readonly string[]): void => {
  for (const file of files) utimesSync(file, LONG_AGO, new Date());
};

const readOf = (files: readonly string[]): string[] => files.filter((file) => statSync(file).atime > LONG_AGO);

test("an untrusted workspace has nothing read that nobody opened, refuses with the reason whatever would start something, and shows all when it is trusted, without a reload", async () => {
  const folder = sampleWorkspace();
  for (const name of ["sentiment", "other"])
    copyFileSync(`test/fixtures/mask/${name}.mask.safetensors`, path.join(folder, `${name}.mask.safetensors`));
  const run = path.join(folder, "masks", "new");
  mkdirSync(run, { recursive: true });
  writeFileSync(
    path.join(run, "run.json"),
    JSON.stringify({ model: "../../model", task: "../../tasks/spam.task.json" }),
  );
  writeFileSync(path.join(run, "log.jsonl"), "");
  // A model of the Hub's cache, which lies outside.
  const cache = mkdtempSync(path.join(os.tmpdir(), "masklens-cache-"));
  const snapshot = path.join(cache, "hub", "models--a--b", "snapshots", "1");
  mkdirSync(snapshot, { recursive: true });
  cpSync("test/fixtures/models/tiny-bert", snapshot, { recursive: true });
  // Keys reach commands that the palette and the menus do not enable, as links and other extensions do.
  const keys = COMMANDS.map((name, i) => ({ key: `ctrl+alt+${i}`, command: `masklens.${name}` }));
  const all = [...filesBelow(folder), ...filesBelow(cache)];
  forgetReads(all);
  readFileSync(all[0]!);
  assert.deepEqual(readOf(all), [all[0]], "the file system tells what is read");
  forgetReads(all);
  const workbench = await Workbench.open(folder, { trusted: false, keybindings: keys, env: { HF_HOME: cache } });
  try {
    await workbench.playing(async () => {
      const { page } = workbench;
      const views = page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row");
      await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
      await workbench.showViews();
      await page.getByText("This workspace is not trusted, so MaskLens reads only").first().waitFor();
      await page.getByRole("button", { name: "Manage Workspace Trust" }).first().waitFor();
      await workbench.openFile("sentiment.mask.safetensors");
      await workbench.frame.locator("table.grid td").first().waitFor();
      await workbench.frame.locator(".sentence", { hasText: "pruned" }).waitFor(); // it is counted to its end
      assert.equal(await views.count(), 0);
      assert.deepEqual(readOf(all), [path.join(folder, "sentiment.mask.safetensors")], "what was opened alone is read");

      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["sentiment.mask", "other.mask"]);
      await workbench.frame.locator(".sentence", { hasText: /overlap|same weights/ }).waitFor();

      await workbench.clearNotifications();
      for (const { key } of keys) {
        await page.keyboard.press(key.replace("ctrl+alt", "Control+Alt"));
        await refused();
      }
      await workbench.openFile("run.json");
      await page.locator(".view-line", { hasText: "spam.task.json" }).waitFor();
      assert.equal(await page.locator(".codelens-decoration a", { hasText: "Train" }).count(), 0);
      assert.deepEqual(below(workbench.serverPid, "worker.js"), [], "no process computes");
      const masks = ["other", "sentiment"].map((name) => path.join(folder, `${name}.mask.safetensors`));
      assert.deepEqual(readOf(all).sort(), [path.join(run, "run.json"), ...masks].sort());

      await page.keyboard.press("Control+Alt+0");
      await workbench.told(REFUSED);
      await workbench.press("Manage Workspace Trust");
      await page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
      await page.locator(".workspace-trust-editor", { hasText: "You trust this folder" }).waitFor();
      for (const entry of ["all-MiniLM", "brown", "other", /new.*not started/]) await workbench.entry(entry).waitFor();
      await page.locator(".codelens-decoration a", { hasText: "Train" }).waitFor();
      await page.keyboard.press("Control+Alt+0");
      await page.getByPlaceholder("Choose the base model").waitFor();
    });

    /** What was done is refused; the message is taken away, so that the next one is the next command's. */
    async function refused(): Promise<void> {
      await workbench.told(REFUSED);
      await workbench.clearNotifications();
    }
  } finally {
    await workbench.close();
    for (const place of [folder, cache]) await discard(place);
  }
});
