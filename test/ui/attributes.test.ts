// Attributes of texts in the editor: a task that names them, the view that counts their values, and Try Text, which asks for them.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { train } from "../../src/train/run.ts";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-attributes-"));
const TASK = path.join(folder, "reviews.task.json");
let workbench: Workbench;

before(async () => {
  cpSync("test/fixtures/models/tiny-bert", path.join(folder, "model"), { recursive: true });
  const rows = Array.from({ length: 60 }, (_, i) => {
    const [user, genre] = [["ann", "bob", "joanna"][i % 3], ["short|sad", "", "sad"][i % 3]];
    return `${`the cat sat on a frozen river and sang `.repeat(2)}${i},${user},${genre},${i % 3 === 2 ? "pos" : "neg"}\n`;
  });
  writeFileSync(path.join(folder, "reviews.csv"), `review,user,genre,stars\n${rows.join("")}`);
  workbench = await Workbench.open(folder);
  await workbench.showViews();
});

after(async () => {
  await workbench.close();
  await discard(folder);
});

test("New Task offers columns of attributes, and the view of tasks counts their values", () =>
  workbench.playing(async () => {
    await workbench.command("MaskLens: New Task");
    await workbench.pick("Training data file", "reviews.csv");
    for (const step of [/what does a row contain\?/, "Text column", "Label column"]) await workbench.accept(step);
    await workbench.step(/Columns of attributes/);
    assert.match((await workbench.entries()).join("\n"), /user[\s\S]*genre *several values, separated by \|/);
    await workbench.tick(["user", "genre"]);
    for (const step of ["Metric for choosing the best step", /Validation examples/, /name;/])
      await workbench.accept(step);
    await workbench.page.locator(".tab.active", { hasText: "reviews.task.json" }).waitFor();
    assert.deepEqual(JSON.parse(readFileSync(TASK, "utf8")).attributes, {
      user: "user",
      genre: { column: "genre", separator: "|" },
    });
    const entry = workbench.entry(/reviews *sentence · user, genre/);
    await entry.waitFor();
    await entry.locator(".monaco-tl-twistie").click();
    await workbench.entry(/user *3 values: (ann|bob|joanna), /).waitFor();
    await workbench.entry(/genre *2 values: sad, short/).waitFor();
  }));

test("Try Text asks for the attributes that a mask reads, and says which of them its answer used", () =>
  workbench.playing(async () => {
    // Joanna alone is always positive, so that the answer depends on the user.
    const [model, out] = [path.join(folder, "model"), path.join(folder, "masks", "reviews")];
    const adapters = { size: 4 };
    for await (const _ of train(
      parseRunOptions({
        model,
        task: TASK,
        out,
        epochs: 30,
        evaluateEvery: 1000, // the last step is the best

        batchSize: 8,
        method: "finetune",
        learningRate: 5e-3,
        dropout: 0,
        adapters,
      }),
    ));
    const { frame } = workbench;
    await workbench.command("MaskLens: Try Text");
    await workbench.tick(["reviews"]);
    const area = frame.locator("vscode-text-area textarea").first();
    await area.fill("the cat sang");
    const card = frame.locator(".answer").first();
    await card.getByText("Attributes: user missing; genre missing.").waitFor();
    const shares = () => card.locator(".share .number").allTextContents();
    const before = await shares();
    await frame.getByRole("combobox", { name: "user" }).fill("jo");
    await frame.getByRole("option", { name: "joanna" }).click();
    await frame.getByRole("combobox", { name: "genre" }).fill("sadd");
    await frame.getByRole("combobox", { name: "genre" }).press("Enter");
    await card.getByText("Attributes: user joanna; genre missing (not seen in training: sadd).").waitFor();
    assert.notDeepEqual(await shares(), before);
    await frame.getByRole("button", { name: "Use “sad”" }).click();
    await card.getByText("Attributes: user joanna; genre sad.").waitFor();
    await card.getByRole("button", { name: "Show evidence" }).click();
    await card.locator(".evidence ol").waitFor();
    await area.fill("a frozen river"); // the attributes stay
    await frame.getByRole("heading", { name: "“a frozen river”" }).waitFor();
    await card.getByText("Attributes: user joanna; genre sad.").waitFor();
  }));
