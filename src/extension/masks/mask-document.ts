// An open mask file: its thread and the counts so far. Counting starts with the file, not with its page.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { areSeeds } from "../../mask/seeds.ts";
import type { SeedView, ToHeatmap } from "../../messages.ts";
import { isTrusted } from "../ui/trust.ts";
import { adaptationName } from "../ui/words.ts";
import { findAdaptations, readHead } from "./found.ts";
import { ShownMasks } from "./shown-masks.ts";
import { MaskService } from "./thread/mask-service.ts";
import type { DescribeEvent } from "./thread/requests.ts";

export class MaskDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly shown: ShownMasks<ToHeatmap>;
  #file!: Promise<string>;

  constructor(uri: vscode.Uri) {
    this.uri = uri;
    this.shown = new ShownMasks([uri.fsPath], (service, tell, signal) => this.#count(service, tell, signal));
  }

  /** The file to read: an older version from git is copied to disk. */
  get file(): Promise<string> {
    return this.#file;
  }

  dispose(): void {
    this.shown.dispose();
  }

  async #count(service: MaskService, tell: (message: ToHeatmap) => void, signal: AbortSignal): Promise<void> {
    this.#file = this.uri.scheme === "file" ? Promise.resolve(this.uri.fsPath) : copyOf(this.uri, signal);
    const file = await this.#file;
    const post = (event: DescribeEvent) =>
      tell("progress" in event ? { type: "progress", ...event } : { type: "description", ...event });
    const whole = await service.ask("describe", { file }, { onEvent: post });
    if (signal.aborted) return;
    this.shown.told.forget(); // the complete description contains the parts
    post(whole);
    if (isTrusted()) await findSeeds(file, signal, (seeds) => tell({ type: "seeds", seeds }));
  }
}

/** A temporary copy, under its own name, of a document that is not on disk; deleted when the signal fires. */
async function copyOf(uri: vscode.Uri, signal: AbortSignal): Promise<string> {
  const bytes = await vscode.workspace.fs.readFile(uri);
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-"));
  const remove = () => void rm(folder, { recursive: true, force: true });
  const file = path.join(folder, path.posix.basename(uri.path));
  await writeFile(file, bytes);
  if (signal.aborted) remove();
  else signal.addEventListener("abort", remove);
  return file;
}

/**
 * Finds masks of the same task with other seeds in the workspace and reports each when it is counted, in a separate thread so
 * that this mask's matrices need not wait; the thread ends afterwards to free its memory.
 */
async function findSeeds(file: string, signal: AbortSignal, tell: (seeds: readonly SeedView[]) => void): Promise<void> {
  const { metadata: own } = await readHead(file);
  if (!own) return;
  const taken = new Set([own.initial?.maskSeed]);
  const seeds: SeedView[] = [];
  let others: MaskService | undefined;
  const stop = () => others?.dispose();
  signal.addEventListener("abort", stop);
  for (const { file: other, metadata } of await findAdaptations()) {
    if (!metadata?.initial || !areSeeds(own, metadata) || taken.has(metadata.initial.maskSeed)) continue;
    if (signal.aborted) return;
    others ??= new MaskService();
    const { maskSeed } = metadata.initial;
    // An unreadable mask reports its error when it is opened.
    const described = await others.ask("describe", { file: other }).catch(() => undefined);
    if (!described || described.description.pruned === null) continue;
    taken.add(maskSeed);
    const name = adaptationName(other);
    const runSeed = metadata.seeds.run;
    seeds.push({ name, maskSeed, runSeed, heads: described.description.heads });
    tell([...seeds]);
  }
  stop();
}
