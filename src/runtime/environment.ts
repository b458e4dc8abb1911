// What all sessions of a process share. It is made once and lives as long as the process.

import { type Api, loadApi } from "./api.ts";
import type { Owned } from "./owned.ts";

export interface Environment {
  readonly api: Api;
  readonly env: Owned<"Env">;
  /** Describes this process's own memory. */
  readonly memory: Owned<"MemoryInfo">;
}

/**
 * Threads that wait for work block instead of spinning, so that processes that share the cores do not take each other's
 * time. Results are the same.
 */
export const BLOCKING = ["session.intra_op.allow_spinning", "0"] as const;

/** The session option that makes a session use the shared arena. */
export const SHARED_ARENA = ["session.use_env_allocators", "1"] as const;

/** OrtLoggingLevel: errors, and only what ends the process. */
export const LOG = { errors: 3, fatal: 4 } as const;

/** OrtAllocatorType, and OrtMemType for memory of this process. */
const ALLOCATOR = { device: 0, arena: 1 } as const;
const DEFAULT_MEMORY = 0;

/** The arena grows by what is requested, not by powers of two. */
const AS_REQUESTED = 1n;

let made: Promise<Environment> | undefined;

/** Throws an error with the system's reason if the runtime cannot be loaded. */
export function environment(): Promise<Environment> {
  if (!made) {
    made = make();
    made.catch(() => {
      made = undefined;
    });
  }
  return made;
}

async function make(): Promise<Environment> {
  // Must be set before the library loads: otherwise, ONNX Runtime 1.29 and later send telemetry.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const api = await loadApi();
  const env = api.make("CreateEnv", LOG.errors, "masklens");
  shareArena(api, env);
  return { api, env, memory: api.make("CreateCpuMemoryInfo", ALLOCATOR.device, DEFAULT_MEMORY) };
}

/**
 * Gives the sessions that ask for it (SHARED_ARENA) one arena for what they compute between inputs and outputs. Each batch
 * shape has its own session, and an arena keeps what it has freed: with one each, training takes several times the memory.
 */
function shareArena(api: Api, env: Owned<"Env">): void {
  const arena = api.make("CreateArenaCfgV2", ["arena_extend_strategy"], BigUint64Array.of(AS_REQUESTED), 1);
  try {
    const memory = api.make("CreateCpuMemoryInfo", ALLOCATOR.arena, DEFAULT_MEMORY);
    try {
      api.call("CreateAndRegisterAllocator", env.pointer, memory.pointer, arena.pointer);
    } finally {
      memory.release();
    }
  } finally {
    arena.release();
  }
}
