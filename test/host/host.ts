// Runs VS Code's own server and opens its workbench in Chromium, with the extension under development.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { prepareHost } from "./prepare.ts";
import { HANG } from "./until.ts";
import { discard } from "./workspace.ts";

export interface Server {
  readonly port: number;
  readonly child: ChildProcess;
  /** What VS Code keeps of its user: settings, extensions' storage, logs. */
  readonly data: string;
  stop(): Promise<void>;
}

/** What keeps the workbench quiet, so that a test sees the extension and nothing else. */
const SETTINGS = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.welcomePage.experimentalOnboarding": false,
  "workbench.settings.enableNaturalLanguageSearch": false,
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.reduceMotion": "on",
  "workbench.hover.delay": 3_600_000, // an explanation that pops up covers what is to be clicked
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "git.enabled": false,
  "window.commandCenter": false,
  "editor.accessibilitySupport": "off",
  "files.simpleDialog.enable": true,
};

/** VS Code's own extensions that every window has: themes, and the languages of the files in a workspace. */
const BUILTIN = ["theme-defaults", "theme-seti", "theme-modern-icons", "json", "markdown-basics", "python", "yaml"];

/** What a test may want otherwise than the rest. */
export interface ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine, which a window may not override. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly keybindings?: readonly { readonly key: string; readonly command: string; readonly args?: unknown }[];
  /** False leaves workspaces untrusted until someone trusts them. */
  readonly trusted?: boolean;
  /** More of VS Code's own extensions, by the names of their folders. */
  readonly builtin?: readonly string[];
  /** For the extension host and its workers. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the server with a user folder of its own. */
export async function startServer({
  settings = {},
  keybindings = [],
  machineSettings = {},
  trusted = true,
  builtin = [],
  env = {},
}: ServerOptions = {}): Promise<Server> {
  const host = prepareHost();
  const data = mkdtempSync(path.join(os.tmpdir(), "masklens-host-"));
  const user = path.join(data, "data", "User");
  mkdirSync(user, { recursive: true });
  writeFileSync(path.join(user, "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 2));
  const machine = path.join(data, "data", "Machine");
  mkdirSync(machine);
  writeFileSync(path.join(machine, "settings.json"), JSON.stringify(machineSettings));
  writeFileSync(path.join(user, "keybindings.json"), JSON.stringify(keybindings, null, 2));
  const extensions = path.join(data, "builtin");
  mkdirSync(extensions);
  for (const name of [...BUILTIN, ...builtin])
    symlinkSync(path.join(host.server, "extensions", name), path.join(extensions, name));
  const child = spawn(
    host.node,
    [
      path.join(host.server, "out", "server-main.js"),
      ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms"],
      ...["--server-data-dir", data, "--builtin-extensions-dir", extensions, "--telemetry-level", "off"],
      "--enable-smoke-test-driver", // without it the address's extension and test folders are ignored
      ...["--disable-experiments", "--disable-getting-started-override", "--disable-update-check"],
      ...["--reconnection-grace-time", "30", "--enable-remote-auto-shutdown"],
      ...(trusted ? ["--disable-workspace-trust"] : []),
    ],
    {
      env: { ...process.env, ...env, EXTENSIONS_GALLERY: "{}", ORT_DISABLE_TELEMETRY: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a process group of its own: server, extension hosts, workers
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`VS Code's server did not start:\n${text}`)), HANG);
    const read = (chunk: Buffer) => {
      text += chunk;
      const found = /agent listening on (\d+)/.exec(text);
      if (!found) return;
      clearTimeout(timer);
      resolve(Number(found[1]));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (code) => reject(new Error(`VS Code's server ended with ${code}:\n${text}`)));
  });
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {} // it has ended
  };
  const end = () => kill("SIGKILL");
  process.on("exit", end); // its process group does not end with this process
  return {
    port,
    child,
    data,
    async stop() {
      process.off("exit", end);
      if (child.exitCode === null) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        kill("SIGTERM");
        const timer = setTimeout(() => kill("SIGKILL"), 5000);
        await gone;
        clearTimeout(timer);
      }
      await discard(data);
    },
  };
}

/**
 * The workbench's address, with extensions under development and, where given, their tests; `folder` may be the file of a
 * workspace of several; without one the window is empty.
 */
export function workbenchUrl(
  port: number,
  { folder, extensions, tests }: { folder?: string; extensions: readonly string[]; tests?: string },
): string {
  const authority = `127.0.0.1:${port}`;
  const remote = (file: string) => `vscode-remote://${authority}${file}`;
  const payload = [
    ["skipWelcome", "true"],
    ["skipReleaseNotes", "true"],
    ...extensions.map((file) => ["extensionDevelopmentPath", remote(file)]),
    ...(tests ? [["extensionTestsPath", remote(tests)]] : []),
  ];
  const several = folder?.endsWith(".code-workspace");
  const query = new URLSearchParams(folder ? { [several ? "workspace" : "folder"]: folder } : { ew: "true" });
  query.set("payload", JSON.stringify(payload));
  return `http://${authority}/?${query}`;
}

/** Chromium's path, from CHROMIUM or where Debian puts it; says the one command where there is none. */
export function findChromium(): string {
  const found = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(found))
    throw new Error(`There is no Chromium at ${found}: run apt-get install chromium, or set CHROMIUM to its path.`);
  return found;
}

export function launchBrowser({ headless = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless,
    timeout: HANG,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-dev-shm-usage",
    ],
  });
}
