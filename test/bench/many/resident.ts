// The memory of a process that holds many masks: its peak, in a fresh process each.

import { statSync } from "node:fs";
import { measured } from "../speed/memory.ts";

/** In MB (2²⁰ bytes). */
export interface Resident {
  readonly masks: number;
  /** The files together. */
  readonly files: number;
  /** The peak of the process, which has loaded all of them and asked each once. */
  readonly peak: number;
}

export async function residentOf(files: readonly string[]): Promise<Resident> {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const { megabytes } = await measured([process.argv[1]!, "memory", "load", ...files]);
  return { masks: files.length, files: bytes / 2 ** 20, peak: megabytes };
}
