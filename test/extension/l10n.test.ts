// Every text that people read can be translated: the bundle has all of them, and package.json's are in package.nls.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

test("the bundle holds every text of the extension and its pages (node l10n/collect.mjs)", async () => {
  const { collect } = (await import(pathToFileURL(path.resolve("l10n/collect.mjs")).href)) as {
    collect(): Record<string, string>;
  };
  assert.deepEqual(json("l10n/bundle.l10n.json"), collect());
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
