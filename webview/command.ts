// The command that trains a mask again, from the options that its file carries.

import type { MaskMetadata } from "../src/mask/metadata.ts";

/** The run's options as flags of the command line, into a new folder. */
export function commandOf({ run, task }: MaskMetadata): string {
  const flags = Object.entries(run).flatMap(([key, value]) => {
    if (key === "out" || value === null || value === false) return [];
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    const text =
      typeof value === "object" && !Array.isArray(value)
        ? Object.entries(value as object)
            .map(([k, v]) => `${k}=${v}`)
            .join(",")
        : String(value);
    return [`${flag} ${/[^\w./,=:-]/.test(text) ? JSON.stringify(text) : text}`];
  });
  return `masklens train ${flags.join(" \\\n  ")} \\\n  --out masks/${task.name.replace(/[^\w.-]/g, "_")}-again`;
}
