// Numbers as the views and messages write them.

import path from "node:path";

/** "sst2" of masks/sst2/sst2.mask.safetensors. */
export const adaptationName = (file: string) => path.basename(file).replace(/\.(mask|tuned)\.safetensors$/, "");

/** A share: "5.2 %". */
export const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** A size in bytes: "512 kB", "8.92 MB" (1 MB = 10⁶ bytes). */
export function megabytes(count: number): string {
  if (count < 1e6) return `${Math.max(1, Math.round(count / 1e3))} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(count < 1e7 ? 2 : 0)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}
