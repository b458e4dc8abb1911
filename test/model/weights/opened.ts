// Pretrained weights that are closed when the test is over.

import type { TestContext } from "node:test";
import { openPretrained, type PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { folderOf } from "../folders.ts";

export async function opened(t: TestContext, folder: string): Promise<PretrainedWeights> {
  const pretrained = await openPretrained(folder);
  t.after(() => pretrained.close());
  return pretrained;
}

/** Opens a temporary folder with these files. */
export const openFiles = (t: TestContext, files: Record<string, string | Uint8Array>) => opened(t, folderOf(t, files));
