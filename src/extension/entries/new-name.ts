// Names for files that are renamed. Independent of the editor's window.

import path from "node:path";
import * as vscode from "vscode";
import { NAME } from "../../data/description.ts";

/** The file name endings that the views omit. */
const SUFFIX = /\.(mask\.safetensors|tuned\.safetensors|task\.json)$/;
/**
 * The maximum length of a new name, in bytes: common file systems allow 255, and a run's files are named after its
 * folder.
 */
const LONGEST_NAME = 255 - ".tuned.safetensors".length;

/** The part of a file's name that can be changed. */
export const nameOf = (file: string): string => path.basename(file).replace(SUFFIX, "");

/** The file's path under another name in the same folder. */
export const renamed = (file: string, name: string): string =>
  path.join(path.dirname(file), `${name}${SUFFIX.exec(path.basename(file))?.[0] ?? ""}`);

/** Why a file cannot be given this name; undefined if it can. `taken`: the names in its folder. */
export function nameFault(file: string, name: string, taken: readonly string[]): string | undefined {
  if (!NAME.test(name)) return vscode.l10n.t("Use letters, digits, spaces, and . _ -");
  if (Buffer.byteLength(name) > LONGEST_NAME) return vscode.l10n.t("This name is too long.");
  const next = path.basename(renamed(file, name));
  if (next !== path.basename(file) && taken.includes(next)) return vscode.l10n.t("{0} already exists here.", next);
  return undefined;
}
