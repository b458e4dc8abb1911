// One fuzzed input: created from its seed, written to a folder, read, and judged.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { Draw } from "./draw.ts";
import { type Files, FORMATS, type FuzzFormat } from "./formats.ts";

export interface Verdict {
  /** "read", or "refused" with an InputError; "untyped" is any other error. */
  readonly outcome: "read" | "refused" | "untyped";
  readonly message: string;
  /** Bytes of all its files. */
  readonly size: number;
}

const seeds = new Map<string, readonly Files[]>();

/** The files of input number `index`. */
export async function inputOf(name: string, seed: number, index: number): Promise<Files> {
  const format = formatNamed(name);
  const whole = seeds.get(name) ?? (await format.seeds());
  seeds.set(name, whole);
  const draw = new Draw(seed, `fuzz ${name} ${index}`);
  const files = draw.pick(whole);
  return { ...files, ...format.mutate(draw, files) };
}

export function formatNamed(name: string): FuzzFormat {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (!format) throw new RangeError(`no format ${name}`);
  return format;
}

/** Replaces the content of a folder by these files. Returns their size. */
export function writeInput(folder: string, files: Files): number {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder))
    if (!Object.hasOwn(files, name)) rmSync(path.join(folder, name), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  return Object.values(files).reduce((sum, { length }) => sum + length, 0);
}

/** Reads a folder as its format. Never throws. */
export async function judge(name: string, folder: string): Promise<Omit<Verdict, "size">> {
  try {
    await formatNamed(name).read(folder);
    return { outcome: "read", message: "" };
  } catch (error) {
    if (isSentence(error)) return { outcome: "refused", message: (error as Error).message };
    return { outcome: "untyped", message: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

/** Whether an error is an InputError that says what, where and what to do. */
function isSentence(error: unknown): boolean {
  return error instanceof InputError && Boolean(error.what && error.remedy && (error.place.file || error.place.at));
}

/** The files of a kept input. */
export function readInput(folder: string): Files {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
}
