// Which processes count as living.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { isAlive } from "../src/processes.ts";
import { until } from "./host/until.ts";

test("this process and its parent live, one that has ended does not", async () => {
  assert.ok(isAlive(process.pid) && isAlive(process.ppid));
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await once(child, "exit");
  assert.equal(isAlive(child.pid!), false);
});

test("a process that ended and that nobody collects does not live", {
  skip: process.platform !== "linux" && "only Linux tells",
}, async (t) => {
  // The shell that would collect the first sleep has become the second one by then, which collects nobody.
  const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 3600"], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => parent.kill());
  const [printed] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(printed.toString());
  await until(() => !isAlive(pid));
  process.kill(pid, 0); // the system still knows it
  assert.equal(isAlive(pid), false);
});
