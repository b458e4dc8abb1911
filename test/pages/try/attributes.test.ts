// Try Text with masks that read attributes: fields that search their values, and what each answer used of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE, UNSAFE } from "../../hostile-strings.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "../browser.ts";
import { answersTo, LOADED } from "../fixture.ts";
import { nothingWrong, picture } from "../shown.ts";
import { last } from "./shown-evidence.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const USERS = ["ann", "Bob", "carla", "joanna", "zoë"];
const TAGS = ["sad", "short", "funny"];
const [FIRST, SECOND] = LOADED.masks.map(({ adaptation }) => adaptation);

/** The first mask reads both attributes, the second users that are partly others. */
const WITH_ATTRIBUTES = {
  ...LOADED,
  masks: [
    {
      ...LOADED.masks[0],
      attributes: [
        { name: "user", values: USERS, several: false },
        { name: "tags", values: TAGS, several: true },
      ],
    },
    { ...LOADED.masks[1], attributes: [{ name: "user", values: ["ann", "dora"], several: false }] },
  ],
};

/** The page with these masks and a text. */
async function opening(options: Parameters<Pages["open"]>[1] = {}, masks: object = WITH_ATTRIBUTES): Promise<Opened> {
  const opened = await pages.open("try", options);
  await opened.send(masks);
  await opened.page.locator("vscode-text-area textarea").fill("Worth every cent.");
  await last(opened, "ask");
  return opened;
}

const field = ({ page }: Opened, name: string) => page.getByRole("combobox", { name });
const options = ({ page }: Opened) => page.getByRole("option").allTextContents();
const asked = async (opened: Opened) => (await last(opened, "ask")).attributes;

test("masks that read no attributes are not asked about any", async () => {
  const opened = await opening({}, LOADED);
  assert.equal(await opened.page.getByRole("combobox").count(), 0);
  assert.deepEqual(await asked(opened), {});
  await opened.page.close();
});

test("a field is missing by default, says how many values are known and which masks read it", async () => {
  const opened = await opening();
  assert.deepEqual(await asked(opened), {});
  assert.equal(await field(opened, "user").getAttribute("placeholder"), "missing");
  const labels = await opened.page.locator(".attributes label").allTextContents();
  assert.deepEqual(labels, ["user 6 values", "tags 3 values, for sentiment-1"]);
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await opened.page.close();
});

test("with the keyboard alone, a value is searched, taken, replaced and removed, and each time the masks are asked anew", async () => {
  const opened = await opening();
  const { page } = opened;
  const user = field(opened, "user");
  await user.focus();
  await page.keyboard.type("AN");
  assert.deepEqual(await options(opened), ["ann", "joanna"], "those that begin with it come first");
  assert.equal(await user.getAttribute("aria-expanded"), "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const active = await user.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).textContent(), "joanna");
  await page.keyboard.press("Enter");
  assert.deepEqual(await asked(opened), { user: ["joanna"] });
  assert.equal(await user.getAttribute("aria-expanded"), "false");
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  assert.deepEqual(await asked(opened), { user: ["Bob"] }, "a text has one user, whose case is the data's");
  await page.keyboard.press("ArrowDown");
  assert.equal((await options(opened)).length, 6);
  await page.keyboard.press("Escape");
  assert.equal(await user.getAttribute("aria-expanded"), "false");
  await page.keyboard.press("Backspace");
  assert.deepEqual(await asked(opened), {});
  nothingWrong(opened);
  await page.close();
});

test("an attribute of which texts have several values takes several, each of which can be removed", async () => {
  const opened = await opening();
  const { page } = opened;
  await field(opened, "tags").click();
  await page.getByRole("option", { name: "short" }).click();
  await page.getByRole("option", { name: "sad" }).click();
  assert.deepEqual(await asked(opened), { tags: ["short", "sad"] });
  assert.deepEqual(await axe(opened), []);
  await page.getByRole("option", { name: "sad", selected: true }).click();
  assert.deepEqual(await asked(opened), { tags: ["short"] });
  await page.getByRole("button", { name: "Remove short from tags" }).click();
  assert.deepEqual(await asked(opened), {});
  await page.close();
});

test("a value that training has not seen is taken at one's word, is said to count as missing, and the nearest is offered", async () => {
  const opened = await opening();
  const { page, send } = opened;
  await field(opened, "user").fill("joana");
  await field(opened, "tags").focus(); // leaving the field takes what was typed
  assert.deepEqual(await asked(opened), { user: ["joana"] });
  await page.getByText("“joana” was not seen in training, so it counts as missing.").waitFor();
  const { request } = await last(opened, "ask");
  const { answers } = answersTo(request as number, "Worth every cent.") as { answers: object[] };
  const attributes = { user: ["joana"] };
  await send({
    ...{ type: "answers", request },
    answers: answers.map((answer) => ({ ...answer, attributes, unseenValues: attributes })),
  });
  const cards = page.locator(".answer");
  await cards.nth(1).waitFor();
  await cards.nth(0).getByText("Attributes: user missing (not seen in training: joana); tags missing.").waitFor();
  await cards.nth(1).getByText("Attributes: user missing (not seen in training: joana).").waitFor();
  assert.deepEqual(await axe(opened), []);
  await page.getByRole("button", { name: "Use “joanna”" }).click();
  assert.deepEqual(await asked(opened), { user: ["joanna"] });
  await page.close();
});

test("answers and evidence are of the attributes that were chosen, which a restored page still has", async () => {
  const attributes = { user: ["ann"], tags: ["sad", "funny"], other: ["of a mask of before"] };
  const opened = await opening({ state: { attributes } });
  const { page, send, kept } = opened;
  assert.deepEqual(await asked(opened), { user: ["ann"], tags: ["sad", "funny"] });
  const { request } = await last(opened, "ask");
  const [first, second] = (answersTo(request as number, "Worth every cent.") as { answers: object[] }).answers;
  await send({
    ...{ type: "answers", request },
    answers: [
      { ...first, attributes: { user: ["ann"], tags: ["sad", "funny"] } },
      { ...second, attributes: { user: ["ann"] } },
    ],
  });
  await page.getByText("Attributes: user ann; tags sad, funny.").waitFor();
  await page.getByText("Attributes: user ann.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Save CSV" }).click();
  const { data } = (await last(opened, "save")) as { data: string };
  assert.match(data, /^text,attributes,adaptation,/);
  assert.match(data, /^Worth every cent\.,"\{""user"":\[""ann""\],""tags"":\[""sad"",""funny""\]\}",/m);
  await page.getByRole("button", { name: "Show evidence" }).nth(1).click();
  const explained = await last(opened, "explain");
  assert.deepEqual([explained.adaptation, explained.attributes], [SECOND, { user: ["ann"] }]);
  await page.getByRole("button", { name: "Remove ann from user" }).click();
  assert.deepEqual(await asked(opened), { tags: ["sad", "funny"] });
  await page.waitForFunction(() => {
    const { kept } = window as unknown as { kept(): { attributes: Record<string, string[]> } };
    return kept().attributes.user?.length === 0;
  });
  assert.deepEqual(((await kept()) as { attributes: object }).attributes, { ...attributes, user: [] });
  assert.ok((await opened.posted()).some(({ type, request }) => type === "enough" && request === explained.request));
  assert.notEqual(FIRST, SECOND);
  await page.close();
});

test("a search among ten thousand values takes less than a tenth of a second, and lists few of them", async () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `User ${(i * 7919) % 10_000} of the corpus`);
  const opened = await opening(
    {},
    { ...LOADED, masks: [{ ...LOADED.masks[0], attributes: [{ name: "user", values, several: false }] }] },
  );
  const { page } = opened;
  const user = field(opened, "user");
  await user.click();
  await page.getByText("9,950 more; type to narrow the list").waitFor();
  const times = await user.evaluate(async (input) => {
    const box = input as HTMLInputElement;
    const found: number[] = [];
    for (const text of ["u", "us", "user 1", "user 12", "user 123", "user 1234", ""]) {
      const began = performance.now();
      box.value = text;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      found.push(performance.now() - began);
    }
    return found.sort((a, b) => a - b);
  });
  const median = times[times.length >> 1]!;
  assert.ok(median < 100, `${times.map(Math.round).join(", ")} ms`);
  await user.fill("user 1234 ");
  assert.deepEqual(await options(opened), ["User 1234 of the corpus"]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.deepEqual(await asked(opened), { user: ["User 1234 of the corpus"] });
  await page.close();
});

test("names and values that hide or reorder text are shown as escapes, in fields, lists and answers", async () => {
  const attributes = [{ name: HOSTILE[0], values: HOSTILE, several: true }];
  const opened = await opening({}, { ...LOADED, masks: [{ ...LOADED.masks[0], attributes }] });
  const { page } = opened;
  await page.getByRole("combobox").click();
  for (const option of await page.getByRole("option").all()) await option.click();
  await drawn(opened);
  const text = await page.locator("main").innerText();
  assert.ok(!UNSAFE.test(text), JSON.stringify(text));
  nothingWrong(opened);
  await page.close();
});

test("a text that is opened with its attributes has these and no others of the masks it is opened for, which is said", async () => {
  const opened = await opening({ state: { attributes: { user: ["ann"], tags: ["sad"] } } });
  const { page, send } = opened;
  const open = { type: "open", text: "A second text.", adaptations: [FIRST] };
  await send({ ...open, attributes: { user: ["carla"], tags: [] } });
  await page.getByText("The attributes of all texts are now those of the text that was opened.").waitFor();
  const { texts, attributes } = await last(opened, "ask");
  assert.deepEqual([texts, attributes], [["A second text.", "Worth every cent."], { user: ["carla"] }]);
  assert.equal(await field(opened, "tags").getAttribute("placeholder"), "missing");
  await send({ ...open, text: "A third text.", adaptations: [SECOND], attributes: {} });
  await page.getByRole("button", { name: "Remove carla from user" }).waitFor({ state: "detached" });
  assert.deepEqual(await asked(opened), {}, "what an example does not have is missing");
  await field(opened, "tags").click();
  await page.getByRole("option", { name: "short" }).click();
  await send({ ...open, text: "A fourth text.", adaptations: [SECOND], attributes: { user: ["dora"], mood: ["low"] } });
  await page.getByRole("button", { name: "Remove dora from user" }).waitFor();
  assert.deepEqual(await asked(opened), { tags: ["short"], user: ["dora"] }, "the second mask does not read the tags");
  await send({ ...open, text: "A fifth text." });
  await drawn(opened);
  const fifth = await last(opened, "ask");
  assert.equal((fifth.texts as readonly string[])[0], "A fifth text.");
  assert.deepEqual(fifth.attributes, { tags: ["short"], user: ["dora"] }, "without attributes, the chosen ones stay");
  nothingWrong(opened);
  await page.close();
});

for (const theme of Object.keys(THEMES))
  test(`fields, their list and an unseen value can be read in ${theme}`, async () => {
    const opened = await opening({ theme, state: { attributes: { user: ["ann"], tags: ["sad", "shorty"] } } });
    await field(opened, "tags").click();
    await opened.page.keyboard.press("ArrowDown");
    await drawn(opened);
    await picture(opened, `attributes-${theme}`);
    assert.deepEqual(await axe(opened), []);
    nothingWrong(opened);
    await opened.page.close();
  });
