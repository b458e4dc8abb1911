// An open mask file: its thread, and what has been counted so far. Counting begins with the file, not with its page.

import path from "node:path";
import * as vscode from "vscode";
import type { SeedView, ToHeatmap } from "../../webview/messages.ts";
import { messageOf } from "../errors.ts";
import { areSeeds } from "../mask/seeds.ts";
import { findAdaptations, readHead } from "./found.ts";
import type { DescribedPart } from "./mask-requests.ts";
import { MaskService } from "./mask-service.ts";
import { Told } from "./told.ts";
import { adaptationName } from "./words.ts";

export class MaskDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly #script: string;
  readonly #watcher: vscode.FileSystemWatcher;
  readonly #changed = new vscode.EventEmitter<void>();
  /** The file was written anew: pages begin again. */
  readonly onChange = this.#changed.event;
  /** What is known of the file, for its pages. */
  readonly told = new Told<ToHeatmap>();
  #service: MaskService | undefined;
  /** Counts other seeds, so that this mask's matrices need not wait; its memory is given back afterwards. */
  #others: MaskService | undefined;

  constructor(uri: vscode.Uri, script: string) {
    [this.uri, this.#script] = [uri, script];
    const { dir, base } = path.parse(uri.fsPath);
    this.#watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(dir), base));
    const again = () => {
      this.#end();
      this.#begin();
      this.#changed.fire();
    };
    this.#watcher.onDidChange(again);
    this.#watcher.onDidCreate(again); // a file that is replaced as a whole
    this.#begin();
  }

  /** The thread that reads the mask. */
  get service(): MaskService {
    if (!this.#service) throw this.#elsewhere();
    return this.#service;
  }

  #elsewhere(): Error {
    return new Error(
      vscode.l10n.t(
        "Masks are read from the disk, and this one is a {0}: document. Save it to a file, or compare two files with Diff Masks.",
        this.uri.scheme,
      ),
    );
  }

  dispose(): void {
    this.#end();
    this.#watcher.dispose();
    this.#changed.dispose();
  }

  #end(): void {
    this.#service?.dispose();
    this.#others?.dispose();
    this.#others = undefined;
    this.told.forget();
  }

  #begin(): void {
    const service = this.uri.scheme === "file" ? new MaskService(this.#script) : undefined;
    this.#service = service;
    const tell = (message: ToHeatmap) => {
      if (service === this.#service) this.told.tell(message); // else it is of the file as it was
    };
    if (!service) tell({ type: "failed", message: this.#elsewhere().message });
    else this.#count(service, tell).catch((error) => tell({ type: "failed", message: messageOf(error) }));
  }

  async #count(service: MaskService, tell: (message: ToHeatmap) => void): Promise<void> {
    const file = this.uri.fsPath;
    const post = (part: DescribedPart) =>
      tell("progress" in part ? { type: "progress", ...part } : { type: "description", ...part });
    const whole = await service.ask("describe", { file }, post);
    if (service === this.#service) this.told.forget(); // the parts are in the whole
    post(whole);
    const counting = () => {
      this.#others ??= new MaskService(this.#script);
      return this.#others;
    };
    await findSeeds(file, counting, (seeds) => tell({ type: "seeds", seeds }));
    if (service === this.#service) this.#others?.dispose();
  }
}

/** Looks for other seeds of the mask's task in the workspace, and tells of each when it is counted. */
async function findSeeds(
  file: string,
  counting: () => MaskService,
  tell: (seeds: readonly SeedView[]) => void,
): Promise<void> {
  const { metadata: own } = await readHead(file);
  if (!own) return;
  const taken = new Set([own.initial?.maskSeed]);
  const seeds: SeedView[] = [];
  for (const { file: other, metadata } of await findAdaptations()) {
    if (!metadata?.initial || !areSeeds(own, metadata) || taken.has(metadata.initial.maskSeed)) continue;
    const { maskSeed } = metadata.initial;
    // A mask that cannot be read is told of where it is opened itself.
    const described = await counting()
      .ask("describe", { file: other })
      .catch(() => undefined);
    if (!described || described.description.dropped === null) continue;
    taken.add(maskSeed);
    const name = adaptationName(other);
    seeds.push({ name, maskSeed, heads: described.description.heads });
    tell([...seeds]);
  }
}
