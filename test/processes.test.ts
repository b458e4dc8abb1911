// Which processes count as living.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { isAlive } from "../src/processes.ts";

test("this process and its parent live, one that has ended does not", async () => {
  assert.ok(isAlive(process.pid) && isAlive(process.ppid));
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await once(child, "exit");
  assert.equal(isAlive(child.pid!), false);
});

if (process.platform === "linux")
  test("a process that ended and that nobody collects does not live", async () => {
    // `sleep 0` ends at once; the shell that would collect it has become `sleep 30`, which collects nobody.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
    const [printed] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(printed.toString());
    const until = performance.now() + 5000;
    while (isAlive(pid) && performance.now() < until) await new Promise((next) => setTimeout(next, 20));
    process.kill(pid, 0); // the system still knows it
    assert.equal(isAlive(pid), false);
    parent.kill();
  });
