// Try Text's evidence: asked for when it is opened, shown in numbers as well as colours, checked, stopped, restored and saved.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, drawn, type Opened, Pages, THEMES } from "../browser.ts";
import { answersTo, LOADED } from "../fixture.ts";
import { choose, nothingWrong, picture, SHOWN, tableOf } from "../shown.ts";
import { A, evidenceFor, explained, last, TEXT } from "./shown-evidence.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** Starts the check of the evidence that is shown, and returns its request. */
async function checking(opened: Opened): Promise<unknown> {
  await opened.page.getByRole("button", { name: "Check by Deletion" }).click();
  const { deletion, request } = await last(opened, "explain");
  assert.equal(deletion, true);
  return request;
}

test("evidence is computed only when it is opened, for the predicted label, and shows each token's value", async () => {
  const opened = await pages.open("try");
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  assert.ok(!(await posted()).some(({ type }) => type === "explain"));
  const button = page.getByRole("button", { name: "Show evidence" }).first();
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await button.focus();
  await page.keyboard.press("Enter");
  const asked = await last(opened, "explain");
  assert.deepEqual(asked, {
    ...{ type: "explain", request: asked.request, adaptation: A, text: TEXT, label: "positive", deletion: false },
    attributes: {},
  });
  await page.getByText("Computing the evidence…").waitFor();
  await send({ type: "evidence", request: -1, evidence: evidenceFor("negative") });
  await send({ type: "evidence", request: asked.request, evidence: evidenceFor("positive") });
  const tokens = page.getByRole("list", { name: "Evidence for “positive”" }).getByRole("listitem");
  await tokens.first().waitFor();
  assert.deepEqual(await tokens.allInnerTexts(), [
    "[CLS]\n+0.10",
    "worth\n+1.20",
    "every\n−0.30",
    "cent\n+0.60",
    "[SEP]\n−0.05",
  ]);
  const ground = () => tokens.nth(4).evaluate((token) => getComputedStyle(token).backgroundColor);
  const dark = await ground();
  await page.evaluate(() => document.body.classList.replace("vscode-dark", "vscode-light"));
  await drawn(opened);
  assert.notEqual(await ground(), dark, "the colours follow the theme");
  await page.evaluate(() => document.body.classList.replace("vscode-light", "vscode-dark"));
  await drawn(opened);
  assert.equal(
    await tokens.nth(1).getAttribute("title"),
    "worth: +1.2000 log-odds, 53.3 % of the magnitude of all evidence",
  );
  const colours = await tokens.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
  assert.equal(new Set(colours).size, 5);
  assert.match(
    await page.locator(".evidence").first().innerText(),
    /sums to \+1\.55\. The log-odds of “positive” are \+2\.44, and −0\.50 if all word embeddings are zero: \+2\.94 apart/,
  );
  await page.getByText("Evidence as a table").click();
  const rows = page.getByRole("table", { name: "Evidence" }).locator("tbody tr");
  assert.deepEqual(await rows.nth(2).locator("td").allTextContents(), ["every", "3", "−0.3000", "13.3"]);
  nothingWrong(opened);
  await page.getByRole("button", { name: "Hide evidence" }).click();
  assert.equal(await page.locator(".evidence ol").count(), 0);
  await page.close();
});

test("another label is explained on request, and a failure says why and can be tried again", async () => {
  const opened = await pages.open("try");
  await explained(opened);
  const { page, send } = opened;
  await choose(opened, "Label to explain", "Evidence for “negative”");
  const { request, label } = await last(opened, "explain");
  assert.equal(label, "negative");
  assert.equal(await page.locator(".evidence ol").count(), 0, "the other label's evidence is gone");
  await send({ type: "unexplained", request, message: "CUDA ran out of memory" });
  await page.getByRole("alert").getByText("CUDA ran out of memory").waitFor();
  await page.getByRole("button", { name: "Try Again" }).click();
  const again = await last(opened, "explain");
  assert.notEqual(again.request, request);
  await send({ type: "evidence", request: again.request, evidence: evidenceFor("negative") });
  await page.getByRole("list", { name: "Evidence for “negative”" }).waitFor();
  await page.close();
});

test("the check shows its progress, can be stopped, and says whether the evidence beats random order", async () => {
  const opened = await pages.open("try");
  await explained(opened);
  const { page, posted, send } = opened;
  const stopped = await checking(opened);
  await send({ type: "checking", request: stopped, done: 48, total: 320 });
  await page.getByText("Checking: 48 of 320 texts with deleted tokens").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "enough", request: stopped });
  await send({ type: "evidence", request: stopped, evidence: evidenceFor("positive", { check: "better" }) });
  assert.equal(await page.locator(".evidence svg.chart").count(), 0, "what was stopped has no effect");
  assert.equal(await page.locator(".evidence ol").count(), 1, "the evidence stays");

  for (const [check, verdict] of [
    [
      "better",
      /^The evidence beats random order: .* of “positive” along the curve is 3\d\.\d %, lower than in all 20 .*p = 0\.048/,
    ],
    [
      "chance",
      /^The evidence is no better than random order: .* 20 of 20 random orders are as low \(p = 1\.000\).* of 0\.0 points/,
    ],
  ] as const) {
    if (check === "chance") {
      await page.getByRole("button", { name: "Hide evidence" }).click();
      await page.getByRole("button", { name: "Show evidence" }).first().click();
      const { request } = await last(opened, "explain");
      await send({ type: "evidence", request, evidence: evidenceFor("positive") });
    }
    const request = await checking(opened);
    await send({ type: "evidence", request, evidence: evidenceFor("positive", { check }) });
    await page.locator(".evidence svg .band").waitFor();
    assert.match((await page.locator(".evidence p", { hasText: "random order:" }).innerText()).trim(), verdict);
  }
  assert.match(await page.locator(".evidence").first().innerText(), /replaced by \[MASK\].* p is at least 0\.048/s);
  const chart = page.locator(".evidence svg.chart");
  await chart.focus();
  await page.keyboard.press("Home");
  assert.match(await page.locator(".evidence .read-out").innerText(), /^0 deleted: 90\.0 % largest first/);
  nothingWrong(opened);
  await page.close();
});

test("what was open is computed again after a reload, and for texts that are gone nothing is", async () => {
  const wanted = {
    [JSON.stringify([A, TEXT])]: { label: "negative", deletion: true },
    [JSON.stringify([A, "gone"])]: { label: null, deletion: false },
  };
  const opened = await pages.open("try", { state: { text: TEXT, wanted } });
  const { page, posted, send, kept } = opened;
  await send(LOADED);
  const { request } = await last(opened, "ask");
  await send(answersTo(request as number, TEXT));
  await page.getByRole("button", { name: "Hide evidence" }).waitFor();
  const asked = (await posted()).filter(({ type }) => type === "explain");
  assert.deepEqual(
    asked.map(({ text, label, deletion }) => [text, label, deletion]),
    [[TEXT, "negative", true]],
  );
  assert.deepEqual(Object.keys(((await kept()) as { wanted: object }).wanted), [JSON.stringify([A, TEXT])]);
  await page.locator("vscode-text-area textarea").fill("");
  await drawn(opened);
  await page.waitForFunction(
    () => (window as unknown as { posted: { type: string }[] }).posted.at(-1)!.type === "enough",
  );
  assert.equal((await posted()).at(-1)!.request, asked[0]!.request, "evidence of a text that is gone is stopped");
  await page.close();
});

test("a text opened from elsewhere stands above what was typed, on one line, with its evidence open", async () => {
  const opened = await pages.open("try", { state: { text: "what I typed" } });
  const { page, send } = opened;
  await send(LOADED, { type: "open", text: "Worth\n every cent.", adaptations: [A] });
  assert.equal(await page.locator("vscode-text-area textarea").inputValue(), `${TEXT}\nwhat I typed`);
  await page
    .getByRole("status")
    .getByText(/line breaks were replaced by spaces/)
    .waitFor();
  const { request, texts } = await last(opened, "ask");
  assert.deepEqual(texts, [TEXT, "what I typed"]);
  const [one, two] = [answersTo(request as number, TEXT), answersTo(request as number, "what I typed")] as {
    answers: object[];
  }[];
  await send({ ...one, answers: [...one!.answers, ...two!.answers] });
  await page.getByRole("button", { name: "Hide evidence" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Hide evidence" }).count(), 1);
  const { text, adaptation, label } = await last(opened, "explain");
  assert.deepEqual([text, adaptation, label], [TEXT, A, "positive"]);
  await page.close();
});

test("results are saved as CSV and as the command line prints them, and copied as Markdown, with evidence and check", async () => {
  const opened = await pages.open("try");
  await explained(opened);
  const { page, send } = opened;
  const evidence = evidenceFor("positive", { check: "better" });
  await send({ type: "evidence", request: await checking(opened), evidence });
  await page.locator(".evidence svg .band").waitFor();
  await page.getByRole("button", { name: "Save CSV" }).click();
  const csv = (await last(opened, "save")) as Record<"name" | "data" | "metadata", string>;
  assert.equal(csv.name, "predictions.csv");
  const rows = tableOf(csv.data);
  const kinds = (kind: string) => rows.filter((row) => row.kind === kind);
  assert.deepEqual(
    kinds("probability").map(({ adaptation, label, value }) => [adaptation!.slice(3, 4), label, value]),
    [
      ["a", "negative", "0.08"],
      ["a", "positive", "0.92"],
      ["b", "ham", "0.7"],
      ["b", "spam", "0.3"],
    ],
  );
  assert.deepEqual(
    kinds("evidence").map(({ position, token, value }) => [position, token, value]),
    evidence.tokens.map(({ token, value }, i) => [String(i + 1), token, String(value)]),
  );
  assert.equal(kinds("deletionDifference")[0]!.value, String(evidence.deletion!.difference.value));
  assert.match(csv.metadata, /input × gradient/);
  await page.getByRole("button", { name: "Save JSON Lines" }).click();
  const lines = (await last(opened, "save")) as Record<"name" | "data", string>;
  assert.equal(lines.name, "predictions.jsonl");
  const [first, second, ...more] = lines.data
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(more, []);
  const { tokens, deletion, logOdds, logOddsWithoutWords } = evidence;
  assert.deepEqual(first, {
    ...{ text: TEXT, adaptation: A, label: "positive", probabilities: { negative: 0.08, positive: 0.92 } },
    ...{ explained: "positive", logOdds, logOddsWithoutWords, evidence: tokens, deletion },
  });
  assert.deepEqual(Object.keys(second), ["text", "adaptation", "label", "probabilities"]);
  await page.getByRole("button", { name: "Copy Markdown" }).click();
  const { text } = (await last(opened, "copy")) as { text: string };
  const table = text.trimEnd().split("\n");
  assert.equal(table.length, 4);
  assert.match(
    table[2]!,
    /^\| Worth every cent\. \| sentiment-1.* \| positive \| 92\.0 \| for positive: .*worth \+1\.20, every −0\.30/,
  );
  assert.match(table[3]!, /\| ham \| 70\.0 \| – \| – \|$/);
  await page.close();
});

for (const theme of Object.keys(THEMES))
  test(`evidence and its check fit a narrow page and have nothing wrong for axe in ${theme}`, async () => {
    const opened = await pages.open("try", { theme, width: 420, height: 1400 });
    await explained(opened);
    const { page, send } = opened;
    const request = await checking(opened);
    await send({ type: "evidence", request, evidence: evidenceFor("positive", { check: "better" }) });
    await page.locator(".evidence svg .band").waitFor();
    await page.getByText("Evidence as a table").click();
    await drawn(opened);
    await picture(opened, `evidence-${theme}`);
    assert.deepEqual(await axe(opened), []);
    const [wide, room] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    assert.ok(wide! <= room!, `${wide} pixels in ${room}`);
    nothingWrong(opened);
    await page.close();
  });
