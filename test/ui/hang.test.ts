// A compute process that hangs, in the real editor.

import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { sampleWorkspace } from "../host/workspace.ts";
import { below } from "./processes.ts";
import { Workbench } from "./workbench.ts";

/** Rows of one length: one graph, which is compiled before the first step and never again while a test looks. */
const ROWS = Array.from({ length: 64_000 }, (_, i) => (i % 2 ? "good,positive,x" : "bad,negative,x"));

test("a process that hangs is said to, Kill ends it, and its run can be resumed", async () => {
  const folder = sampleWorkspace();
  writeFileSync(path.join(folder, "tasks/sentiment/train.csv"), `text,label,source\n${ROWS.join("\n")}\n`);
  const workbench = await Workbench.open(folder);
  try {
    await workbench.playing(async () => {
      await workbench.train("sentiment", "hangs");
      const step = workbench.page.locator(".statusbar-item", { hasText: /hangs \d\d+/ });
      await step.waitFor(); // by now the editor has heard of steps, so half a minute is long
      process.kill(below(workbench.serverPid, "worker.js")[0]!, "SIGSTOP");
      await workbench.told(/^The compute process is not responding: no progress for /);
      await workbench.press("Kill");
      await workbench.told(/^Training hangs failed: the compute process did not respond and was killed/);
      await workbench.press("Resume");
      await step.waitFor();
    });
  } finally {
    await workbench.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
