// A page in a webview: sets its HTML under a strict content security policy, and validates its messages.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { FromPage, Gone } from "../../messages.ts";
import { pageHtml } from "./page-html.ts";
import { type Heard, messageOfPage, type PageName } from "./page-messages.ts";
import { save } from "./save.ts";

/** The key under which the editor stores the colours of saved figures. */
const FIGURES = "figures";

export interface Page<M> extends vscode.Disposable {
  readonly post: (message: M | Gone) => void;
  /** Restarts the page; its saved state is kept. */
  readonly reload: () => void;
}

/**
 * Loads the page `name` (dist/webview/NAME.js) into a webview. `subject`: what the page shows, for `comesBack`. `on` gets the
 * page's messages except those common to all pages (save, copy, figures), which are handled here. Disposing of the page ends
 * this, so that its webview can show another one.
 */
export function showPage<M, P extends PageName>(
  context: vscode.ExtensionContext,
  webview: vscode.Webview,
  name: P,
  subject: object,
  on: (message: Heard<P>) => void,
): Page<M> {
  webview.options = { enableScripts: true, localResourceRoots: [] }; // a page is self-contained in its HTML
  const reload = () => {
    webview.html = html(context, name, subject);
  };
  reload();
  const heard = webview.onDidReceiveMessage((value: unknown) => {
    const message = messageOfPage(name, value);
    if (!message) return;
    const all: FromPage = message; // TypeScript cannot narrow the generic type
    if (all.type === "copy") void vscode.env.clipboard.writeText(all.text);
    else if (all.type === "save") void save(all, toolOf(context));
    else if (all.type === "figures") void context.globalState.update(FIGURES, all.colours);
    else on(message);
  });
  return { post: (message) => void webview.postMessage(message), reload, dispose: () => heard.dispose() };
}

/**
 * Restores a view's panels after a window reload, each from the subject that its page saved; closes a panel without a subject.
 */
export function comesBack<S>(
  view: string,
  subjectOf: (state: Readonly<Record<string, unknown>>) => S | undefined,
  fill: (panel: vscode.WebviewPanel, subject: S) => void,
): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(view, {
    async deserializeWebviewPanel(panel, state: unknown) {
      const subject = typeof state === "object" && state !== null ? subjectOf({ ...state }) : undefined;
      if (subject === undefined) panel.dispose();
      else fill(panel, subject);
    },
  });
}

function html(context: vscode.ExtensionContext, name: string, subject: object): string {
  const folder = path.join(context.extensionPath, "dist", "webview");
  return pageHtml({
    script: built(path.join(folder, `${name}.js`)),
    style: built(path.join(folder, "theme.css")),
    nonce: randomBytes(16).toString("base64"),
    language: vscode.env.language,
    texts: vscode.l10n.bundle ?? {},
    subject,
    figures: context.globalState.get(FIGURES, "theme"),
  });
}

/** The name and version of the extension. */
export function toolOf({ extension }: vscode.ExtensionContext): string {
  const { name, version } = extension.packageJSON as { name: string; version: string };
  return `${name} ${version}`;
}

const files = new Map<string, string>();

/** One of the extension's own files, at most 300 KB; read synchronously because a panel may be closed during an await. */
function built(file: string): string {
  const text = files.get(file) ?? readFileSync(file, "utf8");
  files.set(file, text);
  return text;
}
