// The extension's log, and how people hear of what goes on and of what went wrong: in one place, in one sentence.

import * as vscode from "vscode";
import { InputError, messageOf } from "../../errors.ts";
import { visibleLines } from "../../visible.ts";
import { ProcessEnded, Stopped } from "../../worker/protocol.ts";
import { isTrusted } from "./trust.ts";
import { progressing, type Reporter, showError } from "./window.ts";

let channel: vscode.LogOutputChannel | undefined;

/** The extension's log; what it is told is written as visible text. */
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

/** What can be done about a refusal: a button. */
export interface Remedy {
  readonly label: string;
  run(): unknown;
}

/** What a command refuses, and what to do: its message is the whole sentence, in the user's language. */
export class Refusal extends Error {
  readonly remedies: readonly Remedy[];
  constructor(message: string, { remedies = [], ...options }: ErrorOptions & { remedies?: readonly Remedy[] } = {}) {
    super(message, options);
    this.remedies = remedies;
  }
}

/** How an error is told. */
export interface Telling {
  /** The sentence, where it is not the error's own. */
  readonly message?: string;
  /** What can be done about it. */
  readonly buttons?: readonly string[];
}

/** Shows an error with the buttons that help; what was stopped on purpose is none. Gives the chosen button. */
export async function tell(error: unknown, given: Telling = {}): Promise<string | undefined> {
  if (error instanceof Stopped) return undefined;
  const { message = messageOf(error), buttons = [] } = given;
  note(error, message);
  const remedies = error instanceof Refusal ? error.remedies : [];
  const labels = remedies.map(({ label }) => label);
  const chosen = await showError(message, ...(remedies.length ? labels : buttons));
  await remedies.find(({ label }) => label === chosen)?.run();
  return remedies.length ? undefined : chosen;
}

/** Logs an error: its sentence, and for what is no one's to put right but this program's all that is known of it. */
export function note(error: unknown, message = messageOf(error)): void {
  const details = detailsOf(error);
  log.error(details ? `${message}\n${details}` : message);
}

/** Nothing for bad input and for what was refused; a process's last words; of all else, which nobody expected, the stack. */
function detailsOf(error: unknown): string | undefined {
  if (error instanceof InputError || error instanceof Refusal) return undefined;
  if (error instanceof ProcessEnded) return error.printed;
  return error instanceof Error ? error.stack : undefined;
}

/** A command's function that tells of its errors. */
export function telling<A extends unknown[]>(work: (...given: A) => unknown): (...given: A) => Promise<void> {
  return async (...given) => {
    try {
      await work(...given);
    } catch (error) {
      await tell(error);
    }
  };
}

/** Shows that something goes on, with a way to end it; throws `Stopped` where that was taken. */
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

/** Refuses, with the remedy, where the workspace is not trusted. */
export function requireTrust(): void {
  if (!isTrusted())
    throw new Refusal(
      vscode.l10n.t("This workspace is not trusted, so MaskLens computes and downloads nothing in it. Trust it first."),
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
