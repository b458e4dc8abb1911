import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import test from "node:test";
import { until } from "../host/until.ts";
import { Workbench } from "./workbench.ts";

const NAMES = ["config.json", "model.safetensors", "tokenizer.json"];

test("a model is downloaded only after a yes that names host, files and bytes, and what is damaged or cancelled leaves nothing", async () => {
  const files = Object.fromEntries(NAMES.map((name) => [name, readFileSync(path.join("media/sample/model", name))]));
  const asked: string[] = [];
  let damaged = true;
  let halting = false;
  const hub = createServer(({ url }, response) => {
    asked.push(url!);
    if (url!.startsWith("/api/")) {
      const siblings = Object.entries(files).map(([rfilename, bytes]) => {
        return { rfilename, size: bytes.length, lfs: { sha256: createHash("sha256").update(bytes).digest("hex") } };
      });
      return response.end(JSON.stringify({ sha: "abc", siblings }));
    }
    const bytes = Buffer.from(files[path.posix.basename(url!)]!);
    if (damaged) bytes[0]! ^= 1;
    if (halting && url!.endsWith(".safetensors")) response.write(bytes.subarray(0, 100_000));
    else response.end(bytes);
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(hub.address() as AddressInfo).port}`;
  const workbench = await Workbench.open(undefined, { env: { HF_ENDPOINT: `http://${host}` } });
  const folder = path.join(workbench.storage, "models", "org", "tiny");
  const dialog = workbench.page.locator(".monaco-dialog-box");
  const answer = (button: string) => dialog.locator(".monaco-button", { hasText: button }).click();
  const ask = async () => {
    await workbench.command("MaskLens: Download Model");
    await workbench.enter(/Model name on/, "org/tiny");
    await dialog.filter({ hasText: `Ask ${host} which files org/tiny has?` }).waitFor();
    await answer("Ask");
    await dialog.filter({ hasText: `of org/tiny from ${host}?` }).waitFor();
  };
  try {
    await workbench.playing(async () => {
      await ask();
      const question = await dialog.innerText();
      for (const name of NAMES) assert.match(question, new RegExp(`${name}: \\d.* [kM]?B`));
      await answer("Cancel");
      await dialog.waitFor({ state: "detached" });
      assert.deepEqual(asked, ["/api/models/org/tiny?blobs=true"]);
      assert.ok(!existsSync(folder));

      await ask();
      await answer("Download");
      await workbench.told(/the download does not match the size or checksum that the Hub lists; try again/);
      assert.ok(!existsSync(folder));

      damaged = false;
      halting = true;
      await ask();
      await answer("Download");
      await until(() => existsSync(path.join(folder, "model.safetensors.part")));
      await workbench.clearNotifications(); // of what came before; this one stays
      await workbench.told(/^Downloading org\/tiny/);
      await workbench.press("Cancel", "Downloading org/tiny");
      await until(() => !existsSync(folder));
      halting = false;
      await ask();
      await answer("Download");
      await workbench.told(/^Downloaded org\/tiny to /);
      for (const name of NAMES) assert.deepEqual(readFileSync(path.join(folder, name)), files[name]);
      await workbench.showViews();
      await workbench.entry("all-MiniLM-L6-v2-sample").waitFor();
    });
  } finally {
    await workbench.close();
    hub.close();
  }
});
