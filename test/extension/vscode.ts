// The part of VS Code's API that tests outside the editor need: the language, messages, which must be in the bundle, and a record of
// what is asked of the editor.

import bundle from "../../l10n/bundle.l10n.json" with { type: "json" };

export const env = {
  language: "en",
  clipboard: { writeText: async (text: string) => void asked.push(["copy", text]) },
};

export const l10n = {
  t(message: string, ...values: readonly (string | number)[]): string {
    if (!Object.hasOwn(bundle, message)) throw new Error(`"${message}" is not in l10n/bundle.l10n.json`);
    return message.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)]));
  },
};

export const Uri = { file: (fsPath: string) => ({ fsPath }) };

export class Range {
  readonly start: { readonly line: number };
  constructor(line: number) {
    this.start = { line };
  }
}

/** Named by code that these tests do not call. */
export class Disposable {}
export class RelativePattern {}
export const [ProgressLocation, StatusBarAlignment, ViewColumn] = [{}, {}, {}];

/** The commands that were asked for, with their arguments, and the documents that were shown, with their options. */
export const asked: unknown[][] = [];

export const commands = { executeCommand: async (...call: unknown[]) => void asked.push(call) };

/** A question is answered with its first button. */
export const window = {
  showTextDocument: async (...call: unknown[]) => void asked.push(call),
  async showInformationMessage(question: string, { detail }: { readonly detail: string }, ...buttons: string[]) {
    asked.push([question, detail]);
    return buttons[0];
  },
};

/** Whether the editor's file system has a trash. */
export const files = { haveTrash: true };

export const workspace = {
  workspaceFolders: [] as { readonly uri: { readonly fsPath: string } }[],
  isTrusted: true,
  getWorkspaceFolder: ({ fsPath }: { readonly fsPath: string }) =>
    workspace.workspaceFolders.find(({ uri }) => fsPath.startsWith(`${uri.fsPath}/`)),
  fs: {
    async delete(uri: { readonly fsPath: string }, options: { readonly useTrash: boolean }) {
      asked.push(["delete", uri.fsPath, options]);
      if (options.useTrash && !files.haveTrash) throw new Error("there is no trash");
    },
  },
};
