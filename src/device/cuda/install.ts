// Installs CUDA support: finds what is there, downloads the rest after consent, checks it, unpacks it.

import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { digestOf, exists, explained, writeAtomic } from "../../files.ts";
import { isAlive } from "../../processes.ts";
import { packagedLibrary } from "../../runtime/library.ts";
import { Stopped } from "../../worker/errors.ts";
import { cudaLibrariesOf } from "./elf.ts";
import { candidateFolders, loaderCache, locate } from "./libraries.ts";
import { download, findPip, type Pip } from "./pip.ts";
import { checkPlatform, commitOf, FILES, RECORD, type Support, TRIED } from "./support.ts";
import { unpack } from "./unpack.ts";
import { CORE, DRIVER, LIBRARY_WHEELS, PROVIDER, PROVIDER_WHEEL, RUNTIME, type Wheel } from "./wheels.ts";

/** What an installation would do, for the user's consent. Nothing has been downloaded for it. */
export interface Plan {
  /** Where it goes. */
  readonly folder: string;
  /** The user's pip; undefined if the wheels come from a folder. */
  readonly pip: Pip | undefined;
  /** The folder that holds the wheels, if they are not downloaded. */
  readonly from: string | undefined;
  /** The wheels to download or to take from that folder. */
  readonly wheels: readonly Wheel[];
  /** Their size together, and how much of it an interrupted installation has downloaded already. */
  readonly bytes: number;
  readonly downloaded: number;
  /** The libraries that are on this machine already, with their folders; "" where the system's loader finds them. */
  readonly found: ReadonlyMap<string, string>;
}

/** One thing that happens during an installation; `done` and `total` are bytes. */
export interface InstallEvent {
  readonly what: "download" | "check" | "unpack";
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

interface Asked {
  /** Where to install. */
  readonly folder: string;
  /** A folder with the wheels, instead of downloading them. */
  readonly from?: string | undefined;
  /** The Python whose pip downloads, instead of the one on the path. */
  readonly python?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Finds out what an installation needs. Throws an InputError if this machine cannot have CUDA, or there is no pip. */
export async function plan({ folder, from, python, environment = process.env }: Asked): Promise<Plan> {
  checkPlatform();
  const names = LIBRARY_WHEELS.flatMap(({ libraries }) => libraries.map((file) => path.posix.basename(file)));
  const found = locate(names, await candidateFolders(environment), await loaderCache(environment));
  const isThere = ({ libraries }: Wheel) => libraries.every((file) => found.has(path.posix.basename(file)));
  const wheels = [PROVIDER_WHEEL, ...LIBRARY_WHEELS.filter((wheel) => !isThere(wheel))];
  const sizes = wheels.map(async (wheel) =>
    from === undefined && (await isWhole(wheelIn(folder, wheel), wheel)) ? wheel.bytes : 0,
  );
  const pip = from === undefined ? await findPip(python) : undefined;
  return {
    ...{ folder, pip, from, wheels, found },
    bytes: wheels.reduce((sum, { bytes }) => sum + bytes, 0),
    downloaded: (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0),
  };
}

interface Installing {
  /** A file of MaskLens, from which its own core of ONNX Runtime is found. */
  readonly origin: string | URL;
  readonly signal: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
}

/**
 * Carries out a plan. Wheels that an interrupted installation has downloaded are not downloaded again. Throws an InputError if a
 * wheel cannot be obtained or is not the expected one, if the provider was built from another commit than our core, or if a file
 * cannot be written, and `Stopped` if it is aborted; then what was installed before is still there.
 */
export async function install(plan: Plan, installing: Installing): Promise<Support> {
  const { folder, wheels, found } = plan;
  const staging = path.join(folder, `${STAGING}${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await removeAbandoned(folder);
    const fetched = await fetchAll(plan, installing);
    await mkdir(staging);
    for (const [i, wheel] of wheels.entries()) await unpackInto(staging, wheel, fetched[i]!, installing);
    const files = await filesOf(staging, packagedLibrary(installing.origin), found);
    const place = `${FILES}${randomBytes(4).toString("hex")}`;
    await rename(staging, path.join(folder, place));
    const support: Support = { ...files, place };
    const former = await readdir(folder);
    await writeAtomic(path.join(folder, RECORD), [Buffer.from(`${JSON.stringify(support, null, 2)}\n`)]);
    // A process that uses the former files keeps them open.
    const old = former.filter((name) => name.startsWith(FILES) && name !== place);
    for (const name of [...old, WHEELS, TRIED]) await rm(path.join(folder, name), { recursive: true, force: true });
    return support;
  } catch (error) {
    throw explained(error, folder);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes what `install` has made, and nothing else; the folder too, if it is empty then. */
export async function remove(folder: string): Promise<void> {
  await rm(path.join(folder, RECORD), { force: true }); // first, so that no half of it is used
  const names = await readdir(folder).catch(() => []);
  const own = (name: string) => [WHEELS, TRIED].includes(name) || name.startsWith(FILES) || name.startsWith(STAGING);
  for (const name of names.filter(own)) await rm(path.join(folder, name), { recursive: true, force: true });
  await rmdir(folder).catch(() => undefined);
}

/** The wheels' files, downloaded if they are not there, and checked. */
async function fetchAll({ folder, pip, from, wheels }: Plan, { signal, onEvent }: Installing): Promise<string[]> {
  await mkdir(path.join(folder, WHEELS), { recursive: true });
  const fetched: string[] = [];
  for (const wheel of wheels) {
    const file = from === undefined ? wheelIn(folder, wheel) : path.join(from, wheel.file);
    const tell = (what: InstallEvent["what"]) => (done: number) =>
      onEvent({ what, file: wheel.file, done, total: wheel.bytes });
    if (await exists(file)) tell("check")(0);
    let whole = await isWhole(file, wheel);
    if (pip && !whole) {
      tell("download")(0);
      await download(pip, wheel, path.join(folder, WHEELS), { signal, onBytes: tell("download") });
      tell("check")(0);
      whole = await isWhole(file, wheel);
    }
    if (!whole) throw notThat(file, wheel, (await exists(file)) ? "is not the expected file" : "is missing");
    if (signal.aborted) throw new Stopped();
    tell("check")(wheel.bytes);
    fetched.push(file);
  }
  return fetched;
}

async function unpackInto(
  folder: string,
  { file, libraries }: Wheel,
  from: string,
  { signal, onEvent }: Installing,
): Promise<void> {
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onEvent({ what: "unpack", file, done, total: 0 });
  };
  await unpack(from, libraries, folder, { signal, onBytes }).catch((error: unknown) => {
    throw signal.aborted ? new Stopped() : error;
  });
}

/** Removes what an installation has left whose process was killed. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names) {
    const [, pid] = ABANDONED.exec(path.basename(name)) ?? [];
    if (pid && !isAlive(Number(pid))) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/** The start of a folder's name in which files are unpacked; the process's ID follows. */
const STAGING = "new-";
/** A staging folder, or one of a download, with the process's ID. */
const ABANDONED = /^(?:new|partial)-(\d+)(?:-|$)/;

/** Where downloaded wheels are kept until all are there. */
const WHEELS = "wheels";

const wheelIn = (folder: string, { file }: Wheel) => path.join(folder, WHEELS, file);

/** Whether a file is this wheel, by its size and digest. */
async function isWhole(file: string, { bytes, sha256 }: Wheel): Promise<boolean> {
  const size = await stat(file).then(
    (status) => status.size,
    () => undefined,
  );
  return size === bytes && (await digestOf(file, createHash("sha256"))) === sha256;
}

const notThat = (file: string, { sha256, project, version }: Wheel, what: string) =>
  new InputError(
    `the wheel of ${project} ${version} ${what}`,
    { file },
    `get the file whose SHA-256 is ${sha256} (docs/cuda.md), or delete it and install again`,
  );

/** What was unpacked, as it is recorded. Throws an InputError if it does not fit our core or the provider needs more. */
async function filesOf(
  folder: string,
  core: string,
  found: ReadonlyMap<string, string>,
): Promise<Omit<Support, "place">> {
  const theirs = path.join(folder, path.posix.basename(CORE));
  const [commit, own] = await Promise.all([commitOf(theirs), commitOf(core)]);
  await rm(theirs, { force: true }); // only its commit is of use
  if (commit === undefined || commit !== own)
    throw new InputError(
      `the provider is of ONNX Runtime's commit ${commit ?? "unknown"}, and MaskLens's core of ${own ?? "unknown"}`,
      {},
      "use the versions of MaskLens and of the wheel that belong together (docs/cuda.md)",
    );
  const here = new Set(await readdir(folder));
  const needed = await cudaLibrariesOf(path.join(folder, PROVIDER));
  const missing = needed.filter((name) => name !== DRIVER && !here.has(name) && !found.has(name));
  if (missing.length)
    throw new InputError(`the provider needs ${missing.join(", ")}`, {}, "report this to MaskLens's authors");
  const files = await Promise.all(
    [...here].sort().map(async (name) => {
      const file = path.join(folder, name);
      const sha256 = await digestOf(file, createHash("sha256"));
      return [name, { bytes: (await stat(file)).size, sha256 }] as const;
    }),
  );
  const elsewhere = needed.flatMap((name) => (here.has(name) ? [] : (found.get(name) ?? [])));
  return {
    ...{ runtime: RUNTIME, commit, files: Object.fromEntries(files) },
    libraries: [...new Set(elsewhere.filter(Boolean))],
  };
}
