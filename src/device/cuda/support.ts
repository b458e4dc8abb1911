// CUDA support as it is installed: a folder with the provider and NVIDIA's libraries, and a record of both.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { digestOf } from "../../files.ts";
import { INSTALL_CUDA } from "../../remedies.ts";
import { RUNTIME } from "./wheels.ts";

/** What support.json records. */
export interface Support {
  /** The version of onnxruntime-node that it was installed for. */
  readonly runtime: string;
  /** The commit of ONNX Runtime that the provider and MaskLens's own core were built from. */
  readonly commit: string;
  /** The name of the subfolder that holds the files. */
  readonly place: string;
  /** The provider and the libraries that were unpacked, by their names. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
  /** The folders of NVIDIA's other libraries, which the loader searches after that subfolder. */
  readonly libraries: readonly string[];
}

/** The record's name. It is written last, so a folder without it is not installed. */
export const RECORD = "support.json";
/** The start of the name of a subfolder with installed files. */
export const FILES = "files-";
/** What was found out about the devices of this machine (auto.ts). */
export const TRIED = "devices.json";

/** Throws an InputError on a system for which there is no CUDA support. */
export function checkPlatform(): void {
  const machine = `${process.platform}-${process.arch}`;
  if (machine !== "linux-x64")
    throw new InputError(`CUDA is supported on Linux x64 only, and this is ${machine}`, {}, "use another device");
}

/**
 * The CUDA support in `folder`; undefined if none is installed. Reads no more than the record and the sizes of files. Throws an
 * InputError if it is damaged or belongs to another version of ONNX Runtime.
 */
export function readSupport(folder: string): Support | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, RECORD), "utf8");
  } catch {
    return undefined;
  }
  const support = parsed(text);
  if (!support) throw unusable(folder, `${RECORD} is damaged`);
  if (support.runtime !== RUNTIME)
    throw unusable(folder, `this CUDA support is for ONNX Runtime ${support.runtime}, and MaskLens uses ${RUNTIME}`);
  for (const [name, { bytes }] of Object.entries(support.files)) {
    const size = statSync(path.join(folder, support.place, name), { throwIfNoEntry: false })?.size;
    if (size === undefined) throw unusable(folder, `${name} is missing`);
    if (size !== bytes) throw unusable(folder, `${name} has ${size} bytes instead of ${bytes}`);
  }
  return support;
}

/** Throws an InputError if the files are not those that were installed, by their digests. */
export async function verifySupport(folder: string, { place, files }: Support): Promise<void> {
  for (const [name, { sha256 }] of Object.entries(files)) {
    const digest = await digestOf(path.join(folder, place, name), createHash("sha256"));
    if (digest !== sha256) throw unusable(folder, `${name} is not the file that was installed (its SHA-256 differs)`);
  }
}

/**
 * The variables with which a compute process finds the CUDA support in `folder`: the runtime is loaded from there, and the
 * loader searches NVIDIA's libraries where they were found. Empty if none is installed or it is unusable: `readSupport` says
 * why.
 */
export function supportEnvironment(folder: string, { LD_LIBRARY_PATH }: NodeJS.ProcessEnv): Record<string, string> {
  try {
    const support = readSupport(folder);
    if (!support) return {};
    const place = path.join(folder, support.place);
    const folders = [place, ...support.libraries, ...(LD_LIBRARY_PATH ? [LD_LIBRARY_PATH] : [])];
    return { MASKLENS_RUNTIME: place, LD_LIBRARY_PATH: folders.join(path.delimiter) };
  } catch {
    return {};
  }
}

/** The commit that an ONNX Runtime core names, as `git-commit-id=…`; undefined if it names none. */
export async function commitOf(core: string): Promise<string | undefined> {
  const bytes = await readFile(core);
  const [label, longest] = ["git-commit-id=", 40];
  const at = bytes.indexOf(label);
  const text = bytes.toString("latin1", at + label.length, at + label.length + longest);
  return at < 0 ? undefined : /^[0-9a-f]+/.exec(text)?.[0];
}

/** The name of such a subfolder. */
const PLACE = /^files-[0-9a-f]+$/;

const unusable = (folder: string, what: string) => new InputError(what, { file: folder }, INSTALL_CUDA);

function parsed(text: string): Support | undefined {
  try {
    const { runtime, commit, place, files, libraries } = JSON.parse(text) as Partial<Support>;
    const whole = typeof runtime === "string" && typeof commit === "string" && files && Array.isArray(libraries);
    return whole && PLACE.test(place ?? "") ? { runtime, commit, place: place!, files, libraries } : undefined;
  } catch {
    return undefined;
  }
}
