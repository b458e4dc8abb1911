// Processes that take over one abandoned lock at the same moment; part of npm run bench faults.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { takeLock } from "../../src/lock.ts";

const TAKERS = 20;
const ROUNDS = 9;
/** Beyond the process IDs of Linux. */
const NOBODY = 2 ** 22 + 1;

export async function locks(): Promise<string[]> {
  let [most, none] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const folder = mkdtempSync(path.join(tmpdir(), "masklens-lock-"));
    writeFileSync(path.join(folder, "lock"), JSON.stringify({ pid: NOBODY, host: hostname(), id: "0" }));
    const takers = Array.from({ length: TAKERS }, () =>
      fork(process.argv[1]!, ["taker", folder], { stdio: "inherit" }),
    );
    await Promise.all(takers.map((taker) => once(taker, "message"))); // all are ready
    const answers = takers.map((taker) => once(taker, "message"));
    for (const taker of takers) taker.send("go");
    const held = (await Promise.all(answers)).filter(([answer]) => answer === "held").length;
    for (const taker of takers) taker.kill("SIGKILL");
    rmSync(folder, { recursive: true });
    most = Math.max(most, held);
    none += Number(held === 0);
  }
  return [
    "## An abandoned lock",
    "",
    `${ROUNDS} times, ${TAKERS} processes tried to take one abandoned lock at the same moment: at most ${most} held it, and ${none} times none did.`,
    "",
  ];
}

/** Runs in its own process: takes the lock of a folder when told to, and holds it until it is killed. */
export async function taker([folder]: readonly string[]): Promise<void> {
  process.send!("ready");
  await once(process, "message");
  const answer = await takeLock(path.join(folder!, "lock")).then(
    () => "held",
    (error: Error) => error.message,
  );
  process.send!(answer);
  await once(process, "disconnect");
}
