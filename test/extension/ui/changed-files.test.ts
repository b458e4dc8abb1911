import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { NewFolders } from "../../../src/extension/ui/changed-files.ts";
import { until } from "../../host/until.ts";

test("files are heard of in folders that appeared together with the one above them, at any depth", async () => {
  const root = mkdtempSync(path.join(tmpdir(), "masklens-folders-"));
  const cells = path.join(root, "studies", "first", "cells");
  mkdirSync(cells, { recursive: true });
  const heard = new Set<string>();
  const folders = new NewFolders((file) => heard.add(path.relative(root, file)));
  await folders.watchIn(path.join(root, "studies"));
  const write = async (...parts: string[]) => {
    const file = path.join(root, ...parts);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "{}");
    await until(async () => {
      writeFileSync(file, "{}"); // a folder that is new may be watched a moment later
      return heard.has(path.join(...parts));
    });
  };
  await write("studies", "first", "study.json");
  await write("studies", "first", "first"); // a file of the folder's name does not end its watching
  await write("studies", "first", "cells", "001", "run.json");
  await write("studies", "first", "cells", "001", "deep", "lock");
  rmSync(path.join(root, "studies", "first"), { recursive: true });
  mkdirSync(cells, { recursive: true });
  await folders.watchIn(path.join(root, "studies"));
  heard.clear();
  await write("studies", "first", "study.json");
  folders.dispose();
  rmSync(root, { recursive: true });
});
