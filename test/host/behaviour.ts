// Pictures of tested behaviours for docs/behaviours.md.

import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Locator, Page } from "playwright-core";

/** The folder of the pictures while `npm run behaviours` takes them; other runs of the tests take none. */
const FOLDER = process.env.MASKLENS_BEHAVIOURS;

/** Takes the picture `name` of a behaviour that a test has just shown to hold. */
export async function pictured(shown: Page | Locator, name: string): Promise<void> {
  if (!FOLDER) return;
  mkdirSync(FOLDER, { recursive: true });
  await shown.screenshot({ path: path.join(FOLDER, `${name}.jpg`), type: "jpeg", quality: 70 });
}
