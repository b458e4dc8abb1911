// A window on a copy of the sample, in the dark theme, and the pictures that are taken of it.

import path from "node:path";
import { sampleWorkspace } from "../host/workspace.ts";
import { Workbench } from "../ui/workbench.ts";

interface Window {
  /** Where the pictures are saved. */
  readonly folder: string;
  readonly size: { readonly width: number; readonly height: number };
  /** How long a view takes to settle, in milliseconds. */
  readonly pause: number;
  /** Prepares the sample before the window opens. */
  readonly prepare?: (sample: string) => void;
}

/** Takes pictures of a window; `shoot` takes one of what is shown, without the pointer on anything. */
export async function inSample(
  { folder, size, pause, prepare }: Window,
  take: (workbench: Workbench, shoot: (name: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const sample = sampleWorkspace();
  prepare?.(sample);
  const workbench = await Workbench.open(sample, {
    settings: { "workbench.colorTheme": "Default Dark Modern" },
    size,
  });
  const shoot = async (name: string) => {
    const file = path.join(folder, `${name}.png`);
    await workbench.page.mouse.move(size.width / 2, size.height - 5);
    await workbench.page.waitForTimeout(pause);
    await workbench.page.screenshot({ path: file });
    console.log(file);
  };
  try {
    await workbench.playing(() => take(workbench, shoot));
  } finally {
    await workbench.close();
  }
}

/** Compares the sample's two masks, until the page says how much they overlap. */
export async function showDiff(workbench: Workbench): Promise<void> {
  await workbench.command("MaskLens: Diff Masks");
  await workbench.tick(["sentiment.mask", "spam.mask"]);
  await workbench.frame
    .locator(".sentence", { hasText: /same weights/ })
    .first()
    .waitFor();
}
