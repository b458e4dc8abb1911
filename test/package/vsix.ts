// Lays out what ships for a target, with that target's ONNX Runtime only, and packs it as a VSIX.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where ONNX Runtime has a binary and VS Code a target; each is PLATFORM-ARCHITECTURE in Node's own words. */
export const TARGETS = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"] as const;
export type Target = (typeof TARGETS)[number];

const ENTRIES = ["extension.cjs", "mask-thread.cjs", "worker.js", "cli.js"];
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

  // Beside the scripts that require it: vsce leaves out the node_modules of the root where nothing is resolved.
  const runtime = path.join("node_modules", "onnxruntime-node");
  const common = path.join("node_modules", "onnxruntime-common");
  const wanted = [
    ...[path.join(runtime, "package.json"), ...scripts(path.join(runtime, "dist"))],
    ...[path.join(common, "package.json"), path.join(common, "dist", "cjs", "package.json")],
    ...scripts(path.join(common, "dist", "cjs")),
    path.join(runtime, "bin", "napi-v6", ...target.split("-")),
  ];
  for (const file of wanted) copy(file, path.join("dist", file));

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

const scripts = (folder: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".js"))
    .map((file) => path.join(folder, file));

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
