// Tree views whose entries are created on demand.

import path from "node:path";
import * as vscode from "vscode";
import { plain, plainLines } from "./plain.ts";
import { isTrusted } from "./trust.ts";
import { BURST } from "./watch.ts";

/** An entry of a view; commands act on its `file`. */
export interface Entry {
  readonly label: string;
  readonly description?: string;
  /** Plain text of one or more lines. */
  readonly tooltip?: string;
  readonly icon?: string;
  readonly context?: string;
  readonly file?: string;
  readonly command?: vscode.Command;
  readonly children?: () => Promise<Entry[]> | Entry[];
  readonly open?: boolean;
}

/** A tree view whose entries are created on demand. */
export class EntryView implements vscode.TreeDataProvider<Entry> {
  readonly #roots: () => Promise<Entry[]>;
  readonly #looked: string;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #shown = false;
  #refreshes = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: Entry[] | undefined;
  #current: Entry[] | undefined;
  /** Children stay the same objects until the next refresh, so that they can be revealed. */
  readonly #children = new WeakMap<Entry, Promise<Entry[]>>();
  readonly #parents = new WeakMap<Entry, Entry>();

  /** `looked`: a context key that is set after the first search; the view shows its welcome text only then. */
  constructor(roots: () => Promise<Entry[]>, looked: string) {
    this.#roots = async () => (isTrusted() ? roots() : []); // the view's welcome text explains trust
    this.#looked = looked;
  }

  /**
   * Gathers the entries before notifying the editor, which forgets the old ones when notified: an open context menu would
   * otherwise call its command without an entry until the new ones arrive.
   */
  async refresh(): Promise<void> {
    const refresh = ++this.#refreshes;
    const next = this.#shown ? await this.#roots().catch(() => undefined) : undefined;
    if (refresh !== this.#refreshes) return; // superseded by a later refresh
    this.#next = next;
    if (next) this.#current = next;
    this.#changed.fire();
  }

  /** Refreshes once after a burst of calls. */
  refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), BURST);
  }

  async getChildren(entry?: Entry): Promise<Entry[]> {
    if (entry) return this.#childrenOf(entry);
    this.#shown = true;
    const roots = this.#next ?? (await this.#roots());
    this.#next = undefined;
    this.#current = roots;
    void vscode.commands.executeCommand("setContext", this.#looked, true);
    return roots;
  }

  getParent(entry: Entry): Entry | undefined {
    return this.#parents.get(entry);
  }

  /** A file's entry; searches only the roots and the children of roots that are initially expanded. */
  async entryOf(file: string): Promise<Entry | undefined> {
    if (!this.#current) {
      this.#next = await this.#roots();
      this.#current = this.#next;
    }
    for (const root of this.#current) {
      const among = root.open ? [root, ...(await this.#childrenOf(root))] : [root];
      const found = among.find((entry) => entry.file === file);
      if (found) return found;
    }
    return undefined;
  }

  #childrenOf(entry: Entry): Promise<Entry[]> {
    const known = this.#children.get(entry);
    if (known) return known;
    const made = Promise.resolve(entry.children?.() ?? []).then((children) => {
      for (const child of children) this.#parents.set(child, entry);
      return children;
    });
    this.#children.set(entry, made);
    made.catch(() => this.#children.delete(entry));
    return made;
  }

  getTreeItem({ label, description, tooltip, icon, context, file, command, children, open }: Entry): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(plain(label), children ? (open ? Expanded : Collapsed) : None);
    if (description !== undefined) item.description = plain(description);
    if (tooltip !== undefined) item.tooltip = plainLines(tooltip); // a string, which the editor does not render as Markdown
    if (icon) item.iconPath = new vscode.ThemeIcon(icon);
    if (context) item.contextValue = context;
    if (file) item.resourceUri = vscode.Uri.file(file);
    if (command) item.command = command;
    return item;
  }
}

export const openCommand = (file: string): vscode.Command => ({
  command: "vscode.open",
  title: vscode.l10n.t("Open"),
  arguments: [vscode.Uri.file(file)],
});

/** An entry for a link out of the workspace, which is followed only when the user opens it. */
export const linkEntry = (folder: string): Entry => ({
  label: path.basename(folder),
  description: vscode.l10n.t("link to a folder outside the workspace; not read"),
  ...{ tooltip: folder, icon: "link-external", context: "damaged", file: folder },
});
