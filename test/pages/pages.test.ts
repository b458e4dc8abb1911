import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, test } from "node:test";
import { axe, PAGES, Pages, THEMES } from "./browser.ts";
import { nothingWrong, picture, SHOWN } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

for (const name of PAGES) {
  test(`the script of the page ${name} is smaller than 150,000 bytes`, () => {
    const { size } = statSync(`dist/webview/${name}.js`);
    assert.ok(size < 150_000, `${size}`);
  });

  test(`the page ${name} runs its own script and no other, and loads nothing from elsewhere`, async () => {
    const opened = await pages.open(name);
    await SHOWN[name](opened);
    const { page } = opened;
    const policy = await page.locator("meta[http-equiv]").getAttribute("content");
    assert.match(
      policy!,
      /^default-src 'none'; script-src 'nonce-[\w+/=]+'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:$/,
    );
    nothingWrong(opened);
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const fetched = await fetch("theme.css").then(
        () => true,
        () => false,
      );
      return { script: "ran" in window, fetched };
    });
    assert.deepEqual(ran, { script: false, fetched: false });
    await page.close();
  });

  for (const theme of Object.keys(THEMES))
    test(`axe finds nothing wrong on the page ${name} in ${theme}`, async () => {
      const opened = await pages.open(name, { theme });
      await SHOWN[name](opened);
      await picture(opened, `${name}-${theme}`);
      assert.deepEqual(await axe(opened), []);
      await opened.page.close();
    });

  test(`the page ${name} fits a column of 400 pixels, whatever tab is shown`, async () => {
    const opened = await pages.open(name, { width: 400 });
    const { page } = opened;
    await SHOWN[name](opened);
    await picture(opened, `${name}-narrow`);
    const fits = async (what: string) => {
      const { wide, room } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        room: document.documentElement.clientWidth,
      }));
      assert.ok(wide <= room, `${what}: ${wide} pixels in ${room}`);
    };
    await fits(name);
    for (const tab of await page.getByRole("tab").allTextContents()) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tab", { name: tab, selected: true }).waitFor();
      await fits(tab);
    }
    await page.close();
  });
}

test("a page keeps what the editor needs to show it again, before and after it remembers something itself", async () => {
  const opened = await pages.open("diff", { state: { tab: "heads" } });
  const { page, kept } = opened;
  assert.deepEqual(await kept(), { tab: "heads", shown: "diff" });
  await SHOWN.diff(opened);
  await page.getByRole("tab", { name: "Overlap" }).click();
  const { tab, shown } = (await kept()) as { tab: string; shown: string };
  assert.deepEqual({ tab, shown }, { tab: "overlap", shown: "diff" });
  await page.close();
});
