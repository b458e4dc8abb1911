// The way of a decoder's mask, in one window: views, training, run, heatmap, diff, and texts that it generates. Then the heatmap of
// an encoder–decoder.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { pictured } from "../host/behaviour.ts";
import { discard } from "../host/workspace.ts";
import { prepareRun } from "./support/prepared.ts";
import { Workbench } from "./workbench.ts";

/** Rows of each split: a few steps. */
const ROWS = 64;
/** More texts than are generated before someone stops it. */
const TEXTS = 1000;
const PERPLEXITY = String.raw`perplexity \d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)`;

const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-generators-"));
let workbench: Workbench;

before(async () => {
  for (const model of ["tiny-llama", "tiny-t5"])
    cpSync(`test/fixtures/families/${model}`, path.join(folder, model), { recursive: true });
  for (const task of ["dates", "reversed"]) copyTask(task);
  mkdirSync(path.join(folder, "tasks", "mood"));
  const mood = { name: "mood", kind: "sentence", metric: "accuracy", files: { train: "mood/train.csv" } };
  writeFileSync(path.join(folder, "tasks", "mood.task.json"), JSON.stringify(mood));
  for (const [name, model] of Object.entries({ reversed: "tiny-llama", translated: "tiny-t5" }))
    await prepareRun(folder, name, {
      task: path.join(folder, "tasks", "reversed.task.json"),
      model: path.join(folder, model),
      learningRate: 1e-2,
    });
  workbench = await Workbench.open(folder);
  await workbench.showViews();
});

after(async () => {
  await workbench.close();
  await discard(folder);
});

/** Copies a task of texts with the first rows of its data. */
function copyTask(task: string): void {
  const [from, to] = ["test/fixtures/texts/tasks", path.join(folder, "tasks")];
  mkdirSync(path.join(to, task), { recursive: true });
  cpSync(`${from}/${task}.task.json`, path.join(to, `${task}.task.json`));
  for (const split of ["train", "validation", "test"]) {
    const lines = readFileSync(`${from}/${task}/${split}.tsv`, "utf8").split("\n");
    writeFileSync(path.join(to, task, `${split}.tsv`), `${lines.slice(0, ROWS + 1).join("\n")}\n`);
  }
}

test("the views say which architecture a model has and of which kind a task is, and a model is offered only the tasks that it can learn", () =>
  workbench.playing(async () => {
    await workbench.entry(/tiny-llama *llama decoder 2×16/).waitFor();
    await workbench.entry(/tiny-t5 *t5 encoder–decoder 2\+2×16/).waitFor();
    await workbench.entry(/dates *generation/).waitFor();
    await workbench.entry(/mood *sentence/).waitFor();
    await workbench.choose(/mood *sentence/, "Train Mask");
    await workbench.step("Choose the base model (1 model cannot learn this task and is not listed)");
    assert.match((await workbench.entries()).join(), /^[^,]*tiny-llama[^,]*decoder[^,]*$/);
    await workbench.page.keyboard.press("Escape");
    await workbench.command("MaskLens: Train Mask");
    await workbench.pick("Choose the base model", "tiny-t5");
    await workbench.step("Choose the task (1 task is not for this model and not listed)");
    const offered = (await workbench.entries()).join("\n");
    assert.match(offered, /dates[\s\S]*reversed/);
    assert.doesNotMatch(offered, /mood/);
    await workbench.page.keyboard.press("Escape");
  }));

test("a decoder's mask is trained, and its run shows the loss and the perplexity, of which lower values are better", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.command("MaskLens: Train Mask");
    await workbench.pick("Choose the base model", "tiny-llama");
    await workbench.answerTask("dates", undefined, 8);
    await frame.locator(".state", { hasText: "Done" }).waitFor();
    await workbench.told(new RegExp(`^Finished training dates: test ${PERPLEXITY}`));
    await frame.getByText(/lower is better; ○ best step/).waitFor();
    assert.match(
      await frame.locator(".sentence").innerText(),
      /^Best perplexity on the validation examples: \d+\.\d\d \(/,
    );
    const labels = await frame.locator("#score").allInnerTexts();
    assert.doesNotMatch(labels.join(), /%(?! confidence)/);
    await workbench.entry(new RegExp(`dates *${PERPLEXITY.slice(0, 20)}`)).waitFor();
    await pictured(workbench.page, "generators-run");
  }));

test("the heatmap of a decoder names its kinds, and shows the heads of keys and values that heads of queries share", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.openFile("dates.mask.safetensors");
    await frame.locator(".sentence", { hasText: /Training pruned/ }).waitFor();
    await frame.getByText("Q query, K key, V value, AO attention output, G gate, I up, O down").waitFor();
    await frame.getByText(/^K and V are shared by 2 heads each/).waitFor();
    const kinds = frame.getByRole("grid", { name: "Flips by layer and matrix kind" });
    assert.match((await kinds.innerText()).trim().replaceAll(/\s+/g, " "), /^Q K V AO G I O layer 1 .* layer 0 /);
    await frame.locator("vscode-dropdown[aria-label='Matrices of a head']").click();
    await frame.getByRole("option", { name: "K rows, each head shared by 2 heads of queries" }).click();
    const heads = frame.getByRole("grid", { name: "Pruned weights by layer and attention head" });
    assert.equal(await heads.locator("td.cell").count(), 2 * 2);
    await pictured(workbench.page, "generators-heatmap");
  }));

test("two masks of a decoder are compared", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.command("MaskLens: Diff Masks");
    await workbench.tick(["dates.mask", "reversed.mask"]);
    await frame.locator("h1", { hasText: /dates.*reversed/ }).waitFor();
    await frame.locator(".sentence", { hasText: /pruned the same weights/ }).waitFor();
    await workbench.tab("heads");
    await frame.getByText(/^K and V are shared by 2 heads each/).waitFor();
    await pictured(workbench.page, "generators-diff");
  }));

test("Try Text generates a text for a source, and stops in the midst of many", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.command("MaskLens: Load Mask");
    await workbench.tick(["dates.mask"]);
    await workbench.page.locator(".statusbar-item", { hasText: /^\s*dates\s*$/ }).waitFor();
    await workbench.command("MaskLens: Try Text");
    const field = frame.locator("vscode-text-area textarea").first();
    await field.fill("27 January 2056");
    await workbench.page.keyboard.press("Control+Enter");
    await frame.locator(".answer .finish", { hasText: /^Ended .* tokens\/s\.$/ }).waitFor();
    assert.match(await frame.locator(".answer h3").innerText(), /dates/);
    await pictured(workbench.page, "generators-try");
    await field.fill(Array.from({ length: TEXTS }, (_, i) => `${1 + (i % 28)} May ${1900 + i}`).join("\n"));
    await workbench.page.keyboard.press("Control+Enter");
    await frame.getByRole("button", { name: "Stop" }).waitFor();
    await workbench.page.keyboard.press("Escape");
    await frame.getByRole("button", { name: "Generate" }).waitFor();
    assert.ok((await frame.getByText("Not generated.").count()) > 0, "the last texts were not begun");
  }));

test("the heatmap of an encoder–decoder shows both stacks, and cross attention in the decoder's layers alone", () =>
  workbench.playing(async () => {
    const { frame } = workbench;
    await workbench.entry(/translated *perplexity/).click();
    await frame.locator("h1", { hasText: "translated" }).waitFor();
    const kinds = frame.getByRole("grid", { name: "Flips by layer and matrix kind" });
    await kinds.waitFor();
    const rows = kinds.locator("tr", { hasText: /layer/ });
    assert.deepEqual(
      await rows.evaluateAll((all) => all.map((row) => row.querySelectorAll("td.cell").length)),
      [10, 10, 6, 6],
    );
    assert.match(
      (await kinds.innerText()).trim().replaceAll(/\s+/g, " "),
      /^Q K V AO CQ CK CV CAO I O layer D1 .* layer E0 /,
    );
    await pictured(workbench.page, "generators-stacks");
  }));
