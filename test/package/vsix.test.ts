import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { layOut, listed, TARGETS } from "./vsix.ts";

for (const target of TARGETS)
  test(`the VSIX for ${target} holds its own ONNX Runtime and koffi, and nothing of development`, () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-vsix-"));
    try {
      layOut(target, folder);
      const files = listed(folder);
      const binaries = files.filter((file) => /\.(node|dll|dylib|so(\.\d+)*)$/.test(file));
      const runtime = `dist/node_modules/onnxruntime-node/bin/napi-v6/${target.replace("-", "/")}/`;
      const koffi = `dist/node_modules/@koromix/koffi-${target}/`;
      for (const own of [runtime, koffi])
        assert.ok(
          binaries.some((file) => file.startsWith(own)),
          `${own} is there`,
        );
      assert.deepEqual(
        binaries.filter((file) => !file.startsWith(runtime) && !file.startsWith(koffi)),
        [],
      );
      const known =
        /^(package\.json|package\.nls\.json|l10n\/bundle\.l10n\.json|README\.md|CHANGELOG\.md|LICENSE|media\/(icons|sample|walkthrough)\/.+|dist\/(extension|mask-thread|data-thread|study-thread)\.cjs|dist\/(cli|worker|chunk-\w+)\.js|dist\/webview\/\w+\.(js|css)|dist\/schemas\/\w+\.schema\.json|dist\/node_modules\/(onnxruntime-node|koffi|@koromix)\/.+)$/;
      assert.deepEqual(
        files.filter((file) => !known.test(file) || /\.(map|ts)$|^(test|src|study)\//.test(file)),
        [],
      );
      for (const file of ["dist/extension.cjs", "dist/worker.js", "dist/webview/heatmap.js", "README.md", "LICENSE"])
        assert.ok(files.includes(file), `${file} ships`);
      if (target === `${process.platform}-${process.arch}`) {
        // Alone in its folder, away from this checkout's node_modules, the runtime works.
        const devices = execFileSync(process.execPath, [path.join(folder, "dist", "cli.js"), "devices"], {
          encoding: "utf8",
          cwd: folder,
        });
        assert.match(devices, /cpu/);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

test("vsce run by hand packs no sources, tests or settings of the editor", () => {
  const folders = new Set(listed(".").map((file) => file.split("/").slice(0, -1)[0] ?? ""));
  assert.deepEqual([...folders].sort(), ["", "dist", "l10n", "media"]);
});
