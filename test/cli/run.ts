// The command line as it is shipped, in a process of its own, over a tiny model and a tiny task.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const CLI = path.resolve("dist/cli.js");

/** Runs `masklens` with these words and lines of standard input; `interruptAt`: Ctrl+C when standard error matches. */
export function masklens(
  words: readonly string[],
  {
    input = "",
    cwd = process.cwd(),
    interruptAt,
  }: { input?: string | Uint8Array; cwd?: string; interruptAt?: RegExp } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...words], { cwd, stdio: "pipe" });
  let [out, err, interrupted] = ["", "", false];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    if (!interrupted && interruptAt?.test(err)) interrupted = child.kill("SIGINT");
  });
  child.stdin.on("error", () => undefined); // it may end before it has read all
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

const home = mkdtempSync(path.join(tmpdir(), "masklens-cli-"));
after(() => rmSync(home, { recursive: true, force: true }));
let folders = 0;

/** A new folder with these files. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const place = path.join(home, String(folders++));
  mkdirSync(place);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(place, name), content);
  return place;
}

export const TINY = path.resolve("test/fixtures/models/tiny-bert");

/** A copy of the tiny model's folder, with some of its files replaced. */
export function model(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const place = folder();
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"])
    cpSync(path.join(TINY, name), path.join(place, name));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(place, name), content);
  return place;
}

const WORDS = ["good", "bad", "film", "dog", "the", "very", "not", "was"];
export const ROWS = Array.from({ length: 40 }, (_, i) => {
  const text = Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 3 + j * j) % WORDS.length]).join(" ");
  return { text, label: i % 2 ? "yes" : "no" };
});
const csv = `text,label\n${ROWS.map(({ text, label }) => `${text},${label}`).join("\n")}\n`;

/** The file of a task of 40 short rows, with keys or data files replaced; undefined leaves a key out. */
export function task(
  keys: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, string | Uint8Array>> = {},
): string {
  const json = { name: "tiny", kind: "sentence", metric: "accuracy", files: { train: "rows.csv" }, ...keys };
  const place = folder({ "rows.csv": csv, ...files, "tiny.task.json": JSON.stringify(json) });
  return path.join(place, "tiny.task.json");
}

/** The words of a short training run into `out`, by the paper's recipe where no other is given. */
export function training(out: string, { base = TINY, file = task() } = {}, ...more: string[]): string[] {
  return [
    "train",
    "--model",
    base,
    "--task",
    file,
    "--out",
    out,
    "--epochs",
    "1",
    "--batch-size",
    "8",
    "--learning-rate",
    "0.05",
    ...(more.includes("--preset") ? [] : ["--preset", "paper"]),
    ...more,
  ];
}

/** Runs into exit code 2, with one line that matches `sentence` on standard error, and leaves nothing in `out`. */
export async function refuses(words: readonly string[], sentence: RegExp, out?: string): Promise<void> {
  const { code, out: printed, err } = await masklens(words);
  assert.match(err, sentence);
  assert.equal(err.trimEnd().split("\n").length, 1, err);
  assert.match(err, /; .+\.\n$/, "a remedy stands behind the semicolon");
  assert.deepEqual([code, printed], [2, ""], err);
  if (out) assert.deepEqual(filesIn(out), []);
}

/** All files below a folder; none where it is not there. */
export function filesIn(place: string): string[] {
  try {
    return readdirSync(place, { recursive: true }).map(String).sort();
  } catch {
    return [];
  }
}
