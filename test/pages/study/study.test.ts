// The page of a study: what it says and shows, and what it asks the editor for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StudyLive } from "../../../src/messages/study.ts";
import { pictured } from "../../host/behaviour.ts";
import { axe, drawn, type Opened, Pages } from "../browser.ts";
import { nothingWrong, picture } from "../shown.ts";
import { live, overview, studyMessage } from "./fixture.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

async function showing(state: StudyLive | null, more: Parameters<typeof overview>[0] = {}): Promise<Opened> {
  const opened = await pages.open("study");
  await opened.send(studyMessage(state, more));
  await opened.page.locator("h1").waitFor();
  await drawn(opened);
  return opened;
}

/** The texts of a table's rows. */
async function rowsOf({ page }: Opened, name: string): Promise<string[][]> {
  const rows = await page.getByRole("table", { name }).locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("td").allTextContents()));
}

const state = async ({ page }: Opened) => (await page.locator(".state").textContent())!;
const buttons = async ({ page }: Opened) => page.locator(".row vscode-button:not([hidden])").allTextContents();
const acts = async (opened: Opened) => (await opened.posted()).filter(({ type }) => type !== "ready");

test("a study that does not run says what its cells have reached, and can be run", async () => {
  const opened = await showing(null);
  assert.equal(await state(opened), "Not finished · 3 of 6 cells done, 1 stopped, 1 failed");
  assert.deepEqual(await buttons(opened), [
    "Run",
    "Run on Slurm…",
    "Check",
    "Open run table",
    "Write report",
    "Edit study.json",
  ]);
  const rows = await rowsOf(opened, "Cells");
  assert.deepEqual(rows[0], ["001", "mask, seed 1", "done", "240", "88.4", "86.3–90.3"]);
  assert.equal(rows[2]![2], "done, linked");
  assert.deepEqual(rows[3]!.slice(2, 5), ["failed", "12", "–"]);
  assert.match(rows[3]![1]!, /^finetune, seed 1the loss became NaN; use a lower learning rate\.$/);
  await opened.page.getByRole("button", { name: "Run", exact: true }).click();
  await opened.page.getByRole("table", { name: "Cells" }).getByRole("button", { name: "002" }).click();
  assert.deepEqual(await acts(opened), [
    { type: "study", act: "run" },
    { type: "cell", cell: 2 },
  ]);
  nothingWrong(opened);
  await opened.page.close();
});

test("a cell that has not started has no run to open", async () => {
  const opened = await showing(null);
  const cells = opened.page.getByRole("table", { name: "Cells" });
  assert.equal(await cells.getByRole("button", { name: "005" }).count(), 1);
  assert.equal(await cells.getByRole("button", { name: "006" }).count(), 0);
  await cells.getByText("not started").click();
  assert.deepEqual(await acts(opened), []);
  await opened.page.close();
});

test("groups have the mean over seeds, its sample deviation and the number of finished seeds", async () => {
  const opened = await showing(null);
  // numpy: mean([88.4, 87.1, 89.2]) = 88.233, std(ddof=1) = 1.060; sparsity: mean 5.1, std 0.1.
  assert.deepEqual(await rowsOf(opened, "Groups"), [
    ["mask", "0.001", "3 of 3", "accuracy", "88.2 ± 1.1", "87.2 ± 1.1", "5.1 ± 0.1", "46.00"],
  ]);
  await opened.page.getByText("it is not an interval").waitFor();
  await opened.page.close();
});

test("while cells train, the page says how far they are and how long it takes, and follows the queue", async () => {
  const opened = await showing(live());
  assert.equal(
    await state(opened),
    "Running · 3 of 6 cells done, 1 training, 2 waiting, 1 failed · about 3 min 5 s left",
  );
  assert.deepEqual(await buttons(opened), [
    "Pause",
    "Stop at a checkpoint",
    "Open run table",
    "Write report",
    "Edit study.json",
  ]);
  const names = async () => (await rowsOf(opened, "Cells")).map(([name]) => name).join();
  assert.deepEqual((await rowsOf(opened, "Cells"))[0]!.slice(2, 5), ["training", "120/240", "1 min 5 s"]);
  assert.equal(await names(), "004,005,006,001,002,003");
  const transfer = { step: 30, steps: 100 };
  await opened.send({
    type: "live",
    live: live({ running: [{ ...live().running[0]!, secondsLeft: null, transfer }] }),
  });
  await drawn(opened);
  assert.deepEqual((await rowsOf(opened, "Cells"))[0]!.slice(2, 5), ["training", "transfer 30/100", "–"]);
  await opened.send({ type: "live", live: live({ waiting: [6, 5], paused: true }) });
  await drawn(opened);
  assert.equal(await names(), "004,006,005,001,002,003");
  await pictured(opened.page, "studies-running");
  assert.match(await state(opened), /^Paused · /);
  assert.deepEqual((await buttons(opened)).slice(0, 2), ["Resume", "Stop at a checkpoint"]);
  await opened.send({ type: "live", live: live({ left: { seconds: 0, unknown: 3, bytes: 0, checkpointBytes: 0 } }) });
  await drawn(opened);
  assert.match(await state(opened), /time left unknown until the first steps are measured$/);
  await opened.send({ type: "live", live: null });
  await drawn(opened);
  assert.match(await state(opened), /^Not finished/);
  await opened.page.close();
});

test("waiting cells are moved with the keyboard, and the focus goes with the cell", async () => {
  const opened = await showing(live());
  const { page } = opened;
  const up = page.getByRole("button", { name: "Move cell 006 up" });
  await up.focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await acts(opened), [{ type: "move", cell: 6, to: "up" }]);
  assert.equal(await page.getByRole("status").textContent(), "Moved cell 006 up");
  await opened.send({ type: "live", live: live({ waiting: [6, 5] }) });
  await drawn(opened);
  assert.equal(await page.evaluate(() => document.activeElement!.getAttribute("aria-label")), "Move cell 006 up");
  await pictured(page, "studies-moved");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  assert.deepEqual((await acts(opened)).slice(1), [
    { type: "move", cell: 6, to: "down" },
    { type: "move", cell: 6, to: "top" },
  ]);
  await page.close();
});

test("the number of cells at a time is asked for where it is valid, and otherwise stays", async () => {
  const opened = await showing(live());
  const field = opened.page.getByLabel("Cells at a time:");
  await field.fill("0");
  await field.press("Enter");
  assert.equal(await field.inputValue(), "1");
  await field.fill("3");
  await field.press("Enter");
  assert.deepEqual(await acts(opened), [{ type: "atOnce", count: 3 }]);
  await opened.page.close();
});

test("jobs on Slurm are followed, and a stop ends only that", async () => {
  const running = [{ cell: 4, step: 120, steps: 240, secondsLeft: null }];
  const opened = await showing(live({ where: "slurm", left: null, running }));
  assert.equal(await state(opened), "Running on Slurm · 3 of 6 cells done, 1 training, 2 waiting, 1 failed");
  assert.deepEqual((await buttons(opened))[0], "Stop following");
  await opened.page.getByText("The jobs run without this window.").waitFor();
  assert.equal(await opened.page.getByRole("button", { name: /^Move cell/ }).count(), 0);
  await opened.page.close();
});

test("combinations that cannot be cells, and a study that cannot be read, say why", async () => {
  const opened = await showing(null, { refused: ["study.json, grid.pattern: method mask does not use pattern."] });
  await opened.page.getByText("method mask does not use pattern").waitFor();
  await opened.send({ type: "failed", message: "/w/studies/methods/study.json: it is not JSON" });
  await drawn(opened);
  assert.equal(
    await opened.page.getByRole("alert").first().textContent(),
    "/w/studies/methods/study.json: it is not JSON",
  );
  assert.equal((await rowsOf(opened, "Cells")).length, 6, "what is known stays");
  await opened.page.close();
});

test("a study of 3,000 cells lists the first 500 in its order, and says how many there are", async () => {
  const [cell] = overview().cells;
  const cells = Array.from({ length: 3000 }, (_, i) => ({ ...cell!, cell: i + 1, name: String(i + 1) }));
  const opened = await showing(null, { cells });
  assert.equal(await opened.page.getByRole("table", { name: "Cells" }).locator("tbody tr").count(), 500);
  await opened.page.getByText("And 2,500 more cells; the run table shows all.").waitFor();
  await opened.page.close();
});

test("axe finds nothing wrong while a study runs, and the page fits a narrow column", async () => {
  const opened = await pages.open("study", { width: 400 });
  await opened.send(studyMessage(live()));
  await drawn(opened);
  await picture(opened, "study-live-narrow");
  assert.deepEqual(await axe(opened), []);
  const [wide, room] = await opened.page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(wide! <= room!);
  await opened.page.close();
});
