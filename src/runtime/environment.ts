// What all sessions of a process share. It is made once and lives as long as the process.

import { type Api, loadApi } from "./api.ts";
import type { Owned } from "./owned.ts";

export interface Environment {
  readonly api: Api;
  readonly env: Owned<"Env">;
  /** Describes this process's own memory. */
  readonly memory: Owned<"MemoryInfo">;
}

/** OrtLoggingLevel: errors, and only what ends the process. */
export const LOG = { errors: 3, fatal: 4 } as const;

/** OrtAllocatorType and OrtMemType for memory that this process allocated itself. */
const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;

let made: Promise<Environment> | undefined;

/** Throws an error with the system's reason if the runtime cannot be loaded. */
export function environment(): Promise<Environment> {
  made ??= make();
  return made;
}

async function make(): Promise<Environment> {
  // Must be set before the library loads: otherwise, ONNX Runtime 1.29 and later send telemetry.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const api = await loadApi();
  const env = api.make("CreateEnv", LOG.errors, "masklens");
  return { api, env, memory: api.make("CreateCpuMemoryInfo", DEVICE_ALLOCATOR, DEFAULT_MEMORY) };
}
