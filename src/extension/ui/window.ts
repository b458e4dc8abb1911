// Shows the editor's messages, lists, input boxes, progress, status bar and tabs. Their text may come from a file, so it is
// shown as plain text. test/extension/ui/plain.test.ts checks that no other file calls `vscode.window` for these.

import * as vscode from "vscode";
import { LABEL, MESSAGE, plain, plainLines, pressed } from "./plain.ts";

export function showError(message: string, ...buttons: readonly string[]): Promise<string | undefined> {
  return pressed(buttons, (shown) => vscode.window.showErrorMessage(plain(message, MESSAGE), ...shown));
}

export function showInformation(message: string, ...buttons: readonly string[]): Promise<string | undefined> {
  return pressed(buttons, (shown) => vscode.window.showInformationMessage(plain(message, MESSAGE), ...shown));
}

export function showWarning(message: string, ...buttons: readonly string[]): Promise<string | undefined> {
  return pressed(buttons, (shown) => vscode.window.showWarningMessage(plain(message, MESSAGE), ...shown));
}

/** Asks in a modal dialog; returns the button that was pressed, undefined for Cancel. */
export function ask(question: string, detail: string, ...buttons: readonly string[]): Promise<string | undefined> {
  const options = { modal: true, detail: plainLines(detail) };
  return pressed(buttons, (shown) => vscode.window.showInformationMessage(plain(question, MESSAGE), options, ...shown));
}

/** Asks in a modal dialog; returns whether its button was pressed. */
export async function confirm(question: string, detail: string, button: string): Promise<boolean> {
  return (await ask(question, detail, button)) === button;
}

export type Reporter = vscode.Progress<{ message?: string; increment?: number }>;

export interface ProgressOptions {
  readonly title: string;
  /** Where the progress is shown. */
  readonly where: "notification" | "status bar";
  readonly cancellable?: boolean;
}

/** Shows progress until `work` ends. */
export async function progressing<T>(
  { title, where, cancellable = false }: ProgressOptions,
  work: (progress: Reporter, token: vscode.CancellationToken) => Promise<T>,
): Promise<T> {
  const { Notification, Window } = vscode.ProgressLocation;
  const location = where === "notification" ? Notification : Window;
  return vscode.window.withProgress({ location, title: plain(title, MESSAGE), cancellable }, (progress, token) =>
    work(
      {
        report: ({ message, ...rest }) =>
          progress.report({ ...rest, ...(message !== undefined && { message: plain(message, MESSAGE) }) }),
      },
      token,
    ),
  );
}

/** An entry of a quick pick. Its texts are untrusted; its icon is always set by MaskLens. */
export interface Item {
  /** A codicon's name. */
  readonly icon?: string | undefined;
  readonly label: string;
  readonly description?: string | undefined;
  readonly detail?: string | undefined;
  readonly picked?: boolean;
}

interface Shown<I extends Item> extends vscode.QuickPickItem {
  readonly item: I;
}

/** An entry in the form that the editor expects, with plain texts. */
export function shown<I extends Item>(item: I): Shown<I> {
  const { icon, label, description, detail, picked } = item;
  return {
    label: icon ? `$(${icon}) ${plain(label)}` : plain(label),
    ...(description !== undefined && { description: plain(description, MESSAGE) }),
    ...(detail !== undefined && { detail: plain(detail, MESSAGE) }),
    ...(picked !== undefined && { picked }),
    item,
  };
}

export interface ListOptions {
  readonly title: string;
  readonly placeholder?: string;
  readonly matchOnDetail?: boolean;
}

// `ignoreFocusOut`: a page may take the focus back just after a list has opened, which would close the list.
const listed = ({ title, placeholder, matchOnDetail = false }: ListOptions) => ({
  title: plain(title),
  ...(placeholder !== undefined && { placeHolder: plain(placeholder, MESSAGE) }),
  ...{ matchOnDetail, ignoreFocusOut: true },
});

/** How long a message stays in the status bar, in milliseconds. */
const BRIEFLY = 10_000;

/** Shows a message in the status bar for a while. */
export function showBriefly(message: string): void {
  vscode.window.setStatusBarMessage(plain(message, MESSAGE), BRIEFLY);
}

/** The chosen item; undefined if the list was closed. */
export async function pickOne<I extends Item>(items: readonly I[], options: ListOptions): Promise<I | undefined> {
  return (await vscode.window.showQuickPick(items.map(shown), listed(options)))?.item;
}

/** The checked items; undefined if the list was closed. */
export async function pickSeveral<I extends Item>(items: readonly I[], options: ListOptions): Promise<I[] | undefined> {
  const chosen = await vscode.window.showQuickPick(items.map(shown), { ...listed(options), canPickMany: true });
  return chosen?.map(({ item }) => item);
}

/** A step's position among several; a single step has no number. */
export interface StepOptions {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
  readonly placeholder: string;
}

const numbered = ({ title, step, steps }: StepOptions) => ({
  ...{ title: plain(title), ignoreFocusOut: true },
  ...(steps > 1 && { step, totalSteps: steps }),
});

/** A quick pick for one of several steps, not yet shown. */
export function stepPick<I extends Item>(items: readonly I[], options: StepOptions): vscode.QuickPick<Shown<I>> {
  const pick = vscode.window.createQuickPick<Shown<I>>();
  const placeholder = plain(options.placeholder, MESSAGE);
  return Object.assign(pick, { ...numbered(options), placeholder, matchOnDescription: true, items: items.map(shown) });
}

/** An input box for one of several steps, not yet shown; `check` returns the error, if any. */
export function stepInput(
  options: StepOptions,
  value: string,
  check: (value: string) => string | undefined,
): vscode.InputBox & { readonly isRight: () => boolean } {
  const input = vscode.window.createInputBox();
  const isRight = () => {
    input.validationMessage = plain(check(input.value) ?? "", MESSAGE);
    return input.validationMessage === "";
  };
  input.onDidChangeValue(isRight);
  return Object.assign(input, { ...numbered(options), prompt: plain(options.placeholder, MESSAGE), value, isRight });
}

/** A line of text; undefined if the box was closed. */
export function enterLine(title: string, prompt: string, placeHolder: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: plain(title),
    prompt: plain(prompt, MESSAGE),
    placeHolder: plain(placeHolder, MESSAGE),
  });
}

/** A status bar item. */
export class StatusEntry {
  readonly #item: vscode.StatusBarItem;

  constructor(id: string, name: string) {
    this.#item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, 10);
    this.#item.name = name;
  }

  /** Shows the item, or hides it if `text` is empty. */
  show(icon: string, text: string, tooltip: string, command: string): void {
    this.#item.text = `$(${icon}) ${plain(text)}`;
    this.#item.tooltip = plainLines(tooltip);
    this.#item.command = command;
    if (text) this.#item.show();
    else this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** Opens an empty panel, with the extension's icon on its tab. */
export function newPanel(
  context: vscode.ExtensionContext,
  view: string,
  title: string,
  column = vscode.ViewColumn.Active,
): vscode.WebviewPanel {
  const panel = vscode.window.createWebviewPanel(view, plain(title, LABEL), column, {});
  panel.iconPath = vscode.Uri.joinPath(context.extensionUri, "media", "icons", "masklens.png");
  return panel;
}

/** Changes the title of a panel's tab. */
export function renamePanel(panel: vscode.WebviewPanel, title: string): void {
  panel.title = plain(title, LABEL);
}
