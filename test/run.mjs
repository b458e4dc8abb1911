// Bundles the tests and runs them with Node's own runner, each file in a process of its own:
// node test/run.mjs [--alone] [PART OF A FILE NAME …]. With --alone each test runs without the others of its file.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const alone = process.argv[2] === "--alone";
const parts = process.argv.slice(alone ? 3 : 2);

/** What the caller leaves out, with the reason: MASKLENS_LEAVE_OUT="PART: REASON; PART: REASON". */
const named = new Map();
for (const one of (process.env.MASKLENS_LEAVE_OUT ?? "").split(";").filter((one) => one.trim())) {
  const [, part, reason] = /^\s*([^:]+?)\s*:\s*(\S.*?)\s*$/s.exec(one) ?? [];
  if (!reason) {
    console.error(`MASKLENS_LEAVE_OUT: "${one.trim()}" gives no reason; write "PART: REASON".`);
    process.exit(2);
  }
  named.set(part, reason);
}

execFileSync(process.execPath, ["esbuild.mjs"], { stdio: "inherit" }); // the command line is tested as it is shipped
execFileSync(process.execPath, ["esbuild.mjs", "tests", ...parts], { stdio: "inherit" });
const nameOf = (file) => file.slice("dist/test/".length).replace(/\.js$/, "");
/** The files that take longest come first, so that none of them runs alone in the end. */
const LONGEST = [
  "ui/story",
  "ui/runs",
  "ui/masks",
  "ui/walkthrough",
  "pages/pages",
  "device/webgpu",
  "cli/bad-input",
  "cli/study",
  "cli/commands",
  "pages/heatmap",
  "study/kills",
  "pages/diff",
  "train/resume",
  "study/study",
  "cli/hostile",
];
const placeOf = (file) => {
  const place = LONGEST.findIndex((long) => nameOf(file) === `${long}.test`);
  return place < 0 ? LONGEST.length : place;
};
const files = readdirSync("dist/test", { recursive: true })
  .map((file) => path.posix.join("dist/test", String(file).replaceAll(path.sep, "/")))
  .filter((file) => file.endsWith(".test.js"))
  .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));

const inEditor = (file) => /^(host|ui)\//.test(nameOf(file));
/** What waits for Slurm's queue, or until a process that hangs is noticed, leaves the processor to others. */
const mostlyWaits = (file) => /^(ui\/hang|study\/slurm\/slurm)\./.test(nameOf(file));
/** WebGPU runs over the software GPU that comes with Chromium. */
const needsChromium = (file) => /^(pages|host|ui|device\/webgpu)\b/.test(nameOf(file));
const chromium = process.env.CHROMIUM || "/usr/bin/chromium";
/** Chromium without a window to draw, which needs half the processor time for a page. Used if it is installed. */
const SHELL = "/usr/bin/chromium-headless-shell";
const chromiumFor = (file) =>
  !process.env.CHROMIUM && nameOf(file).startsWith("pages/") && existsSync(SHELL) ? SHELL : chromium;
/** The part that leaves out a whole file: "chromium", or the file's name. */
const partOf = (file) =>
  named.has("chromium") && needsChromium(file) ? "chromium" : nameOf(file).replace(/\.test$/, "");
const leftOut = files.filter((file) => named.has(partOf(file)));
if (!named.has("chromium") && files.some(needsChromium) && !existsSync(chromium)) {
  console.error(
    `There is no Chromium at ${chromium}: run apt-get install chromium, or set CHROMIUM to its path.\nTo run the other tests all the same, say so: MASKLENS_LEAVE_OUT="chromium: WHY IT IS NOT HERE"`,
  );
  process.exit(1);
}

// What tests leave goes with this folder, whatever becomes of them.
const temporary = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
process.on("exit", () => {
  try {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  } catch (error) {
    console.error(`What the tests left in ${temporary} could not be removed: ${error.message}`);
  }
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);

const running = new Set();
let ending = false;

/** Ends the tests first, because they write to the temporary folder. A second signal does not wait for them. */
async function end() {
  if (ending) process.exit(1);
  ending = true;
  await Promise.all(
    [...running].map((child) => {
      child.kill();
      return once(child, "close");
    }),
  );
  process.exit(1);
}

const env = {
  ...{ ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary, ORT_DISABLE_TELEMETRY: "1" },
  MASKLENS_SPINNING: "0", // the files share the processor
  MASKLENS_CUDA: path.join(temporary, "cuda", "support"), // not the CUDA support and the trials of this machine
};
const counts = { tests: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
const failed = [];
const skipped = [];
const times = [];
let runs = 0;

/** Runs a file, or of its tests those whose names match `pattern`, and gives its report as text and by Node's protocol. */
async function run(file, pattern) {
  if (ending) return new Promise(() => {}); // the process exits soon
  const [spec, tap] = ["spec", "tap"].map((kind) => path.join(temporary, `${runs}.${kind}`));
  runs++;
  const child = spawn(
    process.execPath,
    [
      ...["--enable-source-maps", ...(pattern ? [`--test-name-pattern=${pattern}`] : [])],
      ...["--test-reporter=spec", `--test-reporter-destination=${spec}`],
      ...["--test-reporter=tap", `--test-reporter-destination=${tap}`],
      file,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...env, CHROMIUM: chromiumFor(file) } },
  );
  running.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  const code = await new Promise((resolve) => child.on("close", resolve));
  running.delete(child);
  const read = (report) => (existsSync(report) ? readFileSync(report, "utf8") : "");
  return { code, said, spec: read(spec), tap: read(tap) };
}

const unescaped = (name) => name.replace(/\\([\\#])/g, "$1");
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

async function runWhole(file) {
  const start = performance.now();
  const { code, said, spec, tap } = await run(file);
  times.push({ name: nameOf(file), took: performance.now() - start });
  for (const [, name, took] of said.matchAll(/^\s*the suite (.+) took ([\d.]+) s$/gm))
    times.push({ name: `${nameOf(file)}: ${name}`, took: 1000 * Number(took), within: true });
  for (const key of Object.keys(counts))
    counts[key] += Number(new RegExp(`^# ${key} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  for (const [, name, reason] of tap.matchAll(/^\s*(?:not )?ok \d+ - (.*?) # (?:SKIP|TODO) ?(.*)$/gm))
    skipped.push({ file: nameOf(file), name: unescaped(name), reason });
  // A file whose runner ends early, or without a test, has shown nothing.
  if (code || !/^# pass [1-9]|^# skipped [1-9]/m.test(tap)) failed.push(nameOf(file));
  const told = spec.replace(/^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) .*\n/gm, "");
  console.log(`\n${nameOf(file)} (exit code ${code})\n${told.trimEnd()}${code && said ? `\n${said.trimEnd()}` : ""}`);
}

/** Each test of a file in a process of its own; of those of several suites with the same name each suite's. */
async function runAlone(file) {
  const { tap } = await run(file, "^no test is called so$");
  const all = tap.matchAll(/^\s*(?:not )?ok \d+ - (.*?)(?: # .*)?\n\s*---\n\s*duration_ms.*\n(\s*type: 'suite')?/gm);
  const names = new Set([...all].filter(([, , suite]) => !suite).map(([, name]) => unescaped(name)));
  if (!names.size) failed.push(nameOf(file));
  for (const name of names) {
    const { code, spec, said, tap } = await run(file, `/^${name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$/`);
    const passed = !code && /^# pass [1-9]/m.test(tap);
    counts.tests++;
    counts[passed ? "pass" : "fail"]++;
    console.log(`${passed ? "ok" : "not ok"} alone: ${nameOf(file)}: ${name}`);
    if (passed) continue;
    failed.push(`${nameOf(file)}: ${name}`);
    console.log(`${spec}\n${said}`);
  }
}

/** Runs the files of several queues, one file at a time and one queue after another. */
async function lane(...queues) {
  for (const queue of queues)
    for (let file = queue.shift(); file; file = queue.shift()) await (alone ? runAlone : runWhole)(file);
}

const start = performance.now();
const wanted = files.filter((file) => !leftOut.includes(file));
const waiting = wanted.filter(mostlyWaits);
const [inEditors, others] = [true, false].map((is) =>
  wanted.filter((file) => !mostlyWaits(file) && inEditor(file) === is),
);
// One editor at a time as long as there are others, because it is several processes already.
await Promise.all([
  lane(waiting),
  lane(inEditors, others),
  ...Array.from({ length: 3 }, () => lane(others, inEditors)),
]);
const took = performance.now() - start;

if (times.length) {
  console.log("\nTime of each suite:");
  for (const { name, took, within } of times.toSorted((a, b) => b.took - a.took))
    console.log(`${seconds(took).padStart(9)}  ${name}${within ? " (part of its file)" : ""}`);
  console.log(`${seconds(took).padStart(9)}  in total`);
}
const { tests, ...rest } = counts;
console.log(
  `\n${tests} tests: ${Object.entries(rest)
    .map(([key, count]) => `${count} ${key}`)
    .join(", ")}`,
);
let silent = false;
for (const part of new Set(leftOut.map(partOf)))
  console.log(
    `\nLEFT OUT, ${part}: ${named.get(part)}\n  ${leftOut
      .filter((file) => partOf(file) === part)
      .map(nameOf)
      .join("\n  ")}`,
  );
for (const { file, name, reason } of skipped) {
  const part = [...named.keys()].find((part) => `${file}: ${name}`.includes(part));
  silent ||= part === undefined;
  console.log(
    part === undefined
      ? `\nSKIPPED, and nobody said that it may be: ${file}: ${name} (${reason})\nTo leave it out, say so: MASKLENS_LEAVE_OUT="PART OF ITS NAME: WHY"`
      : `\nLEFT OUT, ${part}: ${named.get(part)}\n  ${file}: ${name}`,
  );
}
if (failed.length) console.log(`\nFAILED:\n  ${failed.join("\n  ")}`);
process.exit(failed.length || silent ? 1 : 0);
