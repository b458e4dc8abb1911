import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { maskFile } from "../adaptation/tiny.ts";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

test("a diff is judged by the workspace's masks over its base, again when tasks are named as related, which the workspace remembers", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-related-"));
  for (const data of ["1", "2", "3", "4", "5"])
    await maskFile(folder, `task${data}`, ["no", "yes"], { seed: Number(data), train: data });
  const workbench = await Workbench.open(folder);
  const remembered = () =>
    JSON.parse(readFileSync(path.join(folder, ".vscode", "settings.json"), "utf8"))["masklens.relatedTasks"];
  const judgedBy = (pairs: number) =>
    workbench.frame
      .locator(".null", { hasText: `The null is unrelated masks: ${pairs} reference pairs over this base model` })
      .waitFor();
  try {
    await workbench.playing(async () => {
      await workbench.showViews();
      await workbench.entry("task1").first().waitFor(); // the extension has started
      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["task1.mask", "task2.mask"]);
      await judgedBy(3 + 6);
      await workbench.command("MaskLens: Set Related Tasks");
      await workbench.tick(["task3", "task4"]);
      await judgedBy(2 + 6);
      assert.deepEqual(remembered(), [["task3", "task4"]]);
      await workbench.frame.locator("summary", { hasText: "More about this comparison" }).click();
      await workbench.frame.getByRole("button", { name: "These tasks are related" }).click();
      await workbench.frame.getByText("task1 and task2 are marked as related").waitFor();
      await judgedBy(2 + 6); // the pair itself never was a reference
      assert.deepEqual(remembered(), [
        ["task3", "task4"],
        ["task1", "task2"],
      ]);
      await workbench.frame.getByRole("button", { name: "These tasks are not related" }).click();
      await workbench.frame.getByText("task1 and task2 are treated as unrelated").waitFor();
      assert.deepEqual(remembered(), [["task3", "task4"]]);
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
