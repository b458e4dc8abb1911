// The extension's log, cancellable progress and error messages.

import * as vscode from "vscode";
import { InputError, messageOf } from "../../errors.ts";
import { visibleLines } from "../../visible.ts";
import { Stopped } from "../../worker/errors.ts";
import { ProcessEnded } from "../../worker/exit.ts";
import { type Remedy, remediesFor, showLog } from "./remedies.ts";
import { isTrusted } from "./trust.ts";
import { progressing, type Reporter, showError } from "./window.ts";

let channel: vscode.LogOutputChannel | undefined;

/** The extension's log; control characters are written as visible text. */
export const log = {
  info: (text: string): void => open().info(visibleLines(text)),
  warn: (text: string): void => open().warn(visibleLines(text)),
  error: (text: string): void => open().error(visibleLines(text)),
  show: (): void => open().show(),
};

function open(): vscode.LogOutputChannel {
  channel ??= vscode.window.createOutputChannel("MaskLens", { log: true });
  return channel;
}

/** A command's refusal to run. Its message is complete, says what to do, and is in the user's language. */
export class Refusal extends Error {
  readonly remedies: readonly Remedy[];
  constructor(message: string, { remedies = [], ...options }: ErrorOptions & { remedies?: readonly Remedy[] } = {}) {
    super(message, options);
    this.remedies = remedies;
  }
}

/** How to report an error. */
export interface Telling {
  /** Replaces the error's own message. */
  readonly message?: string;
  /** Shown before the error's own remedies; not shown if the error is a refusal with remedies. */
  readonly buttons?: readonly string[];
}

/** Shows an error with its buttons and returns the chosen button; a deliberate stop is not shown. */
export async function tell(error: unknown, given: Telling = {}): Promise<string | undefined> {
  if (error instanceof Stopped) return undefined;
  const { message = messageOf(error), buttons = [] } = given;
  note(error, message);
  const remedies = await remediesOf(error);
  const others = error instanceof Refusal && remedies.length ? [] : buttons;
  const chosen = await showError(message, ...others, ...remedies.map(({ label }) => label));
  if (chosen !== undefined && others.includes(chosen)) return chosen;
  await remedies.find(({ label }) => label === chosen)?.run();
  return undefined;
}

/**
 * The remedies for a refusal or for bad input; for an unexpected error, a button that opens the log with the details.
 */
async function remediesOf(error: unknown): Promise<readonly Remedy[]> {
  if (error instanceof Refusal) return error.remedies;
  return error instanceof InputError ? remediesFor(error) : [showLog()];
}

/** Logs an error's message, and for unexpected errors the details. */
export function note(error: unknown, message = messageOf(error)): void {
  const details = detailsOf(error);
  log.error(details ? `${message}\n${details}` : message);
}

/**
 * Details for the log: the last output of a process that ended, or an error's stack; none for bad input and refusals.
 */
function detailsOf(error: unknown): string | undefined {
  if (error instanceof InputError || error instanceof Refusal) return undefined;
  if (error instanceof ProcessEnded) return error.printed;
  return error instanceof Error ? error.stack : undefined;
}

/** Wraps a command so that its errors are shown. */
export function telling<A extends unknown[]>(work: (...given: A) => unknown): (...given: A) => Promise<void> {
  return async (...given) => {
    try {
      await work(...given);
    } catch (error) {
      await tell(error);
    }
  };
}

/** Shows cancellable progress; throws `Stopped` if cancelled. */
export async function cancellable<T>(
  title: string,
  work: (signal: AbortSignal, progress: Reporter) => Promise<T>,
): Promise<T> {
  return progressing({ title, where: "notification", cancellable: true }, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort(new Stopped()));
    return work(controller.signal, progress);
  });
}

/** Throws a Refusal with the remedy if the workspace is not trusted. */
export function requireTrust(): void {
  if (!isTrusted())
    throw new Refusal(
      vscode.l10n.t(
        "This workspace is not trusted, so MaskLens does not run or download anything in it. Trust it first.",
      ),
      {
        remedies: [
          {
            label: vscode.l10n.t("Manage Workspace Trust"),
            run: () => vscode.commands.executeCommand("workbench.trust.manage"),
          },
        ],
      },
    );
}
