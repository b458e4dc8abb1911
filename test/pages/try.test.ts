import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, Pages } from "./browser.ts";
import { answersTo } from "./fixture.ts";
import { SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

test("where no mask is loaded, Try Text offers those of before and to choose others", async () => {
  const before = [{ adaptation: "/m/a.mask.safetensors", task: "sentiment" }];
  const opened = await pages.open("try", { state: { text: "", loaded: before } });
  const { page, send, posted } = opened;
  await send({ type: "loaded", masks: [], baseBytes: 0 });
  await page.getByRole("button", { name: "Load sentiment again" }).click();
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
  assert.match((await answers.nth(0).textContent())!, /sentiment.*positive.*92\.0 %.*8\.0 %.*5 word pieces entered/);
  assert.match((await answers.nth(1).textContent())!, /spam.*ham.*3 word pieces entered, 2 were cut off/);
  assert.equal(await answers.nth(0).locator(".pieces").isVisible(), false);
  assert.deepEqual(await answers.nth(1).getByRole("deletion").allTextContents(), ["every(cut off)", "cent(cut off)"]);
  assert.equal(
    await answers
      .nth(1)
      .locator("del")
      .first()
      .evaluate((del) => getComputedStyle(del).textDecorationLine),
    "line-through",
  );
  assert.match(await page.locator("main").innerText(), /2 masks and one copy of the weights: 2\.73 MB and 90\.0 MB/);
  await send(answersTo(-1, "an answer to a question of before"));
  assert.equal(await page.getByText("a question of before").count(), 0);
  await page.close();
});
