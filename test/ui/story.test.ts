import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { cutTasks } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

/** Rows of each split in the story: a few steps. */
const ROWS = 64;

/** The background colours of a grid's cells, one text a colour. */
const colours = (cells: Element[]) => [...new Set(cells.map((cell) => getComputedStyle(cell).backgroundColor))];

test("a new user opens the sample, trains two masks, looks into one, compares both, and asks both", async () => {
  const workbench = await Workbench.open();
  try {
    await workbench.playing(async () => {
      await workbench.command("MaskLens: Open Sample");
      const sample = path.join(workbench.storage, "sample");
      await workbench.page.locator(".explorer-folders-view").getByText("tasks").waitFor();
      cutTasks(sample, ROWS);
      await workbench.showViews();
      await workbench.entry("spam").waitFor();

      for (const task of ["sentiment", "spam"]) {
        await workbench.train(task);
        await workbench.told(new RegExp(`${task} is trained`), 120);
        assert.ok(existsSync(path.join(sample, "masks", task)), "the run's folder lies in the workspace");
      }
      const masks = workbench.page.locator(".pane", { hasText: "Masks" });
      await masks
        .getByRole("treeitem", { name: /accuracy/ })
        .first()
        .waitFor();

      await workbench.openFile("sentiment.mask.safetensors");
      await workbench.frame.locator("table.grid td").first().waitFor();
      const painted = await workbench.frame.locator("table.grid td").evaluateAll(colours);
      assert.ok(painted.length >= 5, `the cells have ${painted.length} colours`);
      await workbench.tab("matrix");
      await workbench.frame.locator("canvas").first().waitFor();
      await workbench.page.waitForTimeout(500);
      const shades = await workbench.frame
        .locator("canvas")
        .first()
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
      assert.ok(shades >= 8, `the matrix has ${shades} shades`);

      await workbench.command("MaskLens: Diff Masks");
      await workbench.tick(["sentiment.mask", "spam.mask"]);
      // The heatmap's frame is the last one until the diff's has come.
      await workbench.frame.locator(".sentence", { hasText: /dropped the same weights/ }).waitFor();

      await workbench.command("MaskLens: Load Mask");
      await workbench.tick(["sentiment.mask", "spam.mask"]);
      await workbench.page.locator(".statusbar-item", { hasText: "sentiment, spam" }).waitFor();
      await workbench.command("MaskLens: Try Text");
      await workbench.frame.locator("vscode-text-area textarea").fill("A wonderful film.");
      await workbench.frame.locator(".answer").nth(1).waitFor();
      const answers = await workbench.frame.locator(".answer").allInnerTexts();
      assert.equal(answers.length, 2);
      assert.match(answers.join("\n"), /sentiment[\s\S]*(negative|positive)[\s\S]*spam/);
    });
  } finally {
    await workbench.close();
  }
});
