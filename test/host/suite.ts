// What VS Code calls inside the extension host: runs the suites with mocha, and says how long each took.

import { readdirSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";
import { HANG } from "./until.ts";

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 3 * HANG, reporter: "spec", color: false });
  for (const file of readdirSync(__dirname).sort())
    if (file.endsWith(".suite.cjs")) mocha.addFile(path.join(__dirname, file));
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => (failures ? reject(new Error(`${failures} failed`)) : resolve()));
    let start = 0;
    runner.on("suite", () => {
      start = performance.now();
    });
    // Read by test/run.mjs.
    runner.on("suite end", ({ title, root }) => {
      if (!root) console.log(`  the suite ${title} took ${((performance.now() - start) / 1000).toFixed(1)} s`);
    });
  });
}
