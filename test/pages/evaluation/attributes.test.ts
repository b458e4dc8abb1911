// Examples with attributes on the evaluation page: they are shown, saved, and opened in Try Text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE, UNSAFE } from "../../hostile-strings.ts";
import { axe, drawn, type Opened, Pages, THEMES } from "../browser.ts";
import { choose, nothingWrong, picture, tableOf } from "../shown.ts";
import { answerLines, showEvaluation } from "./asked.ts";
import { type Evaluated, evaluationOf } from "./fixture.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const USERS = [["ann"], ["bob"], []];
const TAGS = [["sad", "short"], [], ["funny"], []];
const RATED = {
  attributes: ["user", "tags"],
  valuesOf: (example: number) => [USERS[example % 3]!, TAGS[example % 4]!],
};

/** Shows the example with the greatest loss, and returns its index. */
async function showFirst(opened: Opened, evaluated: Evaluated): Promise<number> {
  const { page } = opened;
  await showEvaluation(opened, evaluated);
  await page.getByRole("tab", { name: "Examples", exact: true }).click();
  await answerLines(opened, evaluated);
  await page.getByRole("grid", { name: "Examples" }).focus();
  await page.keyboard.press("ArrowDown");
  await answerLines(opened, evaluated);
  const { losses } = evaluated.views[0]!.examples;
  const first = [...losses.keys()].sort((a, b) => losses[b]! - losses[a]!)[0]!;
  await page.getByRole("heading", { name: `Example ${first} its place` }).waitFor();
  return first;
}

const listed = (values: readonly string[]) => (values.length ? ` ${values.join(", ")}` : " missing");

test("an example shows its attributes, opens in Try Text with them, and those it does not have stay missing", async () => {
  for (const shift of [0, 1, 2, 3]) {
    const opened = await pages.open("evaluation");
    const { page, posted } = opened;
    const valuesOf = (example: number) => RATED.valuesOf(example + shift);
    const example = await showFirst(opened, evaluationOf({ ...RATED, valuesOf }));
    const [user, tags] = valuesOf(example) as [string[], string[]];
    await page.getByText(`Attributes: user${listed(user)}; tags${listed(tags)}.`).waitFor();
    await page.getByRole("button", { name: "Open in Try Text" }).click();
    assert.deepEqual((await posted()).at(-1), {
      ...{ type: "tryText", text: `Text number ${example}`, attributes: { user, tags }, adaptations: [0, 1] },
    });
    nothingWrong(opened);
    await page.close();
  }
});

test("an example of a task without attributes shows none, and has none in Try Text", async () => {
  const opened = await pages.open("evaluation");
  await showFirst(opened, evaluationOf());
  assert.equal(await opened.page.getByText("Attributes:").count(), 0);
  await opened.page.getByRole("button", { name: "Open in Try Text" }).click();
  assert.deepEqual(((await opened.posted()).at(-1) as { attributes?: object }).attributes, {});
  await opened.page.close();
});

test("saved examples have a column for each attribute", async () => {
  const opened = await pages.open("evaluation");
  const { page, posted } = opened;
  const evaluated = evaluationOf(RATED);
  await showFirst(opened, evaluated);
  await choose(opened, "Table to save", "Examples (as filtered)");
  await page.getByRole("button", { name: "Save CSV" }).click();
  await answerLines(opened, evaluated);
  const saved = (await posted()).findLast(({ type }) => type === "save") as { data: string };
  const rows = tableOf(saved.data);
  assert.equal(rows.length, 80);
  for (const row of rows) {
    const [user, tags] = RATED.valuesOf(Number(row.example)) as [string[], string[]];
    assert.deepEqual([row["attribute.user"], row["attribute.tags"]], [user.join("|"), tags.join("|")]);
  }
  await page.close();
});

test("names and values that hide or reorder text are shown as escapes", async () => {
  const opened = await pages.open("evaluation");
  await showFirst(opened, evaluationOf({ attributes: [HOSTILE[0]!], valuesOf: () => [HOSTILE] }));
  await drawn(opened);
  const text = await opened.page.getByText(/^Attributes: /).innerText();
  assert.ok(!UNSAFE.test(text), JSON.stringify(text));
  nothingWrong(opened);
  await opened.page.close();
});

for (const theme of Object.keys(THEMES))
  test(`the attributes of an example can be read in ${theme}`, async () => {
    const opened = await pages.open("evaluation", { theme });
    await showFirst(opened, evaluationOf(RATED));
    await picture(opened, `example-attributes-${theme}`);
    assert.deepEqual(await axe(opened), []);
    await opened.page.close();
  });
