// The heatmap's grids and what stands beside them, and the mask that they show.

import type { MaskDescription } from "../../src/mask/describe.ts";
import type { Opened } from "./browser.ts";
import { heatmapMessages } from "./fixture.ts";

export const kinds = ({ page }: Opened) => page.getByRole("grid", { name: "Flips by layer and matrix kind" });
export const heads = ({ page }: Opened) =>
  page.getByRole("grid", { name: "Pruned weights by layer and attention head" });
export const detail = ({ page }: Opened) => page.locator(".detail").innerText();
export const focused = ({ page }: Opened) => page.evaluate(() => document.activeElement?.textContent ?? "");
export const described = async () => (await heatmapMessages())[0] as { description: MaskDescription };
