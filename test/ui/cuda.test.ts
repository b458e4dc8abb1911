// CUDA support: what is asked before it is downloaded, and what is said where that fails or is cancelled.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { discard, sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
const sample = sampleWorkspace();
let workbench: Workbench;

/** A window whose Python has a pip that downloads nothing: it ends with the line of shell in the file `download`. */
before(async () => {
  const python = path.join(folder, "python3");
  writeFileSync(
    python,
    `#!/bin/sh
case "$*" in
  *"pip --version") echo "pip 99.0 from /x (python 3.12)" ;;
  *"config list") echo "global.index-url='https://me:secret@mirror.example/simple'" ;;
  *download*) touch ${folder}/asked; . ${folder}/download ;;
  *) exit 1 ;;
esac
`,
  );
  chmodSync(python, 0o755);
  workbench = await Workbench.open(sample, { machineSettings: { "masklens.python": python } });
});

after(async () => {
  await workbench.close();
  for (const place of [folder, sample]) await discard(place);
});

/** What pip does instead of downloading. */
const downloads = (shell: string) => writeFileSync(path.join(folder, "download"), shell);

const dialog = () => workbench.page.locator(".monaco-dialog-box");

test("what is downloaded, from where and into which folder is shown first, and pip's reason is said where it fails", async () => {
  downloads('echo "ERROR: No matching distribution found for onnxruntime-gpu==1.30.0"; exit 1');
  await workbench.playing(async () => {
    await workbench.command("MaskLens: Install CUDA Support");
    await dialog().waitFor();
    const text = (await dialog().textContent())!;
    assert.match(text, /Install CUDA support for ONNX Runtime \(\d+ MB\)\?/);
    assert.match(text, /onnxruntime_gpu-1\.30\.0-cp312\S*\.whl: 247 MB, SHA-256 6acc0f4b3d5ac5f2…/);
    assert.match(text, /Downloaded by \/\S+\/python3 -m pip 99\.0, from https:\/\/mirror\.example\/simple/);
    assert.ok(text.includes(path.join(workbench.storage, "cuda")));
    await pictured(workbench.page, "cuda-consent");
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await dialog().waitFor({ state: "detached" });
    assert.ok(!existsSync(path.join(folder, "asked")), "nothing is downloaded without consent");
    await workbench.command("MaskLens: Install CUDA Support");
    await dialog().getByRole("button", { name: "Install" }).click();
    await dialog().getByText("Do you have its wheels in a folder?").waitFor();
    const said = (await dialog().textContent())!;
    assert.match(said, /pip cannot download \S+\.whl: No matching distribution found for onnxruntime-gpu==1\.30\.0/);
    await dialog().getByRole("button", { name: "Cancel" }).click();
    assert.ok(existsSync(path.join(folder, "asked")));
  });
});

test("a download that is cancelled leaves nothing half done, and Show Devices offers to install", async () => {
  downloads('echo part > "$TMPDIR/part.whl"; exec sleep 600');
  await workbench.playing(async () => {
    await workbench.command("MaskLens: Install CUDA Support");
    await dialog().getByRole("button", { name: "Install" }).click();
    const wheels = path.join(workbench.storage, "cuda", "wheels");
    await until(() => existsSync(wheels) && readdirSync(wheels, { recursive: true }).join().includes("part.whl"));
    await workbench.showNotifications(true);
    await pictured(workbench.page, "cuda-progress");
    await workbench.press("Cancel", "Installing CUDA support");
    await until(() => !readdirSync(wheels).length);
    assert.ok(!existsSync(path.join(workbench.storage, "cuda", "support.json")));
    await workbench.command("MaskLens: Show Devices");
    await workbench.step("Choose a working device");
    const cuda = (await workbench.entries()).find((entry) => /cuda:0/.test(entry))!;
    assert.match(cuda, /does not work here.*CUDA support is not installed\. Choose this to install/s);
    await pictured(workbench.page, "cuda-devices");
    await workbench.pick("Choose a working device", "cuda:0");
    await dialog().getByRole("button", { name: "Cancel" }).click();
  });
});
