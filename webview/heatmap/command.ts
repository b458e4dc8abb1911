// The command that trains a mask again, from the options that its file carries.

import { fileNameOf } from "../../src/file-name.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import { visible } from "../../src/visible.ts";

/** The run's options as flags of the command line, into a new folder. */
export function commandOf({ run, task }: MaskMetadata): string {
  const flags = Object.entries(run).flatMap(([key, value]) => {
    if (key === "out" || value === null || value === false || !OPTION.test(key)) return [];
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

/** How options are called: what is called otherwise is none, and would not be one word to a shell. */
const OPTION = /^[a-z][a-zA-Z.]*$/;

/** As a shell takes it for one word, hidden characters as their escapes; in single quotes where double ones would let it run or replace something. */
function quoted(given: string): string {
  const text = visible(given);
  if (!/[^\p{L}\p{N}_./,=:-]/u.test(text)) return text;
  return /[$`!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : JSON.stringify(text);
}
