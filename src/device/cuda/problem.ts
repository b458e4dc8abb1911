// Why CUDA cannot be used on this machine, as far as that can be seen without loading it.

import { readdirSync } from "node:fs";
import path from "node:path";
import { InputError, messageOf } from "../../errors.ts";
import { codeOf } from "../../files.ts";
import { INSTALL_CUDA } from "../../remedies.ts";
import { packagedLibrary } from "../../runtime/library.ts";
import { type Problem, problemOf } from "../../runtime/reason.ts";
import { cudaLibrariesOf } from "./elf.ts";
import { candidateFolders, loaderCache, locate } from "./libraries.ts";
import { checkPlatform, readSupport, verifySupport } from "./support.ts";
import { PROVIDER } from "./wheels.ts";

/**
 * What is wrong with the CUDA support in `folder`: absent, damaged, of another version, or without its libraries; undefined if
 * nothing is seen. `origin` is a file of MaskLens, from which its own core of ONNX Runtime is found: a provider beside that core
 * is used, too.
 */
export async function cudaProblem(
  folder: string,
  origin: string | URL,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Problem | undefined> {
  try {
    checkPlatform();
    const support = readSupport(folder);
    if (support) await verifySupport(folder, support);
    const provider = support ? path.join(folder, support.place) : path.dirname(packagedLibrary(origin));
    const names = await cudaLibrariesOf(path.join(provider, PROVIDER));
    const folders = [provider, ...(support?.libraries ?? []), ...(await candidateFolders(environment))];
    const cached = await loaderCache(environment);
    const found = locate(names, folders, cached);
    const missing = names.find((name) => !found.has(name));
    if (missing === undefined) return undefined;
    const problem = problemOf(`${missing}: cannot open shared object file`);
    const other = otherMajor(missing, folders, cached);
    return other ? { ...problem, what: `${problem.what} (${other} is here, of another CUDA version)` } : problem;
  } catch (error) {
    if (error instanceof InputError) return { what: error.what, remedy: error.remedy };
    if (codeOf(error) !== "ENOENT")
      return { what: `CUDA support cannot be read (${messageOf(error)})`, remedy: INSTALL_CUDA };
    return { what: "CUDA support is not installed", remedy: INSTALL_CUDA };
  }
}

/** The same library of another major version. */
function otherMajor(name: string, folders: readonly string[], cached: ReadonlySet<string>): string | undefined {
  const start = name.replace(/\d+$/, "");
  const isOther = (found: string) =>
    found.startsWith(start) && found !== name && /^\d+$/.test(found.slice(start.length));
  const here = folders.flatMap((folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  });
  return [...here, ...cached].find(isOther);
}
