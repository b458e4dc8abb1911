import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { cutTasks, discard, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

test("diff, run, evaluation and Try Text are shown again after a reload, and say what is gone", async () => {
  const folder = sampleWorkspace();
  cutTasks(folder, 32, SHORT);
  for (const name of ["sentiment", "topic"])
    copyFileSync(`test/fixtures/mask/${name}.mask.safetensors`, path.join(folder, `${name}.mask.safetensors`));
  const workbench = await Workbench.open(folder);
  const { page } = workbench;
  const reload = async () => {
    await Promise.all([page.waitForEvent("load"), workbench.command("Developer: Reload Window")]);
    await workbench.ready();
  };
  const show = (title: string) => page.locator(".tabs-container .tab", { hasText: title }).first().click();
  try {
    await workbench.playing(async () => {
      await workbench.train("sentiment", "first");
      await workbench.told(/Finished training first/);
      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["sentiment.mask", "topic.mask"]);
      await workbench.frame.locator(".sentence", { hasText: /pruned the same weights/ }).waitFor();
      await workbench.tab("heads");
      await workbench.command("MaskLens: Show Run");
      await workbench.pick("Runs", "first");
      await workbench.frame.locator(".state", { hasText: "Done" }).waitFor();
      await workbench.command("MaskLens: Evaluate Mask");
      await workbench.tick(["first.mask"]);
      await workbench.told(/^On the test examples: first/);
      await workbench.command("MaskLens: Load Mask");
      await workbench.tick(["first.mask"]);
      await page.locator(".statusbar-item", { hasText: "sentiment" }).waitFor();
      await workbench.command("MaskLens: Try Text");
      await workbench.frame.locator("vscode-text-area textarea").fill("A wonderful film.");
      await workbench.frame.locator(".answer").first().waitFor();

      await reload();
      await workbench.frame.getByRole("button", { name: "Reload first · sentiment" }).click();
      await workbench.frame.locator(".answers", { hasText: "A wonderful film." }).waitFor();
      await show("Evaluation of first");
      await workbench.frame.getByRole("button", { name: "Evaluate Again" }).waitFor(); // it has no numbers without asking
      await show("first");
      await workbench.frame.locator(".state", { hasText: "Done" }).waitFor();
      await show("↔");
      await workbench.frame.locator("svg.scatter circle").first().waitFor(); // on the tab that was looked at

      rmSync(path.join(folder, "masks", "first"), { recursive: true });
      rmSync(path.join(folder, "topic.mask.safetensors"));
      await reload();
      const fault = workbench.frame.locator(".error");
      await fault.waitFor();
      assert.match(await fault.innerText(), /topic\.mask\.safetensors.*there is no such file/);
      await show("first");
      await fault.getByText(/masks\/first: the run folder no longer exists/).waitFor();
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
