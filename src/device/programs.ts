// Asks other programs on this machine.

import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How long a program may take to answer, in milliseconds. */
const PATIENCE = 30_000;

/** A folder whose files programs do not run: Python loads modules from the current one. */
export const NEUTRAL = path.parse(process.execPath).root;

/** What a program prints; undefined if it is not there, fails, or does not end. */
export async function said(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  try {
    return (await run(program, [...words], { env, cwd: NEUTRAL, timeout: PATIENCE, maxBuffer: 1 << 24 })).stdout;
  } catch {
    return undefined;
  }
}
