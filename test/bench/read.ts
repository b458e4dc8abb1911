// npm run bench read [BEFORE]: times `masklens info TASK --json` on 200,000 rows of CSV, JSON lines and Parquet,
// compared with the built checkout at BEFORE (or MASKLENS_BEFORE), and gzip with plain files. New processes,
// alternating.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { Random } from "../../src/data/random.ts";

const ROWS = 200_000;
const ROUNDS = 9;
const GOAL = { before: 1.05, gzip: 1.3 };
/** Makes a process write its peak memory to standard error when it ends. */
const TELL = `--import=data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+process.resourceUsage().maxRSS))`;
const WORDS = [
  "good",
  "bad",
  "film",
  "the",
  "very",
  "not",
  "was",
  "story",
  "naïve",
  "plot",
  "actor",
  "scene",
  "long",
  "dull",
];
const LABELS = ["negative", "neutral", "positive"];

interface Measure {
  readonly milliseconds: number;
  readonly megabytes: number;
}

/** Texts of 5 to 24 words, some with a comma or a quote, and their labels. */
function rowsOf(): { text: string; label: string }[] {
  const random = new Random(1, "bench read");
  return Array.from({ length: ROWS }, (_, i) => {
    const words = Array.from({ length: 5 + random.below(20) }, () => WORDS[random.below(WORDS.length)]!);
    const mark = random.below(10);
    if (mark === 0) words[2] += ",";
    if (mark === 1) words[1] = `"${words[1]}"`;
    return { text: `${words.join(" ")} ${i}`, label: LABELS[random.below(LABELS.length)]! };
  });
}

/** The task files of each format in a folder. */
function writeTasks(folder: string): Record<string, string> {
  const rows = rowsOf();
  const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const csv = `text,label\n${rows.map(({ text, label }) => `${quoted(text)},${label}`).join("\n")}\n`;
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: "text", data: rows.map(({ text }) => text), type: "STRING" },
      { name: "label", data: rows.map(({ label }) => label), type: "STRING" },
    ],
  });
  const files: Record<string, string | Uint8Array> = {
    "rows.csv": csv,
    "rows.jsonl": rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    "rows.parquet": new Uint8Array(parquet),
    "rows.csv.gz": gzipSync(csv),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => {
      writeFileSync(path.join(folder, name), content);
      const task = path.join(folder, `${name}.task.json`);
      writeFileSync(task, JSON.stringify({ name: "read", kind: "sentence", files: { train: name } }));
      return [name.slice("rows.".length), task];
    }),
  );
}

async function measured(cli: string, task: string): Promise<Measure> {
  const start = performance.now();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [TELL, cli, "info", task, "--json"]);
  const milliseconds = performance.now() - start;
  const { rows } = JSON.parse(stdout) as { rows: Record<string, number> };
  const read = Object.values(rows).reduce((sum, count) => sum + count, 0);
  if (read !== ROWS) throw new Error(`${cli} read ${read} of ${ROWS} rows`);
  return { milliseconds, megabytes: Number(stderr.split("\n").at(-1)) / 1024 };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

export async function benchRead([before = process.env.MASKLENS_BEFORE]: readonly string[]): Promise<void> {
  const there = before === undefined ? undefined : path.resolve(before, "dist/cli.js");
  if (there !== undefined && !existsSync(there)) throw new Error(`${there} is not there; build that checkout first`);
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-read-"));
  try {
    const tasks = writeTasks(folder);
    console.log(
      `${ROWS} rows, medians of ${ROUNDS} processes each, in turns; ${cpus()[0]?.model}, Node ${process.version}`,
    );
    const runs: Record<string, Measure[]> = {};
    const run = async (name: string, cli: string, task: string) => {
      runs[name] = [...(runs[name] ?? []), await measured(cli, task)];
    };
    for (let round = 0; round < ROUNDS; round++)
      for (const [format, task] of Object.entries(tasks)) {
        if (there && format !== "csv.gz") await run(`${format} before`, there, task);
        await run(format, "dist/cli.js", task);
      }
    const of = (name: string, unit: keyof Measure) => median(runs[name]!.map((run) => run[unit]));
    for (const format of Object.keys(tasks)) {
      const other = format === "csv.gz" ? "csv" : there && `${format} before`;
      const ratio = (unit: keyof Measure) =>
        other ? `, ${(of(format, unit) / of(other, unit)).toFixed(2)} of ${other}'s` : "";
      const size = readFileSync(tasks[format]!.replace(".task.json", "")).length / 1e6;
      console.log(
        `${format} (${size.toFixed(1)} MB): ${of(format, "milliseconds").toFixed(0)} ms${ratio("milliseconds")}; peak ${of(format, "megabytes").toFixed(0)} MB${ratio("megabytes")} (goal ${format === "csv.gz" ? GOAL.gzip : GOAL.before})`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
