import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { pictured } from "../host/behaviour.ts";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const fixture = (name: string) => `test/fixtures/mask/${name}.mask.safetensors`;

test("a heatmap and a diff show a mask anew that is written while they are open, and the diff follows one that is renamed", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-rewritten-"));
  const [a, b] = ["a", "b"].map((name) => path.join(folder, `${name}.mask.safetensors`)) as [string, string];
  copyFileSync(fixture("sentiment"), a);
  copyFileSync(fixture("other"), b);
  const workbench = await Workbench.open(folder);
  try {
    await workbench.playing(async () => {
      await workbench.showViews();
      await workbench.entry("sentiment").waitFor(); // the extension has started
      const title = workbench.frame.locator("h1");
      await workbench.openFile("a.mask.safetensors");
      await title.getByText("sentiment").waitFor();
      copyFileSync(fixture("topic"), a);
      await title.getByText("topic").waitFor();

      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["a.mask", "b.mask"]);
      const answer = workbench.frame.locator(".sentence", { hasText: /pruned the same weights/ });
      await answer.getByText("2.233 times").waitFor();
      copyFileSync(fixture("sentiment"), a);
      await answer.getByText("2.070 times").waitFor();

      await workbench.tab("heads");
      await workbench.choose(/^\s*b(?!\w)/, "Rename");
      await workbench.enter(/^New name/, "c");
      await title.getByText(/a.*↔.*c/).waitFor();
      await workbench.page.locator(".tab.active", { hasText: /^\s*a ↔ c\s*$/ }).waitFor();
      await workbench.frame.locator("#tab-heads[aria-selected=true]").waitFor(); // it shows what it showed
      await answer.getByText("2.070 times").waitFor();
      assert.equal(await workbench.frame.locator(".gone").count(), 0);
      await pictured(workbench.page, "files-renamed-diff");
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
