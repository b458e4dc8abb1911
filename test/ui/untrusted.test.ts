import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { sampleWorkspace } from "../host/workspace.ts";
import { below } from "./processes.ts";
import { Workbench } from "./workbench.ts";

const REFUSED = /^This workspace is not trusted, so nothing is .*; trust it first\.$/;
const COMMANDS = ["train", "resume", "load", "tryText", "evaluate", "export", "download", "devices"];

test("an untrusted workspace shows its views, masks and diffs, refuses with the reason whatever would start something, and starts it when it is trusted", async () => {
  const folder = sampleWorkspace();
  for (const name of ["sentiment", "other"])
    copyFileSync(`test/fixtures/mask/${name}.mask.safetensors`, path.join(folder, `${name}.mask.safetensors`));
  const run = path.join(folder, "masks", "new");
  mkdirSync(run, { recursive: true });
  writeFileSync(
    path.join(run, "run.json"),
    JSON.stringify({ model: "../../model", task: "../../tasks/spam.task.json" }),
  );
  // Keys reach commands that the palette and the menus do not enable, as links and other extensions do.
  const keys = COMMANDS.map((name, i) => ({ key: `ctrl+alt+${i}`, command: `masklens.${name}` }));
  const workbench = await Workbench.open(folder, { trusted: false, keybindings: keys });
  try {
    await workbench.playing(async () => {
      const { page } = workbench;
      await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
      await workbench.showViews();
      for (const entry of ["all-MiniLM", "brown", "other", /new.*not begun/]) await workbench.entry(entry).waitFor();
      await workbench.openFile("sentiment.mask.safetensors");
      await workbench.frame.locator("table.grid td").first().waitFor();
      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["sentiment.mask", "other.mask"]);
      await workbench.frame.locator(".sentence", { hasText: /overlap|same weights/ }).waitFor();

      await workbench.clearNotifications();
      for (const { key } of keys) {
        await page.keyboard.press(key.replace("ctrl+alt", "Control+Alt"));
        await refused();
      }
      await workbench.openFile("run.json");
      await page.locator(".codelens-decoration a", { hasText: "Train" }).click();
      await refused();
      assert.deepEqual(below(workbench.serverPid, "worker.js"), [], "no process computes");

      await page.keyboard.press("Control+Alt+0");
      await workbench.told(REFUSED);
      await workbench.press("Manage Workspace Trust");
      await page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
      await page.locator(".workspace-trust-editor", { hasText: "You trust this folder" }).waitFor();
      await page.keyboard.press("Control+Alt+0");
      await page.getByPlaceholder("The frozen model").waitFor();
    });

    /** What was done is refused; the message is taken away, so that the next one is the next command's. */
    async function refused(): Promise<void> {
      await workbench.told(REFUSED);
      await workbench.clearNotifications();
    }
  } finally {
    await workbench.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
