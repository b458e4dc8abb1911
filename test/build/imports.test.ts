// The build fails where an import breaks the rules of the house, whatever kind of import it is.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const house = mkdtempSync(path.join(tmpdir(), "masklens-house-"));
after(() => rmSync(house, { recursive: true }));
for (const one of ["src", "webview", "build", "esbuild.mjs", "package.json"])
  cpSync(one, path.join(house, one), { recursive: true });
mkdirSync(path.join(house, "test", "bench"), { recursive: true });
writeFileSync(path.join(house, "test", "bench", "main.ts"), ""); // its sources are not what is tried here
symlinkSync(path.resolve("node_modules"), path.join(house, "node_modules"));

/** What the build says of the house with `files` in it; they are taken away again. */
function built(files: Readonly<Record<string, string>>): { status: number | null; said: string } {
  for (const [file, code] of Object.entries(files)) writeFileSync(path.join(house, file), code);
  const { status, stderr } = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: house, encoding: "utf8" });
  for (const file of Object.keys(files)) rmSync(path.join(house, file));
  return { status, said: stderr };
}

test("an import against the direction fails the build", () => {
  const { status, said } = built({ "src/mask/planted.ts": 'import { runTraining } from "../train/run.ts";\n' });
  assert.equal(status, 1);
  assert.equal(said, "src/mask/planted.ts imports src/train/run.ts: mask may not import train\n");
});

test("so does one of types alone, and one at run time", () => {
  const types = built({ "src/data/planted.ts": 'import type {\n  Graph,\n} from "../graph/graph.ts";\n' });
  assert.equal(types.said, "src/data/planted.ts imports src/graph/graph.ts: data may not import graph\n");
  const later = built({ "webview/ui/planted.ts": 'void import("../draw/colours.ts");\n' });
  assert.equal(
    later.said,
    "webview/ui/planted.ts imports webview/draw/colours.ts: webview/ui may not import webview/draw\n",
  );
  const component = built({ "webview/ui/planted.tsx": 'import { css } from "../draw/colours.ts";\n' });
  assert.equal(
    component.said,
    "webview/ui/planted.tsx imports webview/draw/colours.ts: webview/ui may not import webview/draw\n",
  );
  const pages = built({ "webview/try/planted.ts": 'export type { X } from "../run/course.ts";\n' });
  assert.equal(
    pages.said,
    "webview/try/planted.ts imports webview/run/course.ts: webview/try may not import webview/run\n",
  );
  const root = built({ "src/planted.ts": 'import type { Mask } from "./mask/file.ts";\n' });
  assert.equal(root.said, "src/planted.ts imports src/mask/file.ts: src may not import mask\n");
  for (const { status } of [types, later, pages, root]) assert.equal(status, 1);
});

test("a circle of files fails the build, of types, too", () => {
  const { status, said } = built({
    "src/graph/planted-a.ts": 'import type { B } from "./planted-b.ts";\nexport type A = B;\n',
    "src/graph/planted-b.ts": 'import type { A } from "./planted-a.ts";\nexport type B = A;\n',
  });
  assert.equal(status, 1);
  assert.match(
    said,
    /^an import cycle: src\/graph\/planted-[ab]\.ts → src\/graph\/planted-[ab]\.ts → src\/graph\/planted-[ab]\.ts\n$/,
  );
});

test("packages with a room of their own are imported there alone", () => {
  const { status, said } = built({
    "src/train/planted.ts": 'import { Tensor } from "onnxruntime-node";\nimport * as vscode from "vscode";\n',
  });
  assert.equal(status, 1);
  assert.equal(
    said,
    "src/train/planted.ts imports onnxruntime-node, which is not allowed there\nsrc/train/planted.ts imports vscode, which is not allowed there\n",
  );
});

test("zod is known to the files that declare a format alone, and no page may bundle one of them", () => {
  const elsewhere = built({ "src/graph/planted.ts": 'import * as z from "zod/mini";\nexport const S = z.int();\n' });
  assert.equal(elsewhere.said, "src/graph/planted.ts imports zod/mini, which is not allowed there\n");
  const planted = (kind: string) =>
    built({ "webview/try/planted.ts": `${kind} { parseMetadata } from "../../src/mask/metadata.ts";\n` });
  writeFileSync(path.join(house, "webview/try/page.tsx"), 'import "./planted.ts";\n');
  assert.equal(planted("export type").status, 0);
  assert.match(planted("export").said, /src\/mask\/metadata\.ts imports zod into a page/);
  cpSync("webview/try/page.tsx", path.join(house, "webview/try/page.tsx"));
});
