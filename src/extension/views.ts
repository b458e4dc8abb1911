// The three views of the explorer: base models and tasks, masks, runs.

import path from "node:path";
import * as vscode from "vscode";
import type { HeadDescription, MaskDescription } from "../mask/describe.ts";
import { controlSeed } from "../mask/metadata.ts";
import { headMatrix } from "../mask/statistics.ts";
import type { RunState } from "../messages.ts";
import { visible } from "../visible.ts";
import type { FoundAdaptation, FoundModel } from "./found.ts";
import { findAdaptations, findModels, findRuns, findTasks } from "./found.ts";
import { SHOW_MATRIX } from "./heatmap.ts";
import type { Loads } from "./loads.ts";
import type { MaskService } from "./mask-service.ts";
import { readModelFolder } from "./model-folders.ts";
import { plain, plainLines } from "./plain.ts";
import type { Runs } from "./runs.ts";
import { isTrusted } from "./trust.ts";
import { adaptationName, megabytes, modelName, percent, scoreText, testScore } from "./words.ts";

/** An entry of a view; `file` is what commands work on. */
export interface Entry {
  readonly label: string;
  readonly description?: string;
  /** Lines of text. */
  readonly tooltip?: string;
  readonly icon?: string;
  readonly context?: string;
  readonly file?: string;
  readonly command?: vscode.Command;
  readonly children?: () => Promise<Entry[]> | Entry[];
  readonly open?: boolean;
}

/** Files come and go in bursts, whose parts are less than this apart, in milliseconds. */
const BURST = 300;

/** A view over entries that are made when they are looked at. */
export class EntryView implements vscode.TreeDataProvider<Entry> {
  readonly #roots: () => Promise<Entry[]>;
  readonly #looked: string;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #shown = false;
  #refreshes = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: Entry[] | undefined;

  /** `looked` is a context key that is set when it is known what there is: the view's welcome waits for it. */
  constructor(roots: () => Promise<Entry[]>, looked: string) {
    this.#roots = async () => (isTrusted() ? roots() : []); // the view's welcome says what trust is for
    this.#looked = looked;
  }

  /**
   * Gathers first and then tells the editor, which forgets its entries when it is told: a menu that stands open above one
   * would call its command without it until the next ones come.
   */
  async refresh(): Promise<void> {
    const refresh = ++this.#refreshes;
    const next = this.#shown ? await this.#roots().catch(() => undefined) : undefined;
    if (refresh !== this.#refreshes) return; // a later one tells what there is by then
    this.#next = next;
    this.#changed.fire();
  }

  /** Once after a burst of calls. */
  refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), BURST);
  }

  async getChildren(entry?: Entry): Promise<Entry[]> {
    if (entry) return (await entry.children?.()) ?? [];
    this.#shown = true;
    const roots = this.#next ?? (await this.#roots());
    this.#next = undefined;
    void vscode.commands.executeCommand("setContext", this.#looked, true);
    return roots;
  }

  getTreeItem({ label, description, tooltip, icon, context, file, command, children, open }: Entry): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(plain(label), children ? (open ? Expanded : Collapsed) : None);
    if (description !== undefined) item.description = plain(description);
    if (tooltip !== undefined) item.tooltip = plainLines(tooltip); // a text, which the editor does not read as Markdown
    if (icon) item.iconPath = new vscode.ThemeIcon(icon);
    if (context) item.contextValue = context;
    if (file) item.resourceUri = vscode.Uri.file(file);
    if (command) item.command = command;
    return item;
  }
}

const openCommand = (file: string): vscode.Command => ({
  command: "vscode.open",
  title: vscode.l10n.t("Open"),
  arguments: [vscode.Uri.file(file)],
});

export async function modelsAndTasks(): Promise<Entry[]> {
  const [models, tasks] = await Promise.all([findModels(), findTasks()]);
  if (!models.length && !tasks.length) return []; // the view's welcome says what to do
  return [
    {
      label: vscode.l10n.t("Base models"),
      icon: "database",
      context: "models",
      open: true,
      children: () => Promise.all(models.map(modelEntry)),
    },
    {
      label: vscode.l10n.t("Tasks"),
      icon: "tasklist",
      context: "tasks",
      open: true,
      children: () =>
        tasks.map(({ file, name }): Entry => {
          return { label: name, tooltip: file, icon: "symbol-enum", context: "task", file, command: openCommand(file) };
        }),
    },
  ];
}

/** A model by its config alone. */
async function modelEntry({ folder, leadsOut }: FoundModel): Promise<Entry> {
  if (leadsOut) return linkEntry(folder);
  const model = await readModelFolder(folder);
  const where = vscode.workspace.asRelativePath(folder);
  const common = { label: path.basename(folder), file: folder };
  if (!model?.config) {
    const reason = model?.reason ?? vscode.l10n.t("config.json or its weights are missing");
    return { ...common, description: reason, tooltip: reason, icon: "warning", context: "damaged" };
  }
  const { id, modelType, blocks, width, heads, feedForward, vocabSize, positions } = model.config;
  const facts = [
    vscode.l10n.t("{0} blocks of width {1}, {2} attention heads", blocks, width, heads),
    vscode.l10n.t("feed-forward width {0}", feedForward),
    vscode.l10n.t("{0} word pieces, up to {1} in a row", vocabSize.toLocaleString("en"), positions),
    vscode.l10n.t("{0} on disk", megabytes(model.bytes)),
  ];
  return {
    ...common,
    label: modelName(model.config),
    description: `${where} · ${modelType} ${blocks}×${width} · ${megabytes(model.bytes)}`,
    tooltip: [id, ...facts, folder].map((line) => visible(line)).join("\n"),
    icon: "symbol-namespace",
    context: "model",
  };
}

/** What lies outside the workspace behind a link within it, which is not followed unasked. */
const linkEntry = (folder: string): Entry => ({
  label: path.basename(folder),
  description: vscode.l10n.t("a link out of the workspace, not read unasked"),
  ...{ tooltip: folder, icon: "link-external", context: "damaged", file: folder },
});

/** Task → mask → blocks → matrices and attention heads. */
export async function masks(service: () => MaskService, loads: Loads): Promise<Entry[]> {
  const found = await findAdaptations();
  const byTask = new Map<string, FoundAdaptation[]>();
  for (const adaptation of found) {
    const task = adaptation.metadata?.task.name ?? vscode.l10n.t("damaged");
    byTask.set(task, [...(byTask.get(task) ?? []), adaptation]);
  }
  return [...byTask].map(([task, of]): Entry => {
    return {
      label: task,
      description: String(of.length),
      icon: "symbol-enum",
      open: true,
      children: () => of.map((one) => adaptationEntry(one, service, loads)),
    };
  });
}

function adaptationEntry({ file, metadata, fault }: FoundAdaptation, service: () => MaskService, loads: Loads): Entry {
  const label = adaptationName(file);
  if (!metadata) {
    // A view is too narrow for the path, which the tooltip has.
    const description = (fault ?? "").replace(visible(file), "").replace(/^[:,] /, "");
    return { label, description, tooltip: fault ?? "", icon: "warning", context: "damaged", file };
  }
  const isMask = metadata.format === "mask";
  const control = controlSeed(metadata);
  const score = testScore(metadata);
  const loaded = loads.has(file);
  const parts = [
    loaded ? vscode.l10n.t("loaded") : "",
    score ? vscode.l10n.t("{0} {1} (test)", metadata.task.metric, percent(score.value)) : "",
    isMask ? "" : String(metadata.run.method ?? "tuned"),
    control === null ? "" : vscode.l10n.t("control: labels permuted with seed {0}", control),
  ];
  const weights = metadata.matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const tooltip = [
    `${metadata.task.name} ${vscode.l10n.t("over")} ${metadata.base.id}`,
    score ? vscode.l10n.t("test {0}", scoreText(metadata.task.metric, score)) : "",
    control === null ? "" : vscode.l10n.t("A control, trained on labels permuted by seed {0}", control),
    isMask ? vscode.l10n.t("{0} weights masked, {1}", weights.toLocaleString("en"), megabytes(weights / 8)) : "",
    file,
  ]
    .filter(Boolean)
    .map((line) => visible(line))
    .join("\n");
  return {
    ...{ label, description: parts.filter(Boolean).join(" · "), tooltip, file },
    icon: loaded ? "pass-filled" : isMask ? "layers" : "file-binary",
    context: `${isMask ? "mask" : "tuned"}${loaded ? ".loaded" : ""}`,
    ...(isMask && { command: openCommand(file), children: () => blockEntries(file, service) }),
  };
}

async function blockEntries(file: string, service: () => MaskService): Promise<Entry[]> {
  const { description } = await service().ask("describe", { file });
  const blocks = [...description.blocks].sort((a, b) => (b.block ?? 1e9) - (a.block ?? 1e9));
  return [
    {
      label: zeros(description.zeroShare),
      description: `${megabytes(description.sizes.packed)}`,
      icon: "info",
    },
    ...blocks.map((part): Entry => {
      const { block, zeroShare } = part;
      return {
        label: block === null ? vscode.l10n.t("Above the blocks") : vscode.l10n.t("Block {0}", block),
        description: `${zeros(zeroShare)}${change(part)}`,
        icon: "symbol-array",
        children: () => partEntries(file, description, block),
      };
    }),
  ];
}

const zeros = (share: number) => vscode.l10n.t("{0} zeros", percent(share, 2));

/** What training changed in a part, where that is known: the effect first. */
const change = ({ dropped, effect, z, marked }: Pick<HeadDescription, "dropped" | "effect" | "z" | "marked">) =>
  dropped === null
    ? ""
    : ` · ${vscode.l10n.t("{0} dropped, {1} times the expected, z {2}", dropped.toLocaleString("en"), effect?.value.toFixed(2) ?? "–", z?.toFixed(1) ?? "–")}${marked ? " ●" : ""}`;

/** Matrices and attention heads of a block; each opens its matrix, a head the one of its values. */
function partEntries(file: string, { matrices, heads }: MaskDescription, block: number | null): Entry[] {
  const ofBlock = matrices.filter((matrix) => matrix.block === block);
  const ofHeads = heads.filter((head) => head.block === block && head.kind === "all");
  const show = (matrix: string): vscode.Command => {
    return { command: SHOW_MATRIX, title: vscode.l10n.t("Open"), arguments: [file, matrix] };
  };
  return [
    ...ofBlock.map((part): Entry => {
      const { kind, name, rows, columns, zeroShare } = part;
      return {
        label: kind,
        description: `${rows} × ${columns} · ${zeros(zeroShare)}${change(part)}`,
        tooltip: name,
        icon: "symbol-array",
        command: show(name),
      };
    }),
    ...ofHeads.map((one: HeadDescription): Entry => {
      const { head, keepRate } = one;
      return {
        label: vscode.l10n.t("Head {0}", head),
        description: `${zeros(1 - keepRate)}${change(one)}`,
        icon: "symbol-misc",
        command: show(headMatrix(matrices, one).name),
      };
    }),
  ];
}

/** Icons of the states of a run, and their names. */
const STATES = {
  running: { icon: "sync~spin", word: () => vscode.l10n.t("running") },
  elsewhere: { icon: "sync", word: () => vscode.l10n.t("in training elsewhere") },
  stopped: { icon: "debug-pause", word: () => vscode.l10n.t("stopped") },
  unfinished: { icon: "debug-disconnect", word: () => vscode.l10n.t("interrupted") },
  failed: { icon: "error", word: () => vscode.l10n.t("failed") },
  done: { icon: "check", word: () => vscode.l10n.t("done") },
};

export const stateWord = (state: RunState) => STATES[state].word();

export async function runEntries(runs: Runs): Promise<Entry[]> {
  const found = await findRuns();
  const out = new Set(found.flatMap(({ folder, leadsOut }) => (leadsOut ? folder : [])));
  const folders = [...new Set([...runs.running, ...found.map(({ folder }) => folder)])];
  return Promise.all(
    folders.map(async (folder): Promise<Entry> => {
      if (out.has(folder)) return linkEntry(folder);
      const { outline, state, reason } = await runs.outline(folder);
      const { begun, step, steps, best } = outline;
      const score = best === undefined ? "" : ` · ${vscode.l10n.t("validation {0}", percent(best))}`;
      const lives = state === "running" || state === "elsewhere"; // its step is old in a moment
      const word = begun || state !== "unfinished" ? stateWord(state) : vscode.l10n.t("not begun");
      return {
        label: path.basename(folder),
        description: `${word}${score}${steps && !lives ? ` · ${vscode.l10n.t("step {0} of {1}", step, steps)}` : ""}`,
        tooltip: reason ?? folder,
        icon: STATES[state].icon,
        context: `run.${state}`,
        file: folder,
        command: { command: "masklens.showRun", title: vscode.l10n.t("Show run"), arguments: [{ file: folder }] },
      };
    }),
  );
}
