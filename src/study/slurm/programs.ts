// Calls Slurm's programs.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { InputError } from "../../errors.ts";
import { codeOf } from "../../files.ts";

/** The queue of a large cluster takes a few megabytes. */
const MOST_OUTPUT = 256_000_000;
/** A busy controller answers within a minute. */
const MILLISECONDS = 120_000;

/** What a program of Slurm prints. Throws an InputError with what it says if it fails. */
export async function slurm(program: string, words: readonly string[], folder?: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...words], {
      ...{ maxBuffer: MOST_OUTPUT, timeout: MILLISECONDS },
      ...(folder !== undefined && { cwd: folder }),
    });
    return stdout;
  } catch (cause) {
    if (codeOf(cause) === "ENOENT")
      throw new InputError(
        `there is no ${program} here`,
        {},
        "run this on a machine of the cluster, such as its login node",
      );
    const { stderr = "" } = cause as { stderr?: string };
    const said = stderr.trim().split("\n").at(-1) || (cause as Error).message;
    throw new InputError(
      `${program} failed: ${said}`,
      {},
      "correct the flags for Slurm, or ask the cluster's support",
      {
        cause,
      },
    );
  }
}
