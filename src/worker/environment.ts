// The environment of a compute process: an allowlist of variables. It excludes tokens and keys of other programs, and
// variables that load code into processes (NODE_OPTIONS, LD_PRELOAD, DYLD_INSERT_LIBRARIES).

import { MEMORY } from "../runtime/machine-memory.ts";

/** On every system: paths of programs, libraries, the home folder and temporary files, and the language of messages. */
const NAMES = new Set([
  ...["PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "TZ"],
  ...["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"], // where CUDA's libraries are
  ...["HF_HOME", "HF_HUB_CACHE"], // not HF_TOKEN
  ...["SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"], // a run's lock names its job
  // Vulkan finds drivers through these variables, and drivers keep compiled shaders in these folders.
  ...["XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"],
  // Windows cannot start programs without the first two.
  ...["SYSTEMROOT", "WINDIR", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"],
  ...["PROGRAMFILES", "PATHEXT", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"],
]);

/** Settings of compute libraries, of graphics drivers, and of MaskLens. */
const FAMILIES = /^(LC|CUDA|CUBLAS|CUDNN|NVIDIA|OMP|GOMP|KMP|ORT|VK|MESA|MASKLENS)_/;

/** The variable with the process id of the compute process's parent. */
export const PARENT = "MASKLENS_PARENT";

/** The allowed part of the parent's environment, and the parent's process id. On Windows, names are case-insensitive. */
export function environmentOf(
  parent: Readonly<Record<string, string | undefined>>,
  { windows = process.platform === "win32", electron = process.versions.electron !== undefined } = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    const known = windows ? name.toUpperCase() : name;
    if (value !== undefined && (NAMES.has(known) || FAMILIES.test(known))) environment[name] = value;
  }
  return {
    ...environment,
    ORT_DISABLE_TELEMETRY: "1",
    [PARENT]: String(process.pid),
    // The editor's executable is Electron, which runs as Node if this is set.
    ...(electron || parent.ELECTRON_RUN_AS_NODE ? { ELECTRON_RUN_AS_NODE: "1" } : {}),
  };
}

/** The variable by which a process may use so much memory (see `memoryIn`). */
export const memoryVariable = (memory: string): Record<string, string> => ({ [MEMORY]: memory });
