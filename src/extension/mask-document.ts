// An open mask file: its thread, and what has been counted so far. Counting begins with the file, not with its page.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { SeedView, ToHeatmap } from "../../webview/messages.ts";
import { messageOf } from "../errors.ts";
import { areSeeds } from "../mask/seeds.ts";
import { findAdaptations, readHead } from "./found.ts";
import type { DescribedPart } from "./mask-requests.ts";
import { MaskService } from "./mask-service.ts";
import { Told } from "./told.ts";
import { onWritten } from "./watch.ts";
import { adaptationName } from "./words.ts";

export class MaskDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly #script: string;
  readonly #watcher: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<void>();
  /** The file was written anew: pages begin again. */
  readonly onChange = this.#changed.event;
  /** What is known of the file, for its pages. */
  readonly told = new Told<ToHeatmap>();
  #service!: MaskService;
  #file!: Promise<string>;
  /** Counts other seeds, so that this mask's matrices need not wait; its memory is given back afterwards. */
  #others: MaskService | undefined;
  #isOpen = true;

  constructor(uri: vscode.Uri, script: string) {
    [this.uri, this.#script] = [uri, script];
    this.#watcher = onWritten(uri.fsPath, () => {
      this.#end();
      this.#begin();
      this.#changed.fire();
    });
    this.#begin();
  }

  /** The thread that reads the mask. */
  get service(): MaskService {
    return this.#service;
  }

  /** Where it reads it: an older version out of git is copied to the disk. */
  get file(): Promise<string> {
    return this.#file;
  }

  dispose(): void {
    this.#isOpen = false;
    this.#end();
    this.#watcher.dispose();
    this.#changed.dispose();
  }

  #end(): void {
    this.#service.dispose();
    this.#others?.dispose();
    if (this.uri.scheme !== "file")
      void this.#file.then((file) => rm(path.dirname(file), { recursive: true })).catch(() => undefined);
    this.told.forget();
  }

  #begin(): void {
    const service = new MaskService(this.#script);
    this.#service = service;
    this.#file = this.uri.scheme === "file" ? Promise.resolve(this.uri.fsPath) : copyOf(this.uri);
    /** Whether the file is still shown as it was when this began. */
    const isShown = () => this.#isOpen && service === this.#service;
    const tell = (message: ToHeatmap) => {
      if (isShown()) this.told.tell(message);
    };
    this.#count(service, tell, isShown).catch((error) => tell({ type: "failed", message: messageOf(error) }));
  }

  async #count(service: MaskService, tell: (message: ToHeatmap) => void, isShown: () => boolean): Promise<void> {
    const file = await this.#file;
    const post = (part: DescribedPart) =>
      tell("progress" in part ? { type: "progress", ...part } : { type: "description", ...part });
    const whole = await service.ask("describe", { file }, post);
    if (isShown()) this.told.forget(); // the parts are in the whole
    post(whole);
    let others: MaskService | undefined;
    const counting = () => {
      others ??= new MaskService(this.#script);
      this.#others = others;
      return others;
    };
    try {
      await findSeeds(file, counting, isShown, (seeds) => tell({ type: "seeds", seeds }));
    } finally {
      others?.dispose();
    }
  }
}

/** A copy of a document that does not lie on the disk, in a folder of its own and under its own name. */
async function copyOf(uri: vscode.Uri): Promise<string> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  const file = path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), path.posix.basename(uri.path));
  await writeFile(file, bytes);
  return file;
}

/** Looks for other seeds of the mask's task in the workspace, and tells of each when it is counted, while it is shown. */
async function findSeeds(
  file: string,
  counting: () => MaskService,
  isShown: () => boolean,
  tell: (seeds: readonly SeedView[]) => void,
): Promise<void> {
  const { metadata: own } = await readHead(file);
  if (!own) return;
  const taken = new Set([own.initial?.maskSeed]);
  const seeds: SeedView[] = [];
  for (const { file: other, metadata } of await findAdaptations()) {
    if (!metadata?.initial || !areSeeds(own, metadata) || taken.has(metadata.initial.maskSeed)) continue;
    if (!isShown()) return;
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
