// The ends of the command line: signals, streams that others close or fill up, and errors that nobody expected.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { silenceText } from "../../src/cli/compute.ts";
import { filesIn, folder, masklens, TINY, training } from "./run.ts";

const home = folder();
const out = (name: string) => path.join(home, name);
const maskOf = (name: string) => path.join(home, name, `${name}.mask.safetensors`);
const unix = { skip: process.platform === "win32" && "signals and shells of Unix" };
const linux = { skip: process.platform !== "linux" && "only Linux has /dev/full" };

/** Runs `masklens` within a line of bash, in which "$@" stands for the whole command. */
function inBash(line: string, words: readonly string[]) {
  const command = [process.execPath, "dist/cli.js", ...words];
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line, "bash", ...command], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

/** Runs `masklens` and sends it signals, each when what it has written to standard error matches. */
function signalled(words: readonly string[], signals: readonly (readonly [RegExp, NodeJS.Signals])[]) {
  const child = spawn(process.execPath, ["dist/cli.js", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  const left = [...signals];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    while (left.length && left[0]![0].test(err)) child.kill(left.shift()![1]);
  });
  return new Promise<{ code: number | null; err: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, err })),
  );
}

for (const [signal, code, said] of [
  ["SIGTERM", 143, /^received SIGTERM: stopping after this step$/m],
  ["SIGHUP", 129, /^the terminal was closed \(SIGHUP\): stopping after this step$/m],
] as const)
  test(`${signal} ends a training at a checkpoint, with exit code ${code}`, unix, async () => {
    const ended = await signalled(training(out(signal)), [[/step 1\//, signal]]);
    assert.equal(ended.code, code, ended.err);
    assert.match(ended.err, said);
    assert.match(ended.err, /\nmasklens: stopped; to resume: masklens train --resume \S+\n$/);
    assert.ok(filesIn(out(signal)).includes("checkpoint.safetensors"));
    const resumed = await masklens(["train", "--resume", out(signal)]);
    assert.equal(resumed.code, 0, resumed.err);
  });

test("Ctrl+C twice ends a training with a sentence and exit code 130, and it can be resumed", unix, async () => {
  const ended = await signalled(training(out("twice")), [
    [/step 1\//, "SIGINT"],
    [/stopping after this step/, "SIGINT"],
  ]);
  assert.equal(ended.code, 130, ended.err);
  assert.match(ended.err, /\nmasklens: stopped; to resume: masklens train --resume \S+\n$/);
  const resumed = await masklens(["train", "--resume", out("twice")]);
  assert.equal(resumed.code, 0, resumed.err);
});

test("a training goes on when nobody reads its progress any more", unix, () => {
  // The first line alone is read; the rest meets a closed pipe.
  const { code, out: printed } = inBash('set -o pipefail; "$@" 2>&1 | head -n 1', training(out("unread")));
  assert.equal(code, 0);
  assert.match(printed, /^32 training, [^\n]*\n$/);
  assert.ok(existsSync(maskOf("unread")));
});

test("a training whose result nobody reads writes its mask and is no failure", unix, () => {
  const words = [...training(out("unwanted")), "--json"];
  assert.equal(inBash('set -o pipefail; "$@" 2>/dev/null | true', words).code, 0);
  assert.ok(existsSync(maskOf("unwanted")));
});

test("a training with closed standard streams writes its mask", unix, () => {
  const { code } = inBash('"$@" <&- >&- 2>&-', training(out("closed")));
  assert.equal(code, 0);
  assert.ok(existsSync(maskOf("closed")));
});

test("a full standard output is said, with exit code 1, and the mask is written", linux, () => {
  const { code, err } = inBash('"$@" >/dev/full', training(out("full")));
  assert.equal(code, 1);
  assert.match(
    err,
    /\nmasklens: standard output cannot be written \(the disk is full\); all files are complete, .*\.\n$/,
  );
  assert.ok(existsSync(maskOf("full")));
});

test("a result that fits a file only in part is no success", unix, () => {
  const file = path.join(folder(), "result.json");
  const { code, err } = inBash(`ulimit -f 1; trap "" XFSZ; exec "$@" >'${file}'`, ["info", TINY, "--json"]);
  const written = readFileSync(file);
  assert.ok(written.length <= 1024);
  assert.equal(code, 1, err);
  assert.match(err, /^masklens: standard output cannot be written \(EFBIG\); .*\.\n$/);
});

test("a process that does not respond is told of with what to do, and so is its recovery", () => {
  assert.equal(
    silenceText(34.2),
    "the compute process is not responding (no progress for 34 s). Wait, or press Ctrl+C twice to end it; a run can be resumed from its last checkpoint.",
  );
  assert.equal(silenceText(null), "the compute process is responding again");
});

test("an error that nobody expected is a sentence with exit code 1", async () => {
  const hidden = "data:text/javascript,setTimeout(()=>{throw new TypeError('something odd')},500)";
  const words = ["--import", hidden, "dist/cli.js", "devices"];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stderr, "masklens: something odd\n");
});
