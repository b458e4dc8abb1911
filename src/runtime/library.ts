// Which file of ONNX Runtime is loaded.

import { readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** The library's file for each platform. */
const FILES: Partial<Record<NodeJS.Platform, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

/** The library in the package onnxruntime-node for this platform, as the file `from` resolves the package. */
export function packagedLibrary(from: string | URL): string {
  const { platform, arch } = process;
  const folder = path.dirname(createRequire(from).resolve("onnxruntime-node/package.json"));
  return path.join(folder, "bin", "napi-v6", platform, arch, FILES[platform] ?? FILES.linux!);
}

/**
 * The library to load. ONNX Runtime looks for its execution providers in the folder that it was loaded from, so with
 * MASKLENS_RUNTIME, the folder of an installed provider, it is loaded through a link in that folder. Where the link cannot be
 * made, there is no provider beside it: the CPU works, and CUDA says that it is not installed.
 */
export function libraryToLoad(from: string | URL): string {
  const packaged = packagedLibrary(from);
  const folder = process.env.MASKLENS_RUNTIME;
  if (!folder) return packaged;
  const link = path.join(folder, path.basename(packaged));
  if (targetOf(link) === packaged) return link;
  const temporary = `${link}.${process.pid}`;
  try {
    rmSync(temporary, { force: true });
    symlinkSync(packaged, temporary);
    renameSync(temporary, link);
    return link;
  } catch {
    return packaged;
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
