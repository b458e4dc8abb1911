// The command that trains a mask again, from the options that its file carries.

import type { MaskMetadata } from "../src/mask/metadata.ts";
import { fileNameOf } from "./file-name.ts";

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
    return [`${flag} ${quoted(text)}`];
  });
  const out = quoted(`masks/${fileNameOf(task.name)}-again`);
  return `npx masklens train ${[...flags, `--out ${out}`].join(" \\\n  ")}`;
}

/** As a shell takes it for one word; in single quotes where double ones would let it run or replace something. */
function quoted(text: string): string {
  if (!/[^\p{L}\p{N}_./,=:-]/u.test(text)) return text;
  return /[$`!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : JSON.stringify(text);
}
