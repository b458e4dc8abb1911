import { cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

test("another program's mask is imported in steps, and its page says what was taken for granted", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-import-"));
  mkdirSync(path.join(folder, "model"));
  for (const name of ["config.json", "vocab.txt", "model.safetensors"])
    cpSync(`test/fixtures/torch/${name}`, path.join(folder, "model", name));
  cpSync("test/fixtures/imports/movement.pt", path.join(folder, "movement.pt"));
  const workbench = await Workbench.open(folder);
  try {
    await workbench.playing(async () => {
      await workbench.showViews();
      await workbench.command("MaskLens: Import Mask");
      await workbench.pick(/^Choose what to import/, "File…");
      await workbench.answerPath(path.join(folder, "movement.pt"));
      await workbench.pick(/^Choose the base model/, "model");
      await workbench.pick(/^Choose how the file becomes a mask/, "the highest scores");
      await workbench.enter(/^Share of the weights/, "0.4");
      await workbench.pick(/^Choose the task/, "Unknown");
      await workbench.enter(/^Name of the mask/, "moved");
      await workbench.told(/Imported movement pruning, topK: 12 of 14 matrices, sparsity 60\.7 %/);
      await workbench.frame.getByText("the mask was imported (movement pruning, topK)").first().waitFor();
      await workbench.tab("provenance");
      await workbench.frame.getByText("The mask is that of topK at the final threshold 0.4").first().waitFor();
      if (!existsSync(path.join(folder, "masks", "moved.mask.safetensors"))) throw new Error("no mask was written");
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
