// npm run bench fuzz [FORMAT …] [--count N] [--seed N]: broken files of every supported format, each changed by a
// mutator that knows the format. None may crash the process, cause an error that is not an InputError, take over 2 s of
// processor time, or use more memory than 64 MB plus four times the file. MASKLENS_BENCH_COUNT is the default count;
// failed inputs are kept under MASKLENS_FUZZ_KEEP. With all formats, writes docs/fuzz.md. A format that is finished is not
// measured again with the same code, so a run that was ended continues with the next format.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { malformed } from "../extension/ui/page-messages.ts";
import { FORMATS } from "../fuzz/formats.ts";
import { inputOf, writeInput } from "../fuzz/run.ts";
import { type Fault, fuzzChild, MOST_SECONDS } from "./fuzz-child.ts";
import { markdown } from "./markdown.ts";
import { CACHE } from "./tasks.ts";

/** Messages to each receiver of page messages. */
const MESSAGES = 10_000;
/** Inputs per process, so that leaks do not add up. */
const BATCH = 5000;
/** After this many milliseconds without output a process counts as hung, however busy the machine is. */
const HANG = 30_000;

type Failure = Omit<Fault, "kind"> & { readonly kind: Fault["kind"] | "crash" | "hang" };

interface Tally {
  readonly inputs: number;
  refused: number;
  slowest: number;
  largest: number;
  readonly failures: Failure[];
  seconds: number;
}

export async function benchFuzz(rest: readonly string[]): Promise<void> {
  if (rest[0] === "child") return fuzzChild(rest.slice(1));
  const option = (name: string, otherwise: string) => {
    const at = rest.indexOf(name);
    return Number(at < 0 ? otherwise : rest[at + 1]);
  };
  const count = option("--count", process.env.MASKLENS_BENCH_COUNT ?? "100000");
  const seed = option("--seed", "1");
  const asked = rest.filter((word, i) => !word.startsWith("--") && !rest[i - 1]?.startsWith("--"));
  const unknown = asked.find((name) => !Object.hasOwn(FORMATS, name));
  if (unknown || !Number.isInteger(count) || !Number.isInteger(seed)) {
    console.error(`npm run bench fuzz [FORMAT …] [--count N] [--seed N]; formats: ${Object.keys(FORMATS).join(", ")}.`);
    process.exit(2);
  }
  const names = asked.length ? asked : Object.keys(FORMATS);
  const tallies = new Map<string, Tally | undefined>(names.map((name) => [name, undefined])); // in this order
  const waiting = [...names];
  const next = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const tally = await fuzzFormat(name, seed, count);
      tallies.set(name, tally);
      console.error(`${name}: ${tally.failures.length} failures in ${Math.round(tally.seconds)} s`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  const finished = tallies as ReadonlyMap<string, Tally>;
  const table = tableOf(finished);
  console.log(table.join("\n"));
  const failed = [...finished.values()].reduce((sum, { failures }) => sum + failures.length, 0);
  if (failed) process.exitCode = 1;
  if (asked.length) return;
  const { handlers, messages, effects, errors } = await malformed(MESSAGES, seed);
  const pages = `${messages.toLocaleString("en")} malformed messages to the ${handlers} receivers of page messages: ${effects} had an effect, ${errors} threw an error.`;
  console.log(pages);
  if (effects || errors) process.exitCode = 1;
  writeFileSync("docs/fuzz.md", page([...table, "", pages], seed, count));
}

async function fuzzFormat(name: string, seed: number, count: number): Promise<Tally> {
  const tally: Tally = { inputs: count, refused: 0, slowest: 0, largest: 0, failures: [], seconds: 0 };
  const finished = path.resolve(CACHE, "fuzz", codeDigest(), `${name}-${seed}-${count}.json`);
  if (existsSync(finished)) return JSON.parse(readFileSync(finished, "utf8"));
  const start = performance.now();
  for (let from = 0; from < count; ) from = await batch(name, seed, from, Math.min(count, from + BATCH), tally);
  tally.seconds = (performance.now() - start) / 1000;
  for (const failure of oneOfEach(tally.failures)) await keep(name, seed, failure);
  mkdirSync(path.dirname(finished), { recursive: true });
  writeFileSync(finished, JSON.stringify(tally));
  return tally;
}

/** Identifies the code that is measured: a digest of the bundle of this file and all that it reads files with. */
const codeDigest = () => createHash("sha256").update(readFileSync(process.argv[1]!)).digest("hex").slice(0, 16);

/** Reads inputs in a process; returns the number of the first one not yet read. */
async function batch(name: string, seed: number, from: number, to: number, tally: Tally): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-fuzz-"));
  try {
    const child = spawn(
      process.execPath,
      [
        "--expose-gc",
        "--max-old-space-size=2000",
        process.argv[1]!,
        "fuzz",
        "child",
        name,
        ...[seed, from, to].map(String),
        folder,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let [at, hangs, errors] = [from, false, ""];
    const alarm = setTimeout(() => {
      hangs = true;
      child.kill("SIGKILL");
    }, HANG);
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors = (errors + text).slice(-2000);
    });
    const lines = createInterface({ input: child.stdout });
    let isDone = false;
    lines.on("line", (line) => {
      alarm.refresh();
      const said = JSON.parse(line);
      if (typeof said === "number") at = said;
      else if ("kind" in said) tally.failures.push(said);
      else {
        isDone = true;
        tally.refused += said.refused;
        tally.slowest = Math.max(tally.slowest, said.slowest);
        tally.largest = Math.max(tally.largest, said.largest);
      }
    });
    await Promise.all([
      new Promise((resolve) => child.on("close", resolve)),
      new Promise((resolve) => lines.on("close", resolve)),
    ]);
    clearTimeout(alarm);
    if (isDone) return to;
    tally.failures.push({ index: at, kind: hangs ? "hang" : "crash", message: errors });
    return at + 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Distinguishes faults: kind, class, and where it was thrown. */
function signature({ kind, message }: Failure): string {
  const [first = "", ...stack] = message.split("\n");
  return `${kind} ${kind === "untyped" ? first.split(":")[0] : ""} ${stack.find((line) => !line.includes("node:"))?.trim() ?? ""}`;
}

/** The first failure of each kind, with the number of failures of that kind. */
function oneOfEach(failures: readonly Failure[]): Failure[] {
  const kinds = new Map<string, Failure>();
  for (const failure of failures) if (!kinds.has(signature(failure))) kinds.set(signature(failure), failure);
  return [...kinds.values()];
}

/** Prints a failure and keeps its files. */
async function keep(name: string, seed: number, failure: Failure): Promise<void> {
  console.error(
    `\n${name}, input ${failure.index} of seed ${seed}: ${failure.kind}\n${failure.message.slice(0, 1500)}`,
  );
  const root = process.env.MASKLENS_FUZZ_KEEP;
  if (!root) return;
  const folder = path.join(root, name, String(failure.index));
  mkdirSync(folder, { recursive: true });
  writeInput(folder, await inputOf(name, seed, failure.index));
}

function tableOf(tallies: ReadonlyMap<string, Tally>): string[] {
  const of = (failures: readonly Failure[], ...kinds: Failure["kind"][]) =>
    String(failures.filter(({ kind }) => kinds.includes(kind)).length);
  return markdown(
    [
      "format",
      "inputs",
      "refused",
      "crashes",
      "untyped errors",
      `over ${MOST_SECONDS} s`,
      "over the memory limit",
      "slowest, s",
      "most memory, MB",
      "inputs per second",
    ],
    [...tallies].map(([name, { inputs, refused, failures, slowest, largest, seconds }]) => [
      ...[
        name,
        String(inputs),
        String(refused),
        of(failures, "crash"),
        of(failures, "untyped"),
        of(failures, "slow", "hang"),
      ],
      ...[of(failures, "memory"), slowest.toFixed(2), (largest / 1e6).toFixed(0), (inputs / seconds).toFixed(0)],
    ]),
  );
}

function page(table: readonly string[], seed: number, count: number): string {
  return `# Broken files

Made by \`npm run bench fuzz -- --seed ${seed} --count ${count}\` on ${cpus()[0]?.model.trim()}. Each input is a valid file changed by a mutator that knows its format (\`test/fuzz\`). "Refused" means that an error said in one sentence what is wrong, where, and what to do; the other inputs were still valid. Time is the processor time to read one input. Memory is the growth of the process's peak while reading it; the limit is 64 MB plus four times the size of the file. Inputs that ever failed are kept under \`test/fixtures/fuzz\`.

${table.join("\n")}
`;
}
