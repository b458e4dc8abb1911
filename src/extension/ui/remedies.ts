// Buttons on errors that offer the next step when something is missing or wrong.

import path from "node:path";
import * as vscode from "vscode";
import type { InputError } from "../../errors.ts";
import { exists } from "../../files.ts";
import { ADD_MODEL_FOLDER, INSTALL_CUDA } from "../../remedies.ts";

/** A button that helps the user resolve an error. */
export interface Remedy {
  readonly label: string;
  run(): unknown;
}

const command = (label: string, id: string): Remedy => ({
  label,
  run: () => vscode.commands.executeCommand(`masklens.${id}`),
});

/** Commands that provide what a refused command needs. */
export const trainMask = (): Remedy => command(vscode.l10n.t("Train Mask…"), "train");
export const loadMask = (): Remedy => command(vscode.l10n.t("Load Mask…"), "load");
export const diffMasks = (): Remedy => command(vscode.l10n.t("Choose Masks…"), "diff");
export const newTask = (): Remedy => command(vscode.l10n.t("New Task…"), "newTask");
export const newStudy = (): Remedy => command(vscode.l10n.t("New Study…"), "newStudy");
export const openSample = (): Remedy => command(vscode.l10n.t("Open Sample"), "openSample");
export const addModelFolder = (): Remedy => command(vscode.l10n.t("Add Model Folder…"), "addModelFolder");
export const downloadModel = (): Remedy => command(vscode.l10n.t("Download Model…"), "download");
export const showLog = (): Remedy => command(vscode.l10n.t("Show Log"), "showLog");

/** Files that the editor shows as text. */
const TEXT = /\.(json|jsonl|ndjson|csv|tsv|txt|conll|conllu)$/i;

/** Buttons for bad input: to add the folder of a missing base model, or to open the text file with the mistake. */
export async function remediesFor({ place: { file, at }, remedy }: InputError): Promise<readonly Remedy[]> {
  if (remedy === ADD_MODEL_FOLDER) return [addModelFolder()];
  if (remedy === INSTALL_CUDA) return [command(vscode.l10n.t("Install CUDA Support…"), "installCuda")];
  if (file === undefined || !path.isAbsolute(file) || !TEXT.test(file) || !(await exists(file))) return [];
  return [{ label: vscode.l10n.t("Open File"), run: () => openAt(file, lineOf(at)) }];
}

/** The 0-based line number from a place such as "line 7, column label". */
export function lineOf(at: string | undefined): number {
  const line = Number(/^line (\d+)\b/.exec(at ?? "")?.[1] ?? 1);
  return line - 1;
}

async function openAt(file: string, line: number): Promise<void> {
  const selection = new vscode.Range(line, 0, line, 0);
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection });
}
