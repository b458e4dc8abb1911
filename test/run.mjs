// Bundles the tests and runs them with Node's own runner: node test/run.mjs [PART OF A FILE NAME …]
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

execFileSync(process.execPath, ["esbuild.mjs"], { stdio: "inherit" }); // the command line is tested as it is shipped
execFileSync(process.execPath, ["esbuild.mjs", "tests", ...process.argv.slice(2)], { stdio: "inherit" });
const files = readdirSync("dist/test", { recursive: true })
  .map((file) => path.join("dist/test", String(file)))
  .filter((file) => file.endsWith(".test.js"))
  .sort();
// Where Chromium cannot be had, MASKLENS_LEAVE_OUT=chromium leaves out what needs it, and says so.
const leftOut =
  process.env.MASKLENS_LEAVE_OUT === "chromium" ? files.filter((file) => /test\W(pages|host|ui)\W/.test(file)) : [];
// What runs in a real editor measures times, so it has the machine to itself, after the others.
const inEditor = files.filter((file) => /^dist\/test\/(host|ui)\//.test(file.replaceAll(path.sep, "/")));
const groups = [
  { files: files.filter((file) => !inEditor.includes(file)), concurrency: 2 },
  { files: inEditor, concurrency: 1 },
].map(({ files, concurrency }) => ({ files: files.filter((file) => !leftOut.includes(file)), concurrency }));
// What tests leave goes with this folder, whatever becomes of them.
const temporary = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
process.on("exit", () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
let failed = false;
let skipped = 0;
for (const { files, concurrency } of groups) {
  if (!files.length) continue;
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...["--test", `--test-concurrency=${concurrency}`, "--enable-source-maps"],
      ...["--test-reporter=spec", "--test-reporter-destination=stderr"],
      ...["--test-reporter=tap", "--test-reporter-destination=stdout"],
      ...files,
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 2 ** 30,
      env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary, ORT_DISABLE_TELEMETRY: "1" },
    },
  );
  failed ||= status !== 0;
  // What a suite inside the editor says comes as comments of the protocol.
  if (status)
    console.error(
      String(stdout)
        .match(/^# {2}.*$/gm)
        ?.join("\n") ?? "",
    );
  skipped += Number(/^# skipped (\d+)$/m.exec(String(stdout))?.[1] ?? 0);
}
if (skipped) console.error(`\n${skipped} tests were SKIPPED: this run does not show that they pass.`);
if (leftOut.length) console.error(`\nLEFT OUT, for want of Chromium:\n  ${leftOut.join("\n  ")}`);
process.exit(failed ? 1 : 0);
