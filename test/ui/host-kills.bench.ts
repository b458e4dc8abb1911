// npm run bench hostkills [KILLS]: kills the editor's extension host while a run trains, again and again, and measures how long
// the compute process outlives it. The run is resumed after each kill. Writes docs/host-kills.md.

import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Random } from "../../src/data/random.ts";
import { isAlive } from "../../src/processes.ts";
import { until } from "../host/until.ts";
import { cutTasks, discard, sampleWorkspace } from "../host/workspace.ts";
import { below } from "./support/processes.ts";
import { Workbench } from "./workbench.ts";

const MOST = 1000;
const EPOCHS = 5000;

const kills = Number(process.argv[2] ?? 50);
const random = new Random(1, "host kills");
const folder = sampleWorkspace();
const run = path.join(folder, "masks", "killed");
cutTasks(folder, 256);
const keybindings = [{ key: "ctrl+alt+i", command: "masklens.resume", args: { file: run } }];
const workbench = await Workbench.open(folder, { keybindings });
const times: number[] = [];
let left = 0;
try {
  await workbench.playing(measure);
} finally {
  await workbench.close();
  await discard(folder);
}

async function measure(): Promise<void> {
  await workbench.showViews();
  await workbench.train("sentiment", "killed", EPOCHS);
  for (let i = 0; i < kills; i++) {
    await workbench.page.locator(".statusbar-item", { hasText: /killed \d+\/\d+/ }).waitFor();
    await new Promise((resolve) => setTimeout(resolve, random.below(500)));
    const [host] = below(workbench.serverPid, "type=extensionHost");
    const workers = below(workbench.serverPid, "worker.js");
    if (host === undefined || !workers.length) throw new Error("there is no extension host with a compute process");
    const start = performance.now();
    process.kill(host, "SIGKILL");
    await until(() => workers.every((pid) => !isAlive(pid)));
    times.push(performance.now() - start);
    if (i === kills - 1) break;
    await workbench.page.reload();
    await workbench.ready();
    await workbench.showViews();
    await workbench.entry(/killed *(interrupted|not responding|stopped)/).waitFor();
    await workbench.page.keyboard.press("Control+Alt+I");
  }
  left = below(workbench.serverPid, "worker.js").length;
}

const slow = times.filter((time) => time > MOST).length;
const page = `# When the extension host is killed

Made by \`npm run bench hostkills -- ${kills}\`, on ${os.cpus()[0]?.model ?? "an unknown processor"}. A run trains in VS Code's server. Its extension host is killed (SIGKILL) at a random moment, and the run is resumed in a new one.

${times.length} extension hosts were killed: every compute process ended, the slowest after ${Math.max(...times).toFixed(0)} ms, ${slow} after more than ${MOST} ms. At the end, ${left} compute processes remained.
`;
writeFileSync("docs/host-kills.md", page);
console.log(page);
