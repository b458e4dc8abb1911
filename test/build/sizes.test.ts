// What npm run check refuses besides types and style: files and folders that are too large, and code that stands twice.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

test("a file over 400 lines and a folder over 24 files are refused", async () => {
  const { tooLarge } = (await import(pathToFileURL(path.resolve("build/sizes.mjs")).href)) as {
    tooLarge(files: Readonly<Record<string, string>>): string[];
  };
  const files = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`src/a/${i}.ts`, "x\n".repeat(400)]));
  assert.deepEqual(tooLarge(files), []);
  assert.deepEqual(tooLarge({ ...files, "src/a/24.ts": "x\n".repeat(401) }), [
    "src/a/24.ts has 401 lines, over 400: split it by purpose",
    "src/a has 25 files, over 24: split it by purpose",
  ]);
});

test("tests are measured as sources are, but for their fixtures", async () => {
  const { measured } = (await import(pathToFileURL(path.resolve("build/sizes.mjs")).href)) as {
    measured(file: string): boolean;
  };
  const files = ["src/a.ts", "webview/a.tsx", "test/a/a.test.ts", "test/fixtures/a.ts", "test/fixtures/a.json"];
  assert.deepEqual(files.filter(measured), files.slice(0, 3));
});

test("code of over ten lines that stands twice is refused", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-twice-"));
  try {
    const code = readFileSync("src/adaptation/evaluate.ts", "utf8");
    for (const name of ["src", "webview"]) mkdirSync(path.join(folder, name));
    copyFileSync(".jscpd.json", path.join(folder, ".jscpd.json"));
    const twice = () =>
      spawnSync(process.execPath, [path.resolve("node_modules/jscpd/bin/jscpd")], { cwd: folder, encoding: "utf8" });
    writeFileSync(path.join(folder, "src", "a.ts"), code);
    assert.equal(twice().status, 0);
    writeFileSync(path.join(folder, "webview", "b.ts"), code.split("\n").slice(30, 60).join("\n"));
    assert.equal(twice().status, 1);
    rmSync(path.join(folder, "webview", "b.ts"));
    const component = readFileSync("webview/draw/chart.tsx", "utf8");
    for (const name of ["a", "b"]) writeFileSync(path.join(folder, "webview", `${name}.tsx`), component);
    assert.equal(twice().status, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
