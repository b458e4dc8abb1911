// Every text that people read can be translated: the bundle has all of them, and package.json's are in package.nls.json.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

test("the bundle holds every text of the extension and its pages (node l10n/collect.mjs)", async () => {
  const { collect } = (await import(pathToFileURL(path.resolve("l10n/collect.mjs")).href)) as {
    collect(): Promise<Record<string, string>>;
  };
  assert.deepEqual(json("l10n/bundle.l10n.json"), await collect());
});

/** Calls whose texts the collector cannot find, and calls that it can. */
const PLANTED = `import * as l10n from "../ui/l10n.ts";
import { t } from "../ui/l10n.ts";
const NAMES = { one: "One" };
const text = Math.random() > 1 ? "Two" : "Three";
export const hidden = [
  l10n.t(NAMES.one, 1),
  l10n.t(text),
  l10n.t(\`Four\`),
  vscode.l10n.t(text, 1, 2),
  ["Five"].map(l10n.t),
  t("Six"),
];
export const found = (
  <b title={l10n.t("Seven")}>
    {l10n.t("Eight {0} {1}", 1, 2)} {vscode.l10n.t("Nine")}
  </b>
);
`;

test("the linter refuses a text that the collector cannot find", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-lint-"));
  try {
    for (const file of ["biome.json", "build/literal-texts.grit"]) cpSync(file, path.join(folder, file));
    mkdirSync(path.join(folder, "webview"));
    writeFileSync(path.join(folder, "webview/planted.tsx"), PLANTED);
    const biome = path.resolve("node_modules/@biomejs/biome/bin/biome");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [biome, "lint", "--colors=off", "--vcs-enabled=false", "webview"],
      { cwd: folder, encoding: "utf8" },
    );
    const lines = [...(stdout + stderr).matchAll(/^\S*planted\.tsx:(\d+):\d+ plugin /gm)].map(([, line]) =>
      Number(line),
    );
    assert.deepEqual(lines, [2, 6, 7, 8, 9, 10]);
    assert.equal(status, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("package.json names each text of package.nls.json, and no other", () => {
  const named = [...readFileSync("package.json", "utf8").matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key!);
  assert.deepEqual([...new Set(named)].sort(), Object.keys(json("package.nls.json")).sort());
  assert.equal(json("package.json").l10n, "./l10n");
});

test("every command has an icon, a title and MaskLens before it, and stands in a menu", () => {
  const { commands, menus } = json("package.json").contributes as {
    commands: { command: string; icon?: string; category?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
  };
  const inMenus = new Set(Object.values(menus).flatMap((items) => items.map(({ command }) => command)));
  for (const { command, icon, category } of commands) {
    assert.ok(icon, `${command} has no icon`);
    assert.equal(category, "MaskLens");
    assert.ok(inMenus.has(command), `${command} is in no menu`);
  }
});
