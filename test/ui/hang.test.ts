// A compute process that hangs or keeps dying, in the real editor.

import { writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { until } from "../host/until.ts";
import { discard, sampleWorkspace } from "../host/workspace.ts";
import { below } from "./support/processes.ts";
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
    await discard(folder);
  }
});

test("a process that died five times within three minutes is restarted only after Try Again", async () => {
  const folder = sampleWorkspace();
  const keybindings = [
    { key: "ctrl+alt+i", command: "masklens.resume", args: { file: path.join(folder, "masks", "dies") } },
  ];
  const workbench = await Workbench.open(folder, { keybindings });
  const running = workbench.page.locator(".statusbar-item", { hasText: /dies \d+\/\d+/ });
  const resumeAndKill = async () => {
    await running.waitFor();
    process.kill(below(workbench.serverPid, "worker.js")[0]!, "SIGKILL");
    await workbench.told(/^Training dies failed: the compute process was killed \(SIGKILL\)/);
    await running.waitFor({ state: "hidden" });
    await workbench.clearNotifications();
    await workbench.page.keyboard.press("Control+Alt+I");
  };
  const refused = () =>
    workbench.told(/: The compute process ended five times within three minutes/, 1000).then(
      () => "refused",
      () => undefined,
    );
  try {
    await workbench.playing(async () => {
      await workbench.train("sentiment", "dies", 5000);
      // On a busy machine five deaths may take longer than three minutes, and the process is restarted once more.
      for (let deaths = 0; deaths < 4; deaths++) await resumeAndKill();
      let outcome = "";
      while (outcome !== "refused") {
        await resumeAndKill();
        outcome = await until(async () => ((await running.isVisible()) ? "resumed" : refused()));
      }
      await workbench.press("Try Again");
      // A command that comes before the button has taken effect is refused once more.
      await workbench.pressUntil("Control+Alt+I", (timeout) => running.waitFor({ timeout }));
    });
  } finally {
    await workbench.close();
    await discard(folder);
  }
});
