import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

test("a damaged mask, an empty one, and one without its base model say what is wrong where they would be drawn", async () => {
  const folder = sampleWorkspace();
  const whole = "test/fixtures/mask/sentiment.mask.safetensors";
  writeFileSync(path.join(folder, "empty.mask.safetensors"), "");
  writeFileSync(path.join(folder, "damaged.mask.safetensors"), readFileSync(whole).subarray(0, 1000));
  copyFileSync(whole, path.join(folder, "orphan.mask.safetensors"));
  const workbench = await Workbench.open(folder);
  try {
    await workbench.playing(async () => {
      for (const name of ["empty", "damaged"]) {
        await workbench.openFile(`${name}.mask.safetensors`);
        const fault = workbench.frame.locator(".error");
        await fault.waitFor();
        assert.match(await fault.innerText(), new RegExp(`${name}.mask.safetensors`));
      }
      await workbench.openFile("orphan.mask.safetensors");
      await workbench.frame.locator("table.grid td").first().waitFor(); // what the file alone tells is drawn
    });
  } finally {
    await workbench.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
