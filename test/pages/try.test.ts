import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, drawn, Pages } from "./browser.ts";
import { answersTo } from "./fixture.ts";
import { nothingWrong, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("the text area has the focus when the page opens, so that a text can be typed at once", async () => {
  const opened = await pages.open("try");
  const { page } = opened;
  const area = page.locator("vscode-text-area");
  await area.waitFor();
  await page.keyboard.type("Worth it.");
  assert.equal(await area.evaluate((element) => (element as HTMLTextAreaElement).value), "Worth it.");
  await page.close();
});

test("where no mask is loaded, Try Text offers those of before and to choose others", async () => {
  const before = [{ adaptation: "/m/a.mask.safetensors", task: "sentiment" }];
  const opened = await pages.open("try", { state: { text: "", loaded: before } });
  const { page, send, posted } = opened;
  await send({ type: "loaded", masks: [], baseBytes: 0, copiesBytes: 0 });
  await page.getByRole("button", { name: "Reload a · sentiment", exact: true }).click();
  assert.deepEqual((await posted()).at(-1), { type: "load", adaptations: ["/m/a.mask.safetensors"] });
  await page.getByRole("button", { name: "Load Mask…" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "load", adaptations: [] });
  assert.deepEqual(await axe(opened), []);
  await page.close();
});

test("Try Text asks once typing rests, shows every mask's answer, its pieces and what was cut off", async () => {
  const opened = await pages.open("try");
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  const asked = (await posted()).filter(({ type }) => type === "ask");
  assert.deepEqual(asked.at(-1)!.texts, ["Worth every cent."]);
  const answers = page.locator(".answer");
  assert.match((await answers.nth(0).textContent())!, /sentiment.*positive.*92\.0 %.*8\.0 %.*5 tokens used/);
  assert.match((await answers.nth(1).textContent())!, /spam.*ham.*3 tokens used, 2 truncated/);
  assert.equal(await page.getByRole("heading", { name: "“Worth every cent.”" }).count(), 1);
  assert.equal(await answers.nth(1).locator(".pieces").isVisible(), false);
  await answers.nth(1).locator("summary").click();
  assert.deepEqual(await answers.nth(1).getByRole("deletion").allTextContents(), [
    "every(truncated)",
    "cent(truncated)",
  ]);
  assert.equal(
    await answers
      .nth(1)
      .locator("del")
      .first()
      .evaluate((del) => getComputedStyle(del).textDecorationLine),
    "line-through",
  );
  assert.match(
    await page.locator("main").innerText(),
    /In memory: 2 loaded \(2\.73 MB\), over one copy of each base model's weights \(90\.0 MB\)\. A separate copy for each mask would take 180 MB\./,
  );
  await send(answersTo(-1, "an answer to a question of before"));
  assert.equal(await page.getByText("a question of before").count(), 0);
  await page.close();
});

test("each text's answers stand under it side by side, and tokens that are looked at stay so", async () => {
  const opened = await pages.open("try");
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  await page.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await page.locator(".pieces").first().waitFor();
  await page.waitForFunction(
    () => (window as unknown as { kept(): { parts: object } }).kept().parts["open pieces" as never],
  );
  await page.locator("vscode-text-area textarea").fill("One text\nand another");
  await page.waitForFunction(() =>
    (window as unknown as { posted: { texts?: string[] }[] }).posted.some(({ texts }) => texts?.length === 2),
  );
  const { request } = (await posted()).at(-1) as { request: number };
  const [one, two] = [answersTo(request, "One text"), answersTo(request, "and another")] as { answers: object[] }[];
  await send({ ...one, answers: [...one!.answers, ...two!.answers] });
  const texts = page.locator(".answers > section");
  await texts.nth(1).waitFor();
  assert.deepEqual(await texts.locator("h2").allTextContents(), ["“One text”", "“and another”"]);
  for (const n of [0, 1]) {
    const cards = texts.nth(n).locator(".answer");
    assert.deepEqual(
      (await cards.locator("h3").allTextContents()).map((title) => title.split(" ")[0]),
      ["sentiment-1", "spam-1"],
    );
    const [left, right] = [await cards.nth(0).boundingBox(), await cards.nth(1).boundingBox()];
    assert.equal(left!.y, right!.y);
    assert.ok(await cards.nth(1).locator(".pieces").isVisible());
  }
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("new answers leave the focus, the scrolled page and open tokens where they are", async () => {
  const opened = await pages.open("try", { height: 300 });
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  const tokens = page.locator("summary").nth(1);
  await tokens.focus();
  await page.keyboard.press("Enter");
  await page.locator(".pieces").nth(1).waitFor();
  await page.evaluate(() => window.scrollTo(0, 60));
  const { request } = (await posted()).findLast(({ type }) => type === "ask") as { request: number };
  const { answers } = answersTo(request, "Worth every cent.") as { answers: object[] };
  await send({ type: "answers", request, answers: answers.map((one) => ({ ...one, label: "undecided" })) });
  await drawn(opened);
  assert.equal(await page.locator(".share > strong").count(), 0); // it was drawn
  assert.equal(await tokens.evaluate((summary) => summary === document.activeElement), true);
  assert.equal(await page.evaluate(() => window.scrollY), 60);
  assert.ok(await page.locator(".pieces").nth(1).isVisible());
  await page.close();
});

test("what is typed while answers come stays, and so does the place in it", async () => {
  const opened = await pages.open("try");
  await SHOWN.try(opened);
  const { page, posted, send } = opened;
  const area = page.locator("vscode-text-area textarea");
  await area.press("Home");
  const { request } = (await posted()).findLast(({ type }) => type === "ask") as { request: number };
  for (const letter of "Not ") {
    await page.keyboard.press(letter === " " ? "Space" : letter);
    await send(answersTo(request, "Worth every cent."));
  }
  await drawn(opened);
  assert.equal(await area.inputValue(), "Not Worth every cent.");
  await page.keyboard.type("even ");
  assert.equal(await area.inputValue(), "Not even Worth every cent.");
  await page.close();
});
