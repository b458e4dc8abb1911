// The table of runs in the real editor: real run folders, the page, what it opens, and a reload.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { cutTasks, discard, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { Workbench } from "./workbench.ts";

const folder = sampleWorkspace();
let workbench: Workbench;

before(async () => {
  cutTasks(folder, 128, SHORT);
  await prepareRun(folder, "first");
  await prepareRun(folder, "second", { epochs: 2, stopAfter: 3 });
  const damaged = await prepareRun(folder, "damaged", { stopAfter: 1 });
  writeFileSync(path.join(damaged, "log.jsonl"), "{\n{\n");
  workbench = await Workbench.open(folder);
});

after(async () => {
  await workbench.close();
  await discard(folder);
});

const row = (name: string) => workbench.frame.locator(".runs-grid tbody tr", { hasText: name });

test("the run table shows the workspace's runs and their curves, opens a heatmap, and comes back after a reload", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Open Run Table");
    await row("first").locator("td", { hasText: "done" }).waitFor();
    await row("second").locator("td", { hasText: "stopped" }).waitFor();
    await row("damaged").locator("td", { hasText: "log.jsonl" }).waitFor();
    await row("first").locator("td").nth(1).click();
    const lines = workbench.frame.getByRole("table", { name: "Values of the lines" });
    await lines.getByRole("button", { name: "first" }).waitFor();
    assert.match((await lines.locator("tbody tr td").nth(1).textContent())!, /^\d\.\d{4}$/);
    await Promise.all([workbench.page.waitForEvent("load"), workbench.command("Developer: Reload Window")]);
    await workbench.ready();
    await row("first").locator("td", { hasText: "done" }).waitFor();
    assert.equal(await row("first").getAttribute("aria-selected"), "true");
    await workbench.frame.getByRole("button", { name: "Open heatmap" }).click();
    await workbench.frame.locator("table.grid td").first().waitFor();
    await workbench.front("Runs"); // the page was hidden, and has its curves again
    await lines.getByRole("button", { name: "first" }).waitFor();
  }));
