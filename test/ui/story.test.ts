// The story of a new user, from an empty window to a token's evidence: each part of what the pages and views offer once, with the
// keyboard alone. Only other programs' doings (a folder renamed) are not keys.

import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import type { Locator } from "playwright-core";
import { until } from "../host/until.ts";
import { cutTasks, SHORT } from "../host/workspace.ts";
import { again, Workbench } from "./workbench.ts";

/** Rows of each split: a few steps. */
const ROWS = 64;
/** More commands than match a title. */
const MOST_ROWS = 10;
/** More elements than any page has between two that the story goes to. */
const MOST_TABS = 80;

let workbench: Workbench;
let sample: string;

before(async () => {
  workbench = await Workbench.open();
  sample = path.join(workbench.storage, "sample");
});

after(() => workbench.close());

const press = async (...keys: readonly string[]) => {
  for (const key of keys) await workbench.page.keyboard.press(key);
};

/**
 * Runs a command: its name is typed in the palette, and the arrow keys go to its row. A page passes F1 on to the editor: until the
 * palette has the focus, the page would get what is typed.
 */
async function command(title: string): Promise<void> {
  const { page } = workbench;
  await again(async (timeout) => {
    await press("Escape", "F1");
    await page.locator(".quick-input-widget input.input:focus").waitFor({ timeout });
    await page.keyboard.type(title);
    const [name, rows] = [title.replace(/^.*: /, ""), page.locator(".quick-input-list .monaco-list-row")];
    await rows.filter({ hasText: name }).first().waitFor({ timeout });
    const row = page.locator(".quick-input-list .monaco-list-row.focused", { hasText: name });
    for (let i = 0; i < MOST_ROWS && !(await row.isVisible()); i++) await press("ArrowDown");
    await row.waitFor({ timeout });
    await press("Enter");
  });
}

/** Answers the step of a quick pick that asks `question`, by typing. */
async function answer(question: string | RegExp, text = ""): Promise<void> {
  await workbench.step(question);
  const row = workbench.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: text });
  if (text)
    await again(async (timeout) => {
      await press("Control+A"); // what was typed while the step opened may have been lost in part
      await workbench.page.keyboard.type(text);
      await row.waitFor({ timeout });
    });
  await press("Enter");
}

/** Types into the open input box, once it has the focus, and accepts. */
async function fill(question: RegExp, text: string): Promise<void> {
  await workbench.step(question);
  const input = workbench.page.locator(".quick-input-widget input.input:focus");
  await until(async () => {
    await input.waitFor();
    await press("Control+A");
    await workbench.page.keyboard.type(text);
    return (await input.inputValue()) === text;
  });
  await press("Enter");
}

async function train(task: string): Promise<void> {
  // On a busy machine, the page from which the palette was opened may take the focus back just when the first step opens.
  await again(async (timeout) => {
    await command("MaskLens: Train Mask");
    await workbench.step("Choose the base model", timeout);
    await workbench.page.locator(".quick-input-widget input.input:focus").waitFor({ timeout });
  });
  await answer("Choose the base model", "model");
  await answer("Choose the task", task);
  await answer("How to train", "Mask, quick");
  await fill(/^Epochs/, "1");
  await answer(/^Run name/);
  await answer(/^Train now, or/);
}

/** Ticks entries of the open quick pick with Space, and accepts them. */
async function tick(texts: readonly string[]): Promise<void> {
  const rows = workbench.page.locator(".quick-input-list .monaco-list-row");
  for (const text of texts) await rows.filter({ hasText: text }).first().waitFor();
  const focused = workbench.page.locator(".quick-input-list .monaco-list-row.focused");
  for (let i = 0; i < (await rows.count()); i++) {
    await press("ArrowDown");
    await focused.waitFor();
    const [name, checked] = [await focused.innerText(), await focused.getAttribute("aria-checked")];
    if ((checked === "true") !== texts.some((text) => name.includes(text))) await press("Space");
  }
  await press("Enter");
}

/** Presses Tab until an element of the page in front has the focus. */
async function tabTo(element: Locator): Promise<void> {
  await element.waitFor();
  for (let i = 0; i < MOST_TABS; i++) {
    if (await element.evaluate((one) => one.matches(":focus, :focus-within"))) return;
    await press("Tab");
  }
  assert.fail(`${MOST_TABS} times Tab do not reach ${element}`);
}

/** Brings the focus to the page in front, and waits until it is there: a Tab before that would go through the editor. */
async function toPage(): Promise<void> {
  await command("View: Focus Active Editor Group");
  await until(() => workbench.frame.locator("body").evaluate((body) => body.ownerDocument.hasFocus()));
}

/** Goes to a tab of the page with the arrow keys. */
async function tab(id: string): Promise<void> {
  await toPage();
  await tabTo(workbench.frame.locator("[role=tablist]"));
  const tabs = workbench.frame.getByRole("tab");
  const place = () => tabs.evaluateAll((all) => all.findIndex((one) => one.matches("[aria-selected=true]:focus")));
  const ids = await tabs.evaluateAll((all) => all.map((one) => one.id));
  await workbench.goTo(place, ids.indexOf(`tab-${id}`), "ArrowRight");
}

/** Chooses from a dropdown of the page with the arrow keys. */
async function choose(label: string, option: RegExp): Promise<void> {
  const dropdown = workbench.frame.locator(`vscode-dropdown[aria-label="${label}"]`);
  await tabTo(dropdown);
  const texts = await dropdown.locator("vscode-option").allTextContents();
  const place = () => dropdown.evaluate((one) => (one as HTMLElement & { selectedIndex: number }).selectedIndex);
  const to = texts.findIndex((text) => option.test(text));
  await workbench.goTo(place, to, "ArrowDown");
}

/** Moves the focus into a view, and there with the arrow keys to an entry that matches. */
async function toEntry(view: "Masks" | "Runs", text: RegExp): Promise<void> {
  await command(`MaskLens: Focus on ${view} View`);
  await workbench.entry(text).waitFor();
  const focused = workbench.page.locator(
    ".tree-explorer-viewlet-tree-view .monaco-list:focus-within .monaco-list-row.focused",
  );
  let last: string | undefined;
  await until(async () => {
    const [name] = await focused.allInnerTexts();
    if (name !== undefined && text.test(name)) return true;
    if (name === undefined) await command(`MaskLens: Focus on ${view} View`); // a redraw took the focus
    await press(name === last ? "Home" : "ArrowDown");
    last = name;
    return false;
  });
}

const chapters: readonly (readonly [title: string, play: () => Promise<void>])[] = [
  [
    "an empty window leads to the sample and its walkthrough",
    async () => {
      const { page } = workbench;
      await command("MaskLens: Train Mask");
      await workbench.told(/^No base model found/);
      await command("MaskLens: Open Sample");
      await workbench.inSample();
      await page.locator(".tabs-container .tab", { hasText: /Walkthrough|Welcome/ }).waitFor();
      cutTasks(sample, ROWS, SHORT);
    },
  ],
  [
    "Train Mask asks, and the run's page shows options, data, duration and layers",
    async () => {
      const { frame } = workbench;
      await train("sentiment");
      await frame.locator(".state", { hasText: "Done" }).waitFor();
      await frame.getByRole("table", { name: "Options", exact: true }).waitFor();
      await frame
        .getByText(/Sparsity at step/)
        .first()
        .waitFor();
      await toPage();
      const layer = frame.locator(".toggles button[aria-pressed]").nth(1);
      await tabTo(layer);
      const was = await layer.getAttribute("aria-pressed");
      await press("Space");
      assert.notEqual(await layer.getAttribute("aria-pressed"), was);
    },
  ],
  [
    "the view of masks renames a mask and opens it under its own name",
    async () => {
      const { frame } = workbench;
      await toEntry("Masks", /sentiment *accuracy/);
      await press("F2");
      await fill(/^New name/, "first");
      await workbench.entry(/first *accuracy/).waitFor();
      await toEntry("Masks", /first *accuracy/);
      await press("Enter");
      await frame.locator("h1", { hasText: /^first sentiment$/ }).waitFor();
    },
  ],
  [
    "the heatmap leads from a cell to its matrix, a head and a weight",
    async () => {
      const { frame } = workbench;
      await frame.locator(".sentence", { hasText: /Training pruned/ }).waitFor();
      await tab("changed");
      await tabTo(frame.locator("table.grid td.cell[tabindex='0']").first());
      await press("ArrowDown", "Enter");
      await frame.locator("canvas.view").waitFor();
      await tabTo(frame.getByRole("textbox", { name: "Go to a row, column or head" }));
      await workbench.page.keyboard.type("12, 40");
      await press("Enter");
      await frame.locator(".detail[data-locked]", { hasText: "row 12, column 40: " }).waitFor();
    },
  ],
  [
    "the glossary opens beside the page, and what is compared is said where it stands",
    async () => {
      const { frame } = workbench;
      await toPage();
      const button = frame.getByRole("button", { name: "Glossary" });
      await tabTo(button);
      await press("Enter");
      const glossary = frame.getByRole("region", { name: "Glossary" });
      await glossary.getByText("pruned / expected").first().waitFor();
      await press("Escape");
      await glossary.waitFor({ state: "hidden" });
      assert.ok(await button.evaluate((one) => one.matches(":focus")));
      await frame.getByText(/z: standard deviations from the count expected given the initial scores/).waitFor();
      await frame.getByText(/\|z\| above 3 is rarely due to chance/).waitFor();
    },
  ],
  [
    "numbers are copied as a cell and as a table, and the mask as Python code",
    async () => {
      const { frame } = workbench;
      await tab("numbers");
      const cell = frame.getByRole("table", { name: "By kind" }).locator("tbody td[tabindex='0']");
      await tabTo(cell);
      await press("ArrowRight", "Control+C");
      await frame
        .getByRole("status")
        .getByText(/^Copied /)
        .waitFor();
      await press("Shift+F10");
      await frame.getByRole("menuitem", { name: "Copy table" }).waitFor();
      await press("End", "Enter");
      await frame
        .getByRole("status")
        .getByText(/^Copied table /)
        .waitFor();
      await tab("provenance");
      await tabTo(frame.getByRole("button", { name: /^Copy .*as NumPy$/ }).first());
      await press("Enter");
      await frame
        .getByRole("status")
        .getByText(/^Copied Python code that reads /)
        .waitFor();
    },
  ],
  [
    "a second mask is compared with the first one, over all heads and in one kind",
    async () => {
      const { frame } = workbench;
      await train("spam");
      await workbench.told(/^Finished training spam/);
      await command("MaskLens: Diff Masks");
      await tick(["first.mask", "spam.mask"]);
      await frame.locator(".sentence", { hasText: /pruned the same weights/ }).waitFor();
      await frame.locator("h1", { hasText: /first.*spam/ }).waitFor();
      await tab("heads");
      await choose("Matrices of a head", /V/);
    },
  ],
  [
    "a run's folder that is renamed is followed from its open page",
    async () => {
      const { frame } = workbench;
      await toEntry("Runs", /sentiment.*done/);
      await press("Enter");
      await frame.locator(".state", { hasText: "Done" }).waitFor();
      renameSync(path.join(sample, "masks", "sentiment"), path.join(sample, "masks", "elsewhere"));
      const note = frame.getByText(/^masks\/sentiment was moved to masks\/elsewhere\.$/);
      await note.waitFor();
      await workbench.entry(/elsewhere.*done/).waitFor();
      await toPage();
      await tabTo(frame.getByRole("button", { name: "Open at New Location" }));
      await press("Enter");
      await note.waitFor({ state: "hidden" });
    },
  ],
  [
    "a run is deleted after asking, and leaves no entry",
    async () => {
      const { page } = workbench;
      const folder = path.join(sample, "masks", "spam");
      assert.equal(JSON.parse(readFileSync(path.join(folder, "run.json"), "utf8")).epochs, 1);
      await toEntry("Runs", /spam.*done/);
      await press("Delete");
      const dialog = page.locator(".monaco-dialog-box");
      await dialog.getByText("Delete spam?").waitFor();
      await press("Enter"); // Move to Trash
      await dialog.getByRole("button", { name: "Delete Permanently" }).waitFor(); // the server's file system has no trash
      await press("Enter");
      await until(() => !existsSync(folder));
      await workbench.entry(/spam.*done/).waitFor({ state: "detached" });
    },
  ],
  [
    "a comparison of methods on two tasks is made from a preset and run",
    async () => {
      const { page } = workbench;
      await command("MaskLens: New Study");
      await answer("What the study compares", "Method comparison");
      await answer("Choose the base model", "model");
      await workbench.step("Choose one or several tasks");
      await tick(["sentiment", "spam"]);
      await answer(/^Study name/);
      await page.locator(".tab.active", { hasText: "study.json" }).waitFor();
      const file = path.join(sample, "studies", "method-comparison", "study.json");
      const plan = JSON.parse(readFileSync(file, "utf8"));
      assert.equal(plan.methods.length, 7);
      const methods = plan.methods.slice(0, 2); // a mask, and finetuning
      writeFileSync(file, JSON.stringify({ ...plan, methods, options: { epochs: 1, maxLength: 16 }, seeds: [1] }));
      await workbench.entry("0 of 4 done").waitFor();
      await command("MaskLens: Run Study…");
      await page.getByText("4 cells: 0 done, 4 to train").waitFor();
      await press("Enter");
      await workbench.told(/^method-comparison: all cells are finished\./);
    },
  ],
  [
    "the cells' curves are laid over each other and read at one step",
    async () => {
      const { frame } = workbench;
      await command("MaskLens: Open Run Table of Study");
      await frame.locator(".runs-grid tbody tr").nth(3).waitFor();
      await toPage();
      await tabTo(frame.locator(".runs-grid"));
      await press("Home", "Control+A");
      await frame.locator(".runs-grid tbody tr[aria-selected=true]").nth(3).waitFor();
      await tabTo(frame.locator("#curve-loss"));
      await press("ArrowLeft");
      await frame.getByText(/^Values nearest to step \d/).waitFor();
      assert.equal(await frame.getByRole("table", { name: "Values of the lines" }).locator("tbody tr").count(), 4);
    },
  ],
  [
    "what is selected is evaluated, and an example leads to its evidence",
    async () => {
      const { frame } = workbench;
      await toPage();
      const evaluate = frame.getByRole("button", { name: "Evaluate" });
      await tabTo(evaluate);
      await press("Enter");
      await frame.locator("h1", { hasText: "Evaluation" }).waitFor();
      await frame
        .getByText(/^[24] adaptations/)
        .first()
        .waitFor();
      await tab("examples");
      await tabTo(frame.locator(".runs-grid"));
      await press("ArrowDown");
      await tabTo(frame.getByRole("button", { name: "Open in Try Text" }));
      await press("Enter");
      await frame.locator("h1", { hasText: "Try Text" }).waitFor();
      await frame
        .getByText(/^The evidence of all tokens sums to/)
        .first()
        .waitFor();
      await toPage();
      await tabTo(frame.getByRole("button", { name: "Check by Deletion" }).first());
      await press("Enter");
      await frame
        .getByText(/^The evidence (beats|is no better than) random order/)
        .first()
        .waitFor();
    },
  ],
];

test("a new user's story, with the keyboard alone", async (t) => {
  for (const [title, play] of chapters) {
    let failed = false;
    await t.test(title, () =>
      workbench.playing(play).catch((error) => {
        failed = true;
        throw error;
      }),
    );
    if (failed) break; // the chapters after it build on it
  }
});
