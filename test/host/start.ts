// npm start: the extension with the sample, in the desktop's VS Code where `code` exists, else in a browser window.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { launchBrowser, startServer, workbenchUrl } from "./host.ts";
import { sampleWorkspace } from "./workspace.ts";

const folder = sampleWorkspace();
const here = path.resolve(".");
console.log(`The sample is in ${folder}.`);
const desktop = spawnSync("code", ["--new-window", `--extensionDevelopmentPath=${here}`, folder], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
if (desktop.error) {
  const server = await startServer();
  process.once("SIGINT", () => void server.stop().then(() => process.exit(0)));
  const url = workbenchUrl(server.port, { folder, extensions: [here] });
  console.log(`VS Code runs at ${url}\nEnd it with Ctrl+C.`);
  if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY) {
    const browser = await launchBrowser({ headless: false });
    const page = await browser.newPage({ viewport: null });
    await page.goto(url);
    await new Promise((resolve) => browser.on("disconnected", resolve));
    await server.stop();
  }
}
