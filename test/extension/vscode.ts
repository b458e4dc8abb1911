// The part of VS Code's API that tests outside the editor need: the language, messages, which must be in the bundle, and a record of
// what is asked of the editor.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
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

export class Uri {
  readonly scheme = "file";
  readonly fsPath: string;
  constructor(fsPath: string) {
    this.fsPath = fsPath;
  }
  static file(fsPath: string): Uri {
    return new Uri(fsPath);
  }
}

export class Range {
  readonly start: { readonly line: number };
  constructor(line: number) {
    this.start = { line };
  }
}

export class RelativePattern {
  readonly base: Uri;
  readonly pattern: string;
  constructor(base: Uri, pattern: string) {
    this.base = base;
    this.pattern = pattern;
  }
}

/** Named by code that these tests do not call. */
export class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}
export const [ProgressLocation, StatusBarAlignment, ViewColumn] = [{}, {}, {}];

/** The commands that were asked for, with their arguments, and the documents that were shown, with their options. */
export const asked: unknown[][] = [];

export const commands = { executeCommand: async (...call: unknown[]) => void asked.push(call) };

export class EventEmitter<E> {
  readonly #listeners = new Set<(event: E) => void>();
  readonly event = (listener: (event: E) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(event: E): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** A question is answered with its first button. */
export const window = {
  createOutputChannel: () => ({ error: (text: string) => void asked.push(["log", text]) }),
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
  /** Finds what a pattern of names and stars, each of which stands for one name, leads to. */
  async findFiles({ base, pattern }: RelativePattern): Promise<Uri[]> {
    let found = [base.fsPath];
    for (const part of pattern.split("/"))
      found = found.flatMap((folder) => {
        const names = part === "*" ? readdirSync(folder) : [part];
        return names.map((name) => path.join(folder, name)).filter(existsSync);
      });
    return found.map(Uri.file);
  },
  fs: {
    async delete(uri: { readonly fsPath: string }, options: { readonly useTrash: boolean }) {
      asked.push(["delete", uri.fsPath, options]);
      if (options.useTrash && !files.haveTrash) throw new Error("there is no trash");
    },
  },
};
