// What can be done with two trained masks, in one window; each test begins with the folder as it was at first.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { until } from "../host/until.ts";
import { cutTasks, discard, restore, SHORT, sampleWorkspace } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { below } from "./support/processes.ts";
import { again, Workbench } from "./workbench.ts";

/** Rows of each split: a few steps. */
const ROWS = 64;
const BOTH = ["sentiment.mask", "spam.mask"];
const SPAM = /spam *(accuracy|loaded)/;
/** Examples that are truncated are counted behind the score. */
const SCORE = String.raw`accuracy \d+\.\d % \(\d+\.\d %–\d+\.\d %\)(, \d+ of \d+ examples truncated)?`;

let workbench: Workbench;
const sample = sampleWorkspace();
const whole = mkdtempSync(path.join(os.tmpdir(), "masklens-whole-"));

before(async () => {
  cutTasks(sample, ROWS, SHORT);
  for (const name of ["sentiment", "spam"])
    await prepareRun(sample, name, { task: path.join(sample, "tasks", `${name}.task.json`) });
  cpSync(sample, whole, { recursive: true });
  workbench = await opened();
});

function opened(): Promise<Workbench> {
  const adaptations = [path.join(sample, "masks", "sentiment", "sentiment.mask.safetensors")];
  const keys = {
    ...{ i: { adaptations, text: "A wonderful film." }, o: { adaptations, text: "A dull film." } },
    j: { adaptations: ["sentiment"], text: "A film." },
  };
  // As other parts of the editor call it.
  const opening = (key: string, args: object) => ({ key: `ctrl+alt+${key}`, command: "masklens.tryText", args });
  return Workbench.open(sample, { keybindings: Object.entries(keys).map(([key, args]) => opening(key, args)) });
}

/** The window and its folder as they were before the first test: nothing is open, loaded or said. */
beforeEach(async () => {
  if (workbench.failed) workbench = await workbench.close().then(opened); // what one test has left is not to fail others
  await workbench.command("View: Close All Editors");
  await workbench.clearNotifications();
  await workbench.showViews();
  restore(sample, whole);
  const loaded = workbench.entry(/(sentiment|spam) *loaded/);
  if (await loaded.isVisible()) await workbench.command("MaskLens: Unload"); // a test leaves one at most
  for (const task of ["sentiment", "spam"])
    for (const entry of [`${task} *accuracy`, `${task}.*done`]) await workbench.entry(new RegExp(entry)).waitFor();
  for (const added of [/^\s*ham/, "spam-seed2", "spam-safetensors"])
    await workbench.entry(added).waitFor({ state: "detached" });
  await until(() => !serving().length);
});

after(async () => {
  await workbench.close();
  for (const folder of [sample, whole]) await discard(folder);
});

const serving = () => below(workbench.serverPid, "worker.js");
const status = (text: RegExp) => workbench.page.locator(".statusbar-item", { hasText: text });

async function load(masks: readonly string[], shown: RegExp): Promise<void> {
  await workbench.command("MaskLens: Load Mask");
  await workbench.tick(masks);
  await status(shown).waitFor();
}

test("both masks are loaded and asked, also where their process was killed, and one is unloaded again", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Load Mask");
    await workbench.tick(BOTH);
    await workbench.command("MaskLens: Try Text"); // while they are being loaded: it does not ask which to load
    await status(/^\s*sentiment, spam\s*$/).waitFor();
    await workbench.frame.locator("vscode-text-area textarea:focus").waitFor();
    await workbench.page.keyboard.type("A wonderful film.");
    await workbench.frame.locator(".answer").nth(1).waitFor();
    const answers = await workbench.frame.locator(".answer").allInnerTexts();
    assert.equal(answers.length, 2);
    assert.match(answers.join("\n"), /sentiment[\s\S]*(negative|positive)[\s\S]*spam/);
    for (const pid of serving()) process.kill(pid, "SIGKILL");
    await again(async (timeout) => {
      // What is asked before the end is noticed is refused, and can be asked again.
      for (const text of ["", "A dull film."]) await workbench.frame.locator("vscode-text-area textarea").fill(text);
      await workbench.frame.getByRole("heading", { name: "“A dull film.”" }).waitFor({ timeout });
    });
    await workbench.command("MaskLens: Unload");
    await workbench.tick(["sentiment"]);
    await workbench.entry(/sentiment *accuracy/).waitFor();
    await workbench.entry(/spam *loaded/).waitFor();
    await status(/^\s*spam\s*$/).waitFor();
  }));

test("a text opened under a mask that is not loaded shows its evidence, which is checked and explains another label", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await page.keyboard.press("Control+Alt+i");
    const { frame } = workbench;
    await frame.getByRole("button", { name: "Hide evidence" }).waitFor();
    assert.equal(await frame.locator("vscode-text-area textarea").inputValue(), "A wonderful film.");
    await frame.getByText(/^The evidence of all tokens sums to [+−\d]/).waitFor();
    const tokens = await frame.locator(".evidence ol > li").allInnerTexts();
    assert.match(tokens.join(" "), /^\[CLS\]\s[+−\d.]+ a\s[+−\d.]+ wonderful\s.* \[SEP\]\s[+−\d.]+$/s);
    await frame.getByRole("button", { name: "Check by Deletion" }).click();
    await frame.getByText(/^The evidence (beats|is no better than) random order: .*\(p = /).waitFor();
    await page.keyboard.press("Control+Alt+o");
    await frame.locator(".answer").nth(1).waitFor();
    assert.equal(await frame.locator("vscode-text-area textarea").inputValue(), "A dull film.\nA wonderful film.");
    await frame.getByRole("button", { name: "Hide evidence" }).nth(1).waitFor();
    await page.keyboard.press("Control+Alt+j");
    await workbench.told(/^Try Text needs the absolute paths of masks and a text/);
  }));

test("a mask is scored on the test examples: the log holds every metric, and a page the examples, also of another split", () =>
  workbench.playing(async () => {
    await workbench.choose(SPAM, "Evaluate Mask");
    await workbench.told(new RegExp(`^On the test examples: spam ${SCORE}\\.$`));
    await workbench.press("Show Log");
    const log = workbench.page.locator(".output-view-container, .panel .view-lines");
    await log
      .getByText(/matthews/)
      .first()
      .waitFor();
    await workbench.command("View: Hide Panel");
    await workbench.clearNotifications();
    const { frame } = workbench;
    await workbench.tab("examples");
    const rows = frame.locator(".runs-grid tbody tr");
    const first = await until(async () => {
      const text = await rows.first().locator("td").last().textContent();
      return text === "…" ? null : text;
    });
    assert.ok(
      readFileSync(path.join(sample, "tasks", "spam", "test.jsonl"), "utf8").includes(first.slice(0, 20)),
      first,
    );
    await rows.first().click();
    await frame.getByRole("button", { name: "Open in Try Text" }).waitFor();
    await frame.getByRole("searchbox").fill(first.slice(0, 20).toUpperCase());
    await frame.getByText(/^[1-9]\d* of \d+ examples$/).waitFor();
    await frame.locator("vscode-dropdown[aria-label='Split']").click();
    await frame.getByRole("option", { name: "Validation split" }).click();
    await workbench.told(/^On the validation examples: spam/);
    await frame.getByText(/on the validation split of the task spam/).waitFor();
    await workbench.clearNotifications();
    await workbench.command("MaskLens: Evaluate Mask");
    await workbench.tick(BOTH);
    await workbench.told(new RegExp(`^On the test examples: sentiment ${SCORE}; spam ${SCORE}\\.$`));
  }));

test("a mask is exported in both formats and pruned, and what lies there is not overwritten", () =>
  workbench.playing(async () => {
    const here = workbench.page.locator(".quick-input-widget .monaco-button", { hasText: "Export Here" });
    const exportAs = async (format: string) => {
      // A menu that opens while the view is read anew comes without its entry: then the command asks for the mask.
      await again(
        async (timeout) => {
          await workbench.choose(SPAM, "Export Masked Model");
          await workbench.step(/weights are stored as zeros/, timeout);
        },
        () => workbench.page.keyboard.press("Escape"),
      );
      await workbench.pick(/weights are stored as zeros/, format);
      await workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "tasks" }).waitFor(); // it is read
      // The dialog is deaf while it looks.
      await again(async (timeout) => {
        await here.click({ timeout });
        await here.waitFor({ state: "hidden", timeout });
      });
    };
    const logged = workbench.log.length;
    for (const [format, folder, file, end] of [
      ["safetensors", "spam-safetensors", "model.safetensors", "$"],
      ["ONNX", "spam-onnx", "model.onnx", "$"],
      ["ONNX, pruned", "spam-onnx-pruned", "model.onnx", " (Removed|Nothing)"],
    ] as const) {
      await exportAs(format);
      await workbench.told(new RegExp(`^Exported BertForSequenceClassification \\(.*MB\\) to .*/${folder}\\.${end}`));
      assert.ok(existsSync(path.join(sample, folder, file)), folder);
    }
    await exportAs("ONNX");
    const refused = await workbench.told(/spam-onnx: the folder is not empty; choose a new folder/);
    await until(() => workbench.log.includes(refused, logged));
    const stack = "no stack stands in the log for what a person did wrong";
    assert.doesNotMatch(workbench.log.slice(logged), /^\s+at /m, stack);
  }));

test("a mask that was selected is compared with another, and not with itself", () =>
  workbench.playing(async () => {
    await workbench.choose(/sentiment *accuracy/, "Select for Compare");
    await workbench.choose(SPAM, "Compare with Selected");
    await workbench.frame.locator("h1", { hasText: /sentiment.*spam/ }).waitFor();
    await workbench.choose(/sentiment *accuracy/, "Compare with Selected");
    await workbench.told(/^This mask is already selected for comparison\. Choose another one\.$/);
  }));

test("a mask dropped onto another one is compared with it", () =>
  workbench.playing(async () => {
    await workbench.entry(SPAM).dragTo(workbench.entry(/sentiment *accuracy/));
    await workbench.frame.locator("h1", { hasText: /spam.*sentiment/ }).waitFor();
  }));

test("keys of the views open a mask to the side, rename it while it is loaded, and delete it after asking", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    const renamed = path.join(sample, "masks", "spam", "ham.mask.safetensors");
    await load(["spam.mask"], /^\s*spam\s*$/);
    const entry = workbench.entry(/spam *loaded/);
    await entry.click();
    await page.locator(".tab.active", { hasText: "spam.mask.safetensors" }).waitFor();
    await entry.click();
    const tabs = page.locator(".tab", { hasText: "spam.mask.safetensors" });
    await workbench.pressUntil("Control+Enter", (timeout) => tabs.nth(1).waitFor({ timeout }));
    await workbench.command("View: Close All Editors");
    await workbench.command("MaskLens: Focus on Masks View");
    await workbench.pressUntil("F2", (timeout) => workbench.step(/^New name/, timeout));
    await workbench.enter(/^New name/, "a/b");
    await workbench.step(/^Use letters/);
    await workbench.enter(/^Use letters/, "ham");
    await workbench.entry(/ham *loaded/).waitFor();
    assert.ok(existsSync(renamed));
    await pictured(page, "trees-renamed");
    await workbench.entry(/ham *loaded/).click();
    await workbench.entry(/ham *loaded/).click();
    const dialog = page.locator(".monaco-dialog-box");
    await workbench.pressUntil("Delete", (timeout) => dialog.getByText("Delete ham?").waitFor({ timeout }));
    await dialog.getByText(/The file .*ham\.mask\.safetensors/).waitFor();
    await dialog.getByText(/1 loaded mask will be unloaded first/).waitFor();
    await pictured(page, "trees-delete");
    await dialog.getByRole("button", { name: "Move to Trash" }).click();
    // The server's file system has no trash.
    const permanently = dialog.getByRole("button", { name: "Delete Permanently" });
    await permanently.click();
    await until(() => !existsSync(renamed));
    await workbench.entry(/ham/).waitFor({ state: "detached" });
  }));

test("an entry's path is copied, and its file shown in the explorer", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = () => page.evaluate("navigator.clipboard.readText()");
    await workbench.choose(SPAM, "Copy Path");
    await until(async () => (await copied()) === path.join(sample, "masks", "spam", "spam.mask.safetensors"));
    await workbench.entry(/sentiment.*done/).click();
    await workbench.frame.locator(".state", { hasText: "Done" }).waitFor(); // its page takes the focus
    await workbench.command("MaskLens: Focus on Runs View");
    await workbench.pressUntil("Shift+Alt+C", async (timeout) => {
      await until(async () => (await copied()) === path.join(sample, "masks", "sentiment"), timeout);
    });
    await workbench.choose(SPAM, "Reveal in Explorer");
    const shown = page.locator(".explorer-folders-view .monaco-list-row.selected", {
      hasText: "spam.mask.safetensors",
    });
    await shown.waitFor();
    await pictured(page, "trees-reveal");
  }));

test("a mask leads to its run and back, and the view finds entries by what is typed", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    const focused = (text: RegExp) =>
      page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row.selected", { hasText: text }).first().waitFor();
    await workbench.choose(SPAM, "Show Its Run");
    await focused(/spam.*done/);
    await workbench.choose(/sentiment.*done/, "Show Its Mask");
    await focused(/sentiment *accuracy/);
    await pictured(page, "trees-counterpart");
    await workbench.command("MaskLens: Focus on Masks View");
    const filter = page.locator(".monaco-tree-type-filter").first();
    await workbench.pressUntil("Control+F", (timeout) => filter.waitFor({ timeout }));
    await pictured(page, "trees-find");
    await page.keyboard.press("Escape");
    await filter.waitFor({ state: "hidden" });
  }));

test("a run is trained with another seed after asking", () =>
  workbench.playing(async () => {
    await workbench.choose(/spam.*done/, "Train Another Seed");
    const dialog = workbench.page.locator(".monaco-dialog-box");
    await dialog.getByText(/The new run spam-seed2 has seed 2 and mask seed 2/).waitFor();
    await pictured(workbench.page, "trees-seed");
    await dialog.getByRole("button", { name: "Train" }).click();
    await workbench.entry(/spam-seed2.*done/).waitFor();
    const { seed, maskSeed } = JSON.parse(readFileSync(path.join(sample, "masks", "spam-seed2", "run.json"), "utf8"));
    assert.deepEqual([seed, maskSeed], [2, 2]);
  }));

test("the last mask is unloaded while it is scored: the scores come all the same, then its process ends", () =>
  workbench.playing(async () => {
    await load(["spam.mask"], /^\s*spam\s*$/);
    const [pid, ...others] = serving();
    assert.deepEqual(others, []);
    process.kill(pid!, "SIGSTOP"); // it has no score before the mask is unloaded
    try {
      await workbench.choose(SPAM, "Evaluate Mask");
      await workbench.told(/^Evaluating on the test split/);
      await workbench.choose(SPAM, "Unload");
      await workbench.entry(/spam *accuracy/).waitFor();
      assert.deepEqual(serving(), [pid], "it is still at work");
    } finally {
      process.kill(pid!, "SIGCONT");
    }
    await workbench.told(/^On the test examples: spam accuracy/);
    await until(() => !serving().length);
  }));

test("a mask is scored on its task wherever that has gone, and where its rows have changed on the one that is chosen", () =>
  workbench.playing(async () => {
    const evaluate = async () => {
      await workbench.clearNotifications();
      await workbench.choose(/sentiment *accuracy/, "Evaluate Mask");
    };
    renameSync(path.join(sample, "tasks"), path.join(sample, "moved"));
    await evaluate();
    await workbench.told(/^On the test examples: sentiment accuracy/);
    const file = path.join(sample, "moved", "sentiment", "train.csv");
    const rows = readFileSync(file, "utf8");
    writeFileSync(file, rows.split("\n").slice(0, -2).join("\n"));
    await evaluate();
    await workbench.pick("The task sentiment, on which sentiment was trained, has moved", "sentiment.task.json");
    await workbench.told(/^On the test examples: sentiment accuracy/);
    writeFileSync(file, rows);
    renameSync(path.join(sample, "moved"), path.join(sample, "tasks"));
  }));

test("the command to train a mask again has the base model and the task where they have gone, and a cell is copied by key", () =>
  workbench.playing(async () => {
    const places = { model: path.join(sample, "renamed"), task: path.join(sample, "moved", "sentiment.task.json") };
    renameSync(path.join(sample, "model"), places.model);
    renameSync(path.join(sample, "tasks"), path.join(sample, "moved"));
    await workbench.openFile("sentiment.mask.safetensors");
    await workbench.tab("provenance");
    const { frame } = workbench;
    await frame.getByText("were found on this machine; the command uses their paths here").waitFor();
    const command = await frame.locator("pre").first().innerText();
    assert.ok(command.includes(`--model ${places.model} \\\n`), command);
    assert.ok(command.includes(`--task ${places.task} \\\n`), command);
    await workbench.tab("numbers");
    await frame.getByRole("table", { name: "By kind" }).locator("tbody td").first().focus();
    const copied = frame.getByRole("status").getByText("Copied Q");
    await workbench.pressUntil("Control+C", (timeout) => copied.waitFor({ timeout }));
  }));

test("a task is made by keyboard alone, from what its data seem to be", () =>
  workbench.playing(async () => {
    const { page } = workbench;
    writeFileSync(path.join(sample, "reviews.csv"), "review,stars\nA good film,pos\nA bad film,neg\nNo good,neg\n");
    await page.keyboard.press("F1");
    await page.keyboard.type("MaskLens: New Task");
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: "New Task" }).waitFor();
    await page.keyboard.press("Enter");
    await workbench.step("Training data file");
    await page.keyboard.type("reviews.csv");
    for (const next of [
      /what does a row contain\?/,
      "Text column",
      "Label column",
      "Metric for choosing the best step",
      /Validation examples/,
      /name;/,
    ]) {
      await page.keyboard.press("Enter");
      await workbench.step(next);
    }
    await page.keyboard.press("Enter");
    await page.locator(".tab.active", { hasText: "reviews.task.json" }).waitFor();
    const { kind, files, columns } = JSON.parse(readFileSync(path.join(sample, "reviews.task.json"), "utf8"));
    assert.deepEqual(
      { kind, files, columns },
      {
        kind: "sentence",
        files: { train: "reviews.csv" },
        columns: { text: "review", label: "stars" },
      },
    );
  }));

test("the devices say which works, and the one that is chosen is kept", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: Show Devices");
    await workbench.step("Choose a working device");
    const [cpu, ...gpus] = await workbench.entries();
    assert.match(cpu!, /^\s*cpu\s*works · \S.* · [\d.]+ GB\s*$/);
    assert.equal(gpus.length, 2);
    for (const gpu of gpus) {
      if (/^\s*\S+\s*works/.test(gpu)) continue;
      assert.match(gpu, /^\s*(webgpu|cuda:0)\s*does not work here\s*\S/);
      assert.doesNotMatch(gpu, /::|was false/);
    }
    await workbench.pick("Choose a working device", "cpu");
    const settings = path.join(workbench.storage, "..", "..", "..", "Machine", "settings.json");
    await until(() => existsSync(settings) && /"masklens.device": "cpu"/.test(readFileSync(settings, "utf8")));
  }));
