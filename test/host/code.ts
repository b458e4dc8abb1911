#!/usr/bin/env node
// Stands in for the desktop's `code`, for @vscode/test-electron: same flags and exit code, over the server and Chromium.

import { fileURLToPath } from "node:url";
import { format, parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { launchBrowser, type Server, startServer, workbenchUrl } from "./host.ts";
import { HANG } from "./until.ts";

/** A run of all suites that takes longer hangs, in milliseconds. */
const LIMIT = 6 * HANG;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: "string", multiple: true },
    extensionTestsPath: { type: "string" },
  },
});
const local = (file: unknown) => (String(file).startsWith("file:") ? fileURLToPath(String(file)) : String(file));
const folder = positionals.find((text) => !text.startsWith("-"));
let server: Server | undefined;
let browser: Browser | undefined;
let code = 1;
try {
  const running = await startServer({ builtin: ["json-language-features"] });
  server = running;
  browser = await launchBrowser();
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  code = await new Promise<number>((resolve, reject) => {
    setTimeout(() => reject(new Error(`the suite did not end in ${LIMIT / 1000} s`)), LIMIT).unref();
    running.child.on("exit", (status) => reject(new Error(`VS Code's server ended with ${status}`)));
    page.on("crash", () => reject(new Error("the workbench's page crashed")));
    void (async () => {
      await page.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) => {
        // The workbench's own messages begin with a style; mocha's do not.
        if (typeof args[0] === "string" && !/^(%c|\[|Resolv|Creating|Ignoring|Updating|No search)/.test(args[0]))
          (type === "error" ? process.stderr : process.stdout).write(`${format(...args)}\n`);
      });
      await page.exposeFunction("codeAutomationExit", resolve);
      const tests = values.extensionTestsPath;
      await page.goto(
        workbenchUrl(running.port, {
          ...(folder ? { folder: local(folder) } : {}),
          extensions: ((values.extensionDevelopmentPath as string[]) ?? []).map(local),
          ...(tests ? { tests: local(tests) } : {}),
        }),
      );
    })().catch(reject);
  });
} catch (error) {
  console.error(String(error));
} finally {
  await browser?.close();
  await server?.stop();
}
process.exit(code);
