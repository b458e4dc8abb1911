// All that pages say can be translated: with the texts of the bundle in accented letters, no plain word is left on a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { getL10nPseudoLocalized } from "@vscode/l10n-dev";
import { drawn, type Opened, PAGES, Pages } from "./browser.ts";
import { matricesMessage, matrixMessage, RUN_OPTIONS } from "./fixture.ts";
import { MATRIX, nothingWrong, SHOWN } from "./shown.ts";
import { showEvidence } from "./try/shown-evidence.ts";

/** Words that pages show as they find them, in masks, runs and texts; and names and units. */
const UNTRANSLATED: Record<(typeof PAGES)[number], string> = {
  heatmap: "sentiment sentence accuracy label train validation examples classifier data uniform bert AO kB Stouffer",
  run: "accuracy Accuracy positive negative validation model task out seed maskSeed epochs learningRate method mask batchSize maxLength pattern kinds The model has no classifier for labels so a new one was initialized from the seed",
  try: "sentiment positive negative spam ham tiny Worth every cent worth CLS SEP MASK MB",
  diff: "sentiment topic other AO",
  evaluation:
    "one two sentiment accuracy macroF matthews negative positive auto Text number The file has example with empty text",
  runs: "sentiment topic mask accuracy learningRate auto min",
  study: "methods mask finetune accuracy learningRate seed Method comparison the recipe of the paper min",
};

let pages: Pages;
before(async () => {
  pages = await Pages.start(getL10nPseudoLocalized(JSON.parse(readFileSync("l10n/bundle.l10n.json", "utf8"))));
});
after(() => pages.stop());

/** The page's texts, also those for screen readers only, but for what can be copied. */
const textsOf = ({ page }: Opened): Promise<string[]> =>
  page.evaluate(() => {
    const texts: string[] = [];
    const visit = (node: Node): void => {
      if (node instanceof Text) texts.push(node.data);
      if (node instanceof Element) {
        if (node.matches("style, script, pre")) return;
        for (const name of ["aria-label", "aria-description", "title", "placeholder", "alt"])
          texts.push(node.getAttribute(name) ?? "");
        if (node.shadowRoot) visit(node.shadowRoot);
      }
      for (const child of node.childNodes) visit(child);
    };
    visit(document.body);
    return texts;
  });

/** Words in plain letters; names such as layer.0 and example/tiny are none. */
const plainWords = (text: string): string[] =>
  (text.match(/[\p{L}\p{N}_./-]+/gu) ?? [])
    .map((word) => word.replace(/\.$/, ""))
    .filter((word) => /^[A-Za-z]{2,}(-[A-Za-z]+)*$/.test(word));

/** What explains an option comes from its schema, in English as in the command line's help. */
const EXPLANATIONS = new Set(Object.values(RUN_OPTIONS.explanations));

for (const name of PAGES)
  test(`all that the page ${name} says is translated, whatever tab is shown`, async () => {
    const opened = await pages.open(name, { state: { matrix: MATRIX } });
    const { page, send } = opened;
    await SHOWN[name](opened);
    if (name === "heatmap") await send(await matrixMessage(MATRIX));
    if (name === "try") await showEvidence(opened, { check: "better" });
    if (name === "diff") await send(await matricesMessage(MATRIX, "sentiment", "topic"));
    await drawn(opened);
    const texts = await textsOf(opened);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await drawn(opened);
      texts.push(...(await textsOf(opened)));
    }
    assert.ok(texts.some((text) => /[ȧḗīǿŭ]/.test(text)));
    const untranslated = new Set(UNTRANSLATED[name].split(" "));
    const words = new Set(texts.filter((text) => !EXPLANATIONS.has(text)).flatMap(plainWords));
    assert.deepEqual([...words].filter((word) => !untranslated.has(word)).sort(), []);
    nothingWrong(opened);
    await page.close();
  });

test("what the page of a run saves has the same columns and file name in every language", async () => {
  const opened = await pages.open("run");
  const { page, posted } = opened;
  await SHOWN.run(opened);
  await page.locator("vscode-button:visible").last().click();
  const { type, name, data } = (await posted()).at(-1)! as { type: string; name: string; data: string };
  assert.deepEqual([type, name], ["save", "sentiment-1-evaluations.csv"]);
  assert.ok(data.startsWith("step,split,metric,value,low,high,examples,"), data.slice(0, 200));
  await page.close();
});
