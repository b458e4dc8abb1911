// Quick picks for masks, for commands called without one.

import * as vscode from "vscode";
import { nameAmongAll } from "../../file-name.ts";
import { Refusal } from "../ui/log.ts";
import { loadMask, openSample, trainMask } from "../ui/remedies.ts";
import { pickOne, pickSeveral } from "../ui/window.ts";
import { findAdaptations, readHead } from "./found.ts";
import type { Loads } from "./loads.ts";

/** What a command accepts: only masks, or tuned files as well. */
export type Takes = "mask" | "adaptation";

export function isAdaptation(file: string, takes: Takes): boolean {
  return file.endsWith(".mask.safetensors") || (takes === "adaptation" && file.endsWith(".tuned.safetensors"));
}

export interface PickOptions {
  /** Says what to choose, and what for. */
  readonly placeholder: string;
  /** Whether only one can be chosen. */
  readonly single?: true;
  /** The minimum number that the command needs; 1 by default. If no more exist, all are preselected. */
  readonly least?: number;
}

/** Asks for adaptations in the workspace or open in the editor. Those in `selected` are preselected, or listed first. */
export async function pickAdaptations(
  takes: Takes,
  selected: readonly string[],
  { placeholder, single, least = 1 }: PickOptions,
): Promise<string[] | undefined> {
  const found = (await findAdaptations()).filter(({ file }) => isAdaptation(file, takes));
  // Open files may be outside the workspace.
  const outside = selected.filter((file) => !found.some((one) => one.file === file));
  const all = [...found, ...(await Promise.all(outside.map(readHead)))];
  if (!all.length)
    throw new Refusal(vscode.l10n.t("There are no masks in this workspace yet. Train one first."), {
      remedies: [trainMask(), openSample()],
    });
  const choices = all.map(({ file, metadata }) => ({
    label: nameAmongAll(file),
    description: metadata?.task.name ?? "",
    detail: vscode.workspace.asRelativePath(file),
    picked: selected.includes(file) || all.length <= least,
    file,
  }));
  const options = { title: vscode.l10n.t("Masks"), placeholder, matchOnDetail: true };
  if (!single) {
    const chosen = await pickSeveral(choices, options);
    return chosen?.map(({ file }) => file);
  }
  choices.sort((a, b) => Number(b.picked) - Number(a.picked)); // selected and open files first
  const chosen = await pickOne(choices, options);
  return chosen && [chosen.file];
}

/** The loaded adaptations that the user picks; if only one is loaded, returns it without asking. */
export async function pickLoaded({ all }: Loads): Promise<string[] | undefined> {
  if (!all.length) throw new Refusal(vscode.l10n.t("No mask is loaded. Load one first."), { remedies: [loadMask()] });
  if (all.length === 1) return [all[0]!.adaptation];
  const chosen = await pickSeveral(
    all.map(({ adaptation, task, base }) => ({
      ...{ label: nameAmongAll(adaptation), description: `${task} · ${base}`, adaptation, picked: true },
    })),
    { title: vscode.l10n.t("Unload") },
  );
  return chosen?.map(({ adaptation }) => adaptation);
}
