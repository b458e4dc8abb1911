// A study's report in a browser: without network, in light and dark, wide and narrow, and axe.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { reportHtml } from "../../../src/study/report/html.ts";
import { resultsSection, similaritySection } from "../../../src/study/report/sections.ts";
import { similarityOf } from "../../../src/study/report/similarity.ts";
import { pythonMask } from "../../mask/fixture.ts";
import { axe } from "../browser.ts";
import { overview } from "./fixture.ts";

test("a report opens without network, passes axe in light and dark, and scrolls nowhere sideways", async () => {
  const masks = ["sentiment", "topic", "other"];
  const compared = await Promise.all(
    masks.map(async (name, i) => ({
      mask: await pythonMask(name),
      name: `a task with a long name ${i}`,
      task: `${i}`,
    })),
  );
  const sections = [resultsSection(overview()), similaritySection(similarityOf(compared))];
  const html = reportHtml({ title: "Report of a study", lead: ["What it is about: `code`."], sections });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1200, 400]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, offline: true });
        const page = await context.newPage();
        const asked: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        await page.setContent(html);
        assert.deepEqual(await axe({ page }), [], `${colorScheme} at ${width}`);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(wide, 0, `${colorScheme} at ${width}`);
        assert.deepEqual(asked, []);
        assert.equal(await page.locator("svg").count(), 2);
        await context.close();
      }
  } finally {
    await browser.close();
  }
});
