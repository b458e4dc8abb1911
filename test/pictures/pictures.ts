// npm run screenshots: the README's pictures from the sample, and the extension's icon from its drawing.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { launchBrowser } from "../host/host.ts";
import { HANG } from "../host/until.ts";
import { inSample, showDiff } from "./sample-window.ts";

const FOLDER = path.join("docs", "pictures");
const TEXTS = "A wonderful film, warm and clever.\nYou have won a free prize, click here now!!!";

await drawIcon();
mkdirSync(FOLDER, { recursive: true });
await inSample({ folder: FOLDER, size: { width: 1500, height: 950 }, pause: 700 }, async (workbench, shoot) => {
  await workbench.showViews();
  await workbench.entry("sentiment").waitFor();
  for (const task of ["sentiment", "spam"]) {
    await workbench.train(task);
    await workbench.told(new RegExp(`Finished training ${task}`), 3 * HANG); // on all rows
    if (task === "spam") continue;
    await workbench.command("MaskLens: Show Run");
    await workbench.pick("Runs", task);
    await workbench.frame.locator(".charts").waitFor();
    await shoot("run");
  }

  await workbench.entry(/accuracy \d/).waitFor();
  await workbench.openFile("sentiment.mask.safetensors");
  await workbench.frame.locator("table.grid td").first().waitFor();
  await workbench.page.waitForTimeout(4000); // the initial masks are made again
  await shoot("heatmap");
  await workbench.entry(/accuracy \d/).click();
  await workbench.page.keyboard.press("ArrowRight");
  await workbench.page.waitForTimeout(1000);
  await shoot("explorer");
  await workbench.tab("matrix");
  await workbench.frame.locator("canvas").first().waitFor();
  await shoot("matrix");

  await showDiff(workbench);
  await shoot("diff");

  await workbench.command("MaskLens: Load Mask");
  await workbench.tick(["sentiment.mask", "spam.mask"]);
  await workbench.page.locator(".statusbar-item", { hasText: "sentiment, spam" }).waitFor();
  await workbench.command("MaskLens: Try Text");
  await workbench.frame.locator("vscode-text-area textarea").fill(TEXTS);
  await workbench.frame.locator(".answer").nth(3).waitFor();
  await shoot("try");
});

/** The activity bar's drawing, in white on a dark tile, 128 pixels wide. */
async function drawIcon(): Promise<void> {
  const drawing = readFileSync("media/icons/masklens.svg", "utf8").replaceAll("#000", "#fff");
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
  await page.setContent(
    `<style>body{margin:0;background:transparent}div{box-sizing:border-box;width:128px;height:128px;padding:8px;border-radius:24px;background:#1f2a44}svg{width:112px;height:112px}</style><div>${drawing}</div>`,
  );
  writeFileSync("media/icons/masklens.png", await page.screenshot({ omitBackground: true }));
  await browser.close();
}
