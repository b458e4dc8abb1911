// Opens the walkthrough when its command runs, and once in the window that opens the sample; checks off its steps.

import * as vscode from "vscode";
import type { Command } from "./command.ts";

/** The key under which the sample folder is stored until its window has shown the walkthrough. */
const DUE = "masklens.walkthrough";

/** The editor's welcome page may cover the walkthrough in a new window, so it is opened again after this time, in milliseconds. */
const AGAIN = 1000;

type Context = Pick<vscode.ExtensionContext, "globalState" | "extension">;

const open = ({ extension }: Context): Thenable<unknown> =>
  vscode.commands.executeCommand("workbench.action.openWalkthrough", `${extension.id}#start`);

export const openWalkthroughCommand =
  (context: Context): Command =>
  () =>
    open(context);

/** Times after which a step that was done is told again, in milliseconds. */
const TIMES = [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000];

type Step = "sample" | "train" | "look" | "diff";

/** The steps that were done in this window. */
const done = new Set<Step>();

/**
 * Checks off a step of the walkthrough: what it describes has happened, by whatever command.
 *
 * The editor reads walkthroughs some time after its window opens, and notices only a context key that becomes true after that: one
 * that is true by then is ignored from then on. So the key is true for a moment, several times.
 */
export function checkOff(step: Step): void {
  if (done.has(step)) return;
  done.add(step);
  for (const time of TIMES) setTimeout(() => tell(step), time);
}

/** Sends both commands at once; otherwise, the editor might read the walkthrough in between. */
function tell(step: Step): void {
  for (const value of [true, false]) void vscode.commands.executeCommand("setContext", `masklens.done.${step}`, value);
}

/** Opens the walkthrough in the window that opens `folder` next. */
export const walkthroughIn = (context: Context, folder: string): Thenable<void> =>
  context.globalState.update(DUE, folder);

/** Opens the walkthrough if it is due in this window. */
export async function showDueWalkthrough(context: Context): Promise<void> {
  const due = context.globalState.get<string>(DUE);
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (due === undefined || !folders.some(({ uri }) => uri.fsPath === due)) return;
  await context.globalState.update(DUE, undefined);
  checkOff("sample");
  await vscode.commands.executeCommand("masklens.models.focus");
  await open(context);
  setTimeout(() => void open(context), AGAIN);
}
