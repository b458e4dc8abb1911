// The extension's log, and how people hear of what went wrong: in one place, in one sentence.

import * as vscode from "vscode";
import { messageOf } from "../errors.ts";
import { Stopped } from "../worker/protocol.ts";

let channel: vscode.LogOutputChannel | undefined;

export function log(): vscode.LogOutputChannel {
  channel ??= vscode.window.createOutputChannel("MaskLens", { log: true });
  return channel;
}

/** Shows an error with the buttons that help; what was stopped on purpose is none. Gives the chosen button. */
export async function tell(error: unknown, ...buttons: string[]): Promise<string | undefined> {
  if (error instanceof Stopped) return undefined;
  log().error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (!(error instanceof Untrusted)) return vscode.window.showErrorMessage(messageOf(error), ...buttons);
  const manage = vscode.l10n.t("Manage Workspace Trust");
  if ((await vscode.window.showErrorMessage(error.message, manage)) === manage)
    await vscode.commands.executeCommand("workbench.trust.manage");
  return undefined;
}

/** A command's function that tells of its errors. */
export function telling<A extends unknown[]>(work: (...given: A) => Promise<unknown>): (...given: A) => Promise<void> {
  return async (...given) => {
    try {
      await work(...given);
    } catch (error) {
      await tell(error);
    }
  };
}

/** What is refused where the workspace is not trusted. */
class Untrusted extends Error {}

/** Refuses, with the remedy, where the workspace is not trusted. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new Untrusted(
      vscode.l10n.t(
        "This workspace is not trusted, so nothing is trained, loaded, exported or downloaded in it; trust it first.",
      ),
    );
}
