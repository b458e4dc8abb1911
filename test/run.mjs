// Bundles the tests and runs them with Node's own runner: node test/run.mjs [PART OF A FILE NAME …]
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";

execFileSync(process.execPath, ["esbuild.mjs"], { stdio: "inherit" }); // the command line is tested as it is shipped
execFileSync(process.execPath, ["esbuild.mjs", "tests", ...process.argv.slice(2)], { stdio: "inherit" });
const files = readdirSync("dist/test", { recursive: true })
  .map((file) => path.join("dist/test", String(file)))
  .filter((file) => file.endsWith(".test.js"))
  .sort();
const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=2", "--enable-source-maps", ...files], {
  stdio: "inherit",
  env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
});
process.exit(status ?? 1);
