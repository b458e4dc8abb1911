// The part of VS Code's API that tests outside the editor need: the language, messages, which must be in the bundle, and a record of
// what is asked of the editor.

import bundle from "../../l10n/bundle.l10n.json" with { type: "json" };

export const env = { language: "en" };

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

/** The commands that were asked for, with their arguments, and the documents that were shown, with their options. */
export const asked: unknown[][] = [];

export const commands = { executeCommand: async (...call: unknown[]) => void asked.push(call) };

export const window = { showTextDocument: async (...call: unknown[]) => void asked.push(call) };

export const workspace: { workspaceFolders: { readonly uri: { readonly fsPath: string } }[] } = {
  workspaceFolders: [],
};
