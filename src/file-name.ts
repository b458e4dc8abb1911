// Derives file names from the names of tasks and masks, which may be in any language, and adaptations' names from their files.

import { visible } from "./visible.ts";

/** The endings of the names of adaptation files. */
export const ADAPTATION_ENDING = /\.(mask|tuned)\.safetensors$/;

/** "sst2" for masks/sst2/sst2.mask.safetensors; the path may come from any system. */
export function adaptationName(file: string): string {
  const start = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1;
  return file.slice(start).replace(ADAPTATION_ENDING, "");
}

/** "sparsity/007" for the run of a study's cell, whose folder's name alone says little; otherwise the folder's name. */
export function runName(folder: string): string {
  const [study, cells, name] = ["", "", ...folder.split(/[/\\]/)].slice(-3) as [string, string, string];
  return study && cells === "cells" && /^\d{3,6}$/.test(name) ? `${study}/${name}` : name;
}

/** The name of an adaptation among those of other studies: "sparsity/007" for a cell's. */
export function nameAmongAll(file: string): string {
  const name = adaptationName(file);
  const run = runName(file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"), 0)));
  return run.endsWith(`/${name}`) ? run : name;
}

/** The task to show beside an adaptation's name; empty if the adaptation has the same name. */
export const taskBeside = (file: string, task: string): string => (adaptationName(file) === task ? "" : task);

/** "sst2-3 · sst2": an adaptation's name, as it is shown, with its task beside it. */
export const nameWithTask = (name: string, file: string, task: string): string =>
  [name, taskBeside(file, task)].filter(Boolean).join(" · ");

/** File systems allow names of up to 255 bytes; this leaves room for an extension and for what the caller adds. */
const MOST_BYTES = 200;
/** Names that Windows treats as devices, whatever follows their first dot. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * `name` as a valid file or folder name on every system. Every character that is invisible or that some system forbids
 * becomes "_": separators, control and other hidden characters, a leading dot, and trailing dots and spaces, which
 * Windows removes.
 */
export function fileNameOf(name: string): string {
  const characters = [...name.slice(0, MOST_BYTES)].map((one) =>
    visible(one) === one && !/["*/:<>?\\|]/.test(one) ? one : "_",
  );
  const encoder = new TextEncoder();
  let bytes = 0;
  const fitting = characters.filter((one) => {
    bytes += encoder.encode(one).length;
    return bytes <= MOST_BYTES;
  });
  const plain = fitting.join("").replace(/^[. ]|[. ]$/g, "_");
  return plain.replace(DEVICES, "_$1") || "_";
}

/** `base`, or if that is taken, "base-2", "base-3" and so on. */
export function freeName(base: string, taken: ReadonlySet<string>): string {
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
  return name;
}
