// In the real editor: files that try to be links, icons and pictures where their names are shown.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { until } from "../host/until.ts";
import { discard, sampleWorkspace } from "../host/workspace.ts";
import { HOST } from "../hostile-strings.ts";
import { hostileMask } from "../mask/hostile-mask.ts";
import { Workbench } from "./workbench.ts";

const LINK = "[click me](command:workbench.action.toggleSidebarVisibility)";
const PICTURE = `![picture](${HOST}/a.png)`;
const HTML = `<img src="${HOST}/b.png"><a href="command:x">here</a>`;

test("a mask and a task that try to be links, pictures and icons are text in views, hovers, lists, messages and pages", async () => {
  const folder = sampleWorkspace();
  await hostileMask(path.join(folder, "evil.mask.safetensors"), [`${LINK} ${PICTURE} ${HTML} $(trash)`]);
  await hostileMask(path.join(folder, "[x](command:y) $(bug).mask.safetensors"), [PICTURE]);
  const task = { name: "evil", kind: LINK, metric: "accuracy", files: { train: "sentiment/train.csv" } };
  writeFileSync(path.join(folder, "tasks", "evil $(bug).task.json"), JSON.stringify(task));
  const workbench = await Workbench.open(folder, { settings: { "workbench.hover.delay": 200 } });
  const asked: string[] = [];
  workbench.page.on("request", (request) => asked.push(request.url()));
  try {
    await workbench.playing(async () => {
      const { page } = workbench;
      const views = page.locator(".tree-explorer-viewlet-tree-view");
      await workbench.showViews();
      await workbench.entry("evil").waitFor();
      await workbench.entry("click me").waitFor(); // the mask's task
      await plain(views, /click me\] \(command:/);

      const hover = page.locator(".monaco-hover:visible, .workbench-hover:visible").first();
      // A view that is redrawn at that moment takes its tooltip away: then the mouse comes again.
      await until(async () => {
        await page.mouse.move(0, 0);
        await workbench.entry(/^evil(?!.*bug)/).hover();
        const shown = hover.getByText("over").first().waitFor({ timeout: 5000 });
        return shown.then(() => true).catch(() => false);
      });
      await plain(hover, /picture\] \(https:/);
      await page.mouse.move(0, 0);

      await workbench.command("MaskLens: Load Mask");
      await page.locator(".quick-input-list .monaco-list-row", { hasText: "click me" }).first().waitFor();
      await plain(page.locator(".quick-input-list"), /\$ \(bug\)/);
      await workbench.tick(["evil.mask"]);
      const told = await workbench.told(/evil\.mask\.safetensors: .*command:/);
      assert.match(told, /\[click me\] \(command:workbench/);
      await plainMessages();

      await workbench.command("MaskLens: Train Mask");
      await workbench.pick("Choose the base model", "model");
      await workbench.step("Choose the task");
      await plain(page.locator(".quick-input-list"), /evil \$ \(bug\)/);
      await workbench.answerTask("evil", "evil");
      await workbench.told(/could not be trained: .*command:/);
      await plainMessages();

      await workbench.openFile("evil.mask.safetensors");
      await workbench.frame.locator("h1", { hasText: "click me" }).waitFor();
      assert.equal(await workbench.frame.locator("#page :is(a, img, iframe, script)").count(), 0);

      /** The list of notifications has text and its own buttons alone. */
      async function plainMessages(): Promise<void> {
        await page.locator('[id="status.notifications"]').click();
        const messages = page.locator(".notifications-center .notification-list-item-message");
        await messages.first().waitFor();
        await plain(messages.first(), /command:/);
        assert.equal(
          await page.locator(".notifications-center a[href^='command:'], .notifications-center img").count(),
          0,
        );
        assert.equal(await messages.locator("a").count(), 0);
        await page.locator('[id="status.notifications"]').click();
      }
    });
    assert.deepEqual(
      asked.filter((url) => url.includes("hostile")),
      [],
      "no request leaves",
    );
  } finally {
    await workbench.close();
    await discard(folder);
  }

  /** Says `text`, and has neither a link, a picture nor an icon that its text names. */
  async function plain(place: import("playwright-core").Locator, text: RegExp): Promise<void> {
    assert.match((await place.allInnerTexts()).join("\n").replaceAll("\u00a0", " "), text);
    const more = place.locator("a[href], a[data-href], img[src^='http'], .codicon-trash, .codicon-bug");
    assert.deepEqual(await more.evaluateAll((all) => all.map((one) => (one as { outerHTML: string }).outerHTML)), []);
  }
});

test("what lies outside the workspace is not read unasked: behind a link, or where a mask says that its base lies", async () => {
  const folder = sampleWorkspace();
  const outside = mkdtempSync(path.join(os.tmpdir(), "masklens-outside-"));
  cpSync("test/fixtures/models/tiny-bert", path.join(outside, "model"), { recursive: true });
  await hostileMask(path.join(outside, "theirs.mask.safetensors"), ["theirs"]);
  mkdirSync(path.join(outside, "run"));
  for (const name of ["run.json", "log.jsonl"]) writeFileSync(path.join(outside, "run", name), "{}\n");
  // A mask that needs its base model's weights, and names a folder outside.
  await hostileMask(path.join(folder, "mine.mask.safetensors"), [path.join(outside, "model")], 1, "magnitude");
  mkdirSync(path.join(folder, "masks"));
  symlinkSync(path.join(outside, "theirs.mask.safetensors"), path.join(folder, "theirs.mask.safetensors"));
  symlinkSync(path.join(outside, "run"), path.join(folder, "masks", "linked run"));
  symlinkSync(path.join(outside, "model"), path.join(folder, "linked model"));
  const files = (readdirSync(outside, { recursive: true }) as string[])
    .map((name) => path.join(outside, name))
    .filter((file) => statSync(file).isFile());
  const longAgo = new Date("2001-01-01");
  for (const file of files) utimesSync(file, longAgo, new Date());
  const workbench = await Workbench.open(folder);
  try {
    await workbench.playing(async () => {
      await workbench.showViews();
      await workbench.entry(/theirs.*link to a file outside the workspace; not read until you open it/).waitFor();
      await workbench.entry(/linked model.*link to a folder outside the workspace; not read/).waitFor();
      await workbench.entry(/linked run.*link to a folder outside the workspace; not read/).waitFor();
      await workbench.openFile("mine.mask.safetensors");
      await workbench.frame.locator(".sentence", { hasText: "is not available" }).waitFor();
      const read = () => files.filter((file) => statSync(file).atime > longAgo);
      assert.deepEqual(read(), []);
      await workbench.openFile("theirs.mask.safetensors");
      await workbench.frame.locator(".sentence", { hasText: "pruned" }).waitFor();
      assert.deepEqual(read(), [path.join(outside, "theirs.mask.safetensors")], "what was opened");
    });
  } finally {
    await workbench.close();
    for (const place of [folder, outside]) await discard(place);
  }
});
