// Downloads wheels with the user's pip, so that the index, mirror and proxy that pip is set up for are used.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { Stopped } from "../../worker/errors.ts";
import { NEUTRAL, said } from "../programs.ts";
import type { Wheel } from "./wheels.ts";

/** The programs that may be the user's Python, in this order. */
const PYTHONS = ["python3", "python"];

/** The wheels are for this Python and for Linux x64, whatever the user's own Python is: only their libraries are used. */
const TARGET = [
  ...["--only-binary=:all:", "--no-deps", "--python-version", "3.12", "--implementation", "cp"],
  ...["--abi", "cp312", "--abi", "none"],
  ...["2_28", "2_27", "2_17", "2_5"].flatMap((version) => ["--platform", `manylinux_${version}_x86_64`]),
  ...["--platform", "manylinux2014_x86_64", "--platform", "manylinux1_x86_64"],
];

/** How often the progress of a download is looked at, in milliseconds. */
const LOOK = 500;

/** What to do where pip cannot download; the editor recognizes this text and asks for the folder. */
export const BY_HAND =
  "download the wheels elsewhere and give their folder: masklens devices --install cuda --from DIR (docs/cuda.md lists them)";

export interface Pip {
  /** The Python that runs it. */
  readonly python: string;
  /** "pip 26.3", with the version. */
  readonly version: string;
  /** Where it looks for packages, without passwords: what it is set up for, or its own default. */
  readonly indexes: readonly string[];
}

/** The pip of this Python, or of the one on the path. Throws an InputError if there is none. Downloads nothing. */
export async function findPip(named?: string): Promise<Pip> {
  for (const one of named ? [named] : PYTHONS) {
    const python = one.includes("/") ? path.resolve(one) : one;
    const version = await output(python, ["--version"]);
    if (!version) continue;
    const configured = (await output(python, ["config", "list"])) ?? "";
    return { python, version: /^pip \S+/.exec(version)?.[0] ?? "pip", indexes: indexesIn(configured) };
  }
  const what = named ? `${named} is not a Python with pip` : "there is no Python with pip on the path";
  throw new InputError(what, {}, BY_HAND);
}

/** The indexes that `pip config list` prints, without user names and passwords. */
export function indexesIn(configured: string): string[] {
  const set = new Map<string, string[]>();
  for (const [, key, value] of configured.matchAll(/^\S*?\.?(index-url|extra-index-url|find-links)='(.*)'\s*$/gm))
    set.set(key!, value!.split(/\s+|\\n/).filter(Boolean));
  const main = set.get("index-url") ?? ["pip's default index"];
  const others = ["extra-index-url", "find-links"].flatMap((key) => set.get(key) ?? []);
  return [...main, ...others].map((index) => index.replace(/\/\/[^/@]*@/, "//"));
}

interface Progress {
  readonly signal: AbortSignal;
  /** Called with the number of bytes of the wheel that have come. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Downloads a wheel into `folder`, which pip checks against the digest. Throws an InputError with pip's reason if it fails, and
 * `Stopped` if it is aborted.
 */
export async function download(
  pip: Pip,
  { project, version, file, sha256 }: Wheel,
  folder: string,
  { signal, onBytes }: Progress,
): Promise<void> {
  const partial = path.join(folder, `partial-${process.pid}`);
  await mkdir(partial, { recursive: true });
  const requirement = path.join(partial, "requirement.txt");
  await writeFile(requirement, `${project}==${version} --hash=sha256:${sha256}\n`);
  const words = ["download", ...TARGET, "--require-hashes", "--no-cache-dir", "--progress-bar", "off", "--no-input"];
  const child = spawn(pip.python, ["-m", "pip", ...words, "-d", folder, "-r", requirement], {
    cwd: NEUTRAL,
    env: environment({ TMPDIR: partial, PIP_CONSTRAINT: "" }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => child.kill();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let most: number | undefined = 0;
  const look = async () => {
    const bytes = await sizeIn(partial);
    if (most === undefined || bytes <= most) return; // it has ended, or pip has moved the file
    most = bytes;
    onBytes(bytes);
  };
  const timer = setInterval(() => void look(), LOOK);
  try {
    const { code, said } = await ended(child);
    if (signal.aborted) throw new Stopped();
    if (code !== 0) throw new InputError(`pip cannot download ${file}: ${reasonIn(said)}`, {}, BY_HAND);
  } finally {
    clearInterval(timer);
    most = undefined;
    signal.removeEventListener("abort", stop);
    await rm(partial, { recursive: true, force: true });
  }
}

/** The reason in pip's output: its errors, on one line. */
export function reasonIn(said: string): string {
  if (said.includes("DO NOT MATCH THE HASHES")) return "the index has another file of that name (its SHA-256 differs)";
  const errors = [...said.matchAll(/^ERROR: (.*)$/gm)].map(([, text]) => text!.trim());
  return errors.at(-1) ?? said.trim().split("\n").at(-1) ?? "no reason was given";
}

/** The size of the largest wheel in a folder and those below it: what pip has received of one. */
async function sizeIn(folder: string): Promise<number> {
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".whl"));
  const sizes = names.map((name) =>
    stat(path.join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return Math.max(0, ...(await Promise.all(sizes)));
}

/** pip's own environment, with more variables. */
const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_REQUIRE_VIRTUALENV: "0", PYTHONWARNINGS: "ignore" },
  ...more,
});

/** What pip prints; undefined if it cannot be run or fails. */
const output = (python: string, words: readonly string[]): Promise<string | undefined> =>
  said(python, ["-m", "pip", ...words], environment());

function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: -1, said: error.message }));
    child.on("close", (code) => resolve({ code, said }));
  });
}
