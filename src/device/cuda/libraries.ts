// Finds NVIDIA's libraries that are on this machine already.

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { said } from "../programs.ts";

/** Prints where Python keeps packages. */
const SITE = "import sysconfig; print(sysconfig.get_paths()['purelib'])";

/**
 * Folders that may hold NVIDIA's libraries, those that the user names first: LD_LIBRARY_PATH, CUDA_HOME and CUDA_PATH, conda's
 * environment, the packages of the Python on the path, the driver's folder in WSL.
 */
export async function candidateFolders(environment: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const { LD_LIBRARY_PATH = "", CUDA_HOME, CUDA_PATH, CONDA_PREFIX } = environment;
  const toolkits = [CUDA_HOME, CUDA_PATH, "/usr/local/cuda"].filter((one) => one !== undefined);
  return [
    ...LD_LIBRARY_PATH.split(path.delimiter)
      .filter(Boolean)
      .map((folder) => path.resolve(folder)),
    ...toolkits.flatMap((one) => [path.join(one, "lib64"), path.join(one, "targets", "x86_64-linux", "lib")]),
    ...(CONDA_PREFIX ? [path.join(CONDA_PREFIX, "lib")] : []),
    ...(await wheelFolders(environment)),
    "/usr/lib/wsl/lib",
  ];
}

/** The lib folders of NVIDIA's wheels in the Python on the path. */
async function wheelFolders(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const site = await said("python3", ["-c", SITE], environment);
  if (!site) return [];
  const nvidia = path.join(site.trim(), "nvidia");
  const parts = await readdir(nvidia).catch(() => []);
  return parts.map((part) => path.join(nvidia, part, "lib")).filter((folder) => existsSync(folder));
}

/** The libraries that the system's loader finds by itself, by name. */
export async function loaderCache(environment: NodeJS.ProcessEnv = process.env): Promise<ReadonlySet<string>> {
  const listed = (await said("ldconfig", ["-p"], environment)) ?? (await said("/sbin/ldconfig", ["-p"], environment));
  return new Set([...(listed ?? "").matchAll(/^\s+(\S+) \(.*x86-64.*\) => /gm)].map(([, name]) => name!));
}

/** Where each of some libraries is: a folder, "" where the system's loader finds it by itself; what is absent is nowhere. */
export function locate(
  names: readonly string[],
  folders: readonly string[],
  cached: ReadonlySet<string>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const folder = folders.find((one) => existsSync(path.join(one, name))) ?? (cached.has(name) ? "" : undefined);
    if (folder !== undefined) found.set(name, folder);
  }
  return found;
}
