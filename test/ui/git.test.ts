import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const mask = (name: string) => path.resolve(`test/fixtures/mask/${name}.mask.safetensors`);

test("Source Control shows a mask's older version beside the file, and says what is wrong with one that is damaged", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-git-"));
  const git = (...given: string[]) => execFileSync("git", given, { cwd: folder });
  git("init", "-q");
  copyFileSync(mask("other"), path.join(folder, "whole.mask.safetensors"));
  writeFileSync(path.join(folder, "damaged.mask.safetensors"), "three");
  git("add", ".");
  git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-qm", "older");
  for (const name of ["whole", "damaged"])
    copyFileSync(mask("sentiment"), path.join(folder, `${name}.mask.safetensors`));
  const workbench = await Workbench.open(folder, {
    builtin: ["git", "git-base"],
    settings: { "git.enabled": true, "git.openRepositoryInParentFolders": "never" },
  });
  try {
    await workbench.playing(async () => {
      await workbench.page.keyboard.press("Control+Shift+G");
      const changed = workbench.page.locator(".scm-view .monaco-list-row");
      await changed.filter({ hasText: "whole.mask" }).click();
      await workbench.side("older").locator("h1", { hasText: "other" }).waitFor();
      await workbench.side("newer").locator("h1", { hasText: "sentiment" }).waitFor();
      await workbench.side("older").locator("table.grid td").first().waitFor();
      await changed.filter({ hasText: "damaged.mask" }).click();
      const fault = workbench.side("older").locator(".error");
      await fault.waitFor();
      assert.match(await fault.innerText(), /damaged\.mask\.safetensors/);
      await workbench.side("newer").locator("h1", { hasText: "sentiment" }).waitFor();
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
