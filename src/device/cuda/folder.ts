// Where the command line keeps CUDA support.

import { homedir } from "node:os";
import path from "node:path";

/** MASKLENS_CUDA, or masklens/cuda in the user's cache. */
export function cudaFolder({ MASKLENS_CUDA, XDG_CACHE_HOME }: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(MASKLENS_CUDA || path.join(XDG_CACHE_HOME || path.join(homedir(), ".cache"), "masklens", "cuda"));
}
