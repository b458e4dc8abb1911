// Folders of compute processes that were killed together with their parents.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { makePrivateFolder, removeOrphanedFolders } from "../../src/worker/private-folder.ts";

/** The number of a process that has ended. */
const dead = () => spawnSync(process.execPath, ["-e", ""]).pid;

test("what dead processes left is removed, what belongs to living ones, other machines and others is not", async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
  t.after(() => rmSync(root, { recursive: true }));
  const host = hostname().replace(/[^\w.-]/g, "_");
  const gone = dead();
  const target = path.join(root, "target");
  mkdirSync(target);
  writeFileSync(path.join(target, "file"), "x");
  const left = `masklens-${host}-${gone}-AbC123`;
  mkdirSync(path.join(root, left));
  writeFileSync(path.join(root, left, "core"), "x");
  const stays = [
    `masklens-${host}-${process.pid}-AbC123`,
    `masklens-elsewhere.${host}-${gone}-AbC123`,
    `other-${host}-${gone}-AbC123`,
    `masklens-test-AbC123`,
  ];
  for (const name of stays) mkdirSync(path.join(root, name));
  const link = `masklens-${host}-${gone}-AbC124`;
  symlinkSync(target, path.join(root, link));
  await removeOrphanedFolders(root);
  assert.deepEqual(readdirSync(root).sort(), [...stays, link, "target"].sort());
  assert.deepEqual(readdirSync(target), ["file"]);
});

test("a folder that is made names this process and is not removed", async () => {
  const folder = makePrivateFolder();
  assert.match(path.basename(folder), new RegExp(`-${process.pid}-\\w{6}$`));
  await removeOrphanedFolders();
  assert.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});
