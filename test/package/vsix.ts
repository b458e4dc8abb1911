// Lays out what ships for a target, with that target's ONNX Runtime and koffi only, and packs it as a VSIX.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Where ONNX Runtime has a binary and VS Code a target; each is PLATFORM-ARCHITECTURE in Node's own words. */
export const TARGETS = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"] as const;
export type Target = (typeof TARGETS)[number];

const ENTRIES = ["extension.cjs", "mask-thread.cjs", "data-thread.cjs", "study-thread.cjs", "worker.js", "cli.js"];
const VSCE = path.resolve("node_modules", "@vscode", "vsce", "vsce");

/** Copies what ships for `target` to `folder`, which is made anew. Needs a build. */
export function layOut(target: Target, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const copy = (from: string, to = from) => cpSync(from, path.join(folder, to), { recursive: true, dereference: true });
  for (const file of withChunks(ENTRIES)) copy(path.join("dist", file));
  for (const part of ["webview", "schemas"])
    for (const file of readdirSync(path.join("dist", part)))
      if (!file.endsWith(".map")) copy(path.join("dist", part, file));
  for (const file of [".vscodeignore", "README.md", "CHANGELOG.md", "LICENSE", "package.nls.json"]) copy(file);
  copy(path.join("l10n", "bundle.l10n.json"));
  for (const part of ["icons", "sample", "walkthrough"]) copy(path.join("media", part));

  // Beside the scripts that require them: vsce leaves out the node_modules of the root where nothing is resolved. Of
  // onnxruntime-node only the library is used, and its package.json, by which it is found.
  const runtime = path.join("node_modules", "onnxruntime-node");
  const libraries = path.join(runtime, "bin", "napi-v6", ...target.split("-"));
  const own = readdirSync(libraries).filter((file) => !file.endsWith(".node"));
  const koffi = path.join("node_modules", "koffi");
  for (const file of [
    ...[path.join(runtime, "package.json"), ...own.map((file) => path.join(libraries, file))],
    ...["package.json", "index.js", path.join("src", "koffi", "index.js"), "LICENSE.txt"].map((file) =>
      path.join(koffi, file),
    ),
  ])
    copy(file, path.join("dist", file));
  copy(nativeKoffi(target), path.join("dist", "node_modules", "@koromix", `koffi-${target}`));

  const { scripts: _, devDependencies, dependencies, ...manifest } = JSON.parse(readFileSync("package.json", "utf8"));
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Packs `folder` for `target` as `file`. */
export function pack(target: Target, folder: string, file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const flags = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  execFileSync(process.execPath, [VSCE, "package", "--target", target, ...flags, "--out", path.resolve(file)], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** What vsce would pack of `folder`. */
export function listed(folder: string): string[] {
  const text = execFileSync(process.execPath, [VSCE, "ls", "--no-dependencies"], { cwd: folder, encoding: "utf8" });
  return text.trim().split("\n").sort();
}

/**
 * The folder of koffi's native code for a target. npm installs only that of its own platform; the others are fetched from
 * the registry that npm uses, once, and must have the checksums in package-lock.json.
 */
function nativeKoffi(target: Target): string {
  const name = `@koromix/koffi-${target}`;
  const installed = path.join("node_modules", name);
  if (existsSync(installed)) return installed;
  const { version, integrity } = JSON.parse(readFileSync("package-lock.json", "utf8")).packages[installed];
  const folder = path.join("dist", "koffi", `${target}-${version}`);
  if (existsSync(folder)) return path.join(folder, "package");
  const scratch = mkdtempSync(path.join(os.tmpdir(), "masklens-koffi-"));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["pack", "--silent", `${name}@${version}`, "--pack-destination", scratch]);
  const archive = path.join(scratch, readdirSync(scratch)[0]!);
  const [algorithm, digest] = integrity.split("-");
  if (createHash(algorithm).update(readFileSync(archive)).digest("base64") !== digest)
    throw new Error(`${name}@${version} does not have the checksum in package-lock.json`);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", archive, "-C", folder]);
  rmSync(scratch, { recursive: true });
  return path.join(folder, "package");
}

/** The entries and every chunk that they reach. */
function withChunks(entries: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, chunk] of readFileSync(path.join("dist", file), "utf8").matchAll(/"\.\/(chunk-\w+\.js)"/g))
      visit(chunk!);
  };
  for (const entry of entries) visit(entry);
  return reached;
}
