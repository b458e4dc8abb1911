// An open mask file: its thread and the counts so far. Counting starts when the file is opened, without waiting for its page.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { nameAmongAll } from "../../file-name.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { type Apart, apart } from "../../mask/seeds.ts";
import type { ApartView, MaskPlaces, SeedView, ToHeatmap } from "../../messages.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { isTrusted } from "../ui/trust.ts";
import { MaskAttention } from "./attention.ts";
import { MaskEffects } from "./effects.ts";
import { findAdaptations, readHead } from "./found.ts";
import { placeOfTask } from "./moved-tasks.ts";
import { ShownMasks } from "./shown-masks.ts";
import { MaskService } from "./thread/mask-service.ts";
import type { DescribeEvent } from "./thread/requests.ts";

export class MaskDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly shown: ShownMasks<ToHeatmap>;
  readonly effects: MaskEffects;
  readonly attention: MaskAttention;
  /** Fires when more is known of the effects or of the attention. */
  readonly #measured = new vscode.EventEmitter<void>();
  readonly onMeasured = this.#measured.event;
  #file!: Promise<string>;

  constructor(uri: vscode.Uri, serving: ComputeProcess) {
    this.uri = uri;
    this.effects = new MaskEffects(serving, () => this.#measured.fire());
    this.attention = new MaskAttention(serving, () => this.#measured.fire());
    const files = uri.scheme === "file" ? [uri.fsPath] : []; // a version from git never changes
    this.shown = new ShownMasks(files, (service, tell, signal) => this.#count(service, tell, signal));
  }

  /** The file to read: an older version from git is copied to disk. */
  get file(): Promise<string> {
    return this.#file;
  }

  /** What a page that starts now must be told of what was measured. */
  get measured(): ToHeatmap[] {
    return [...this.effects.messages, ...this.attention.messages];
  }

  /** The paths of the base model and the task on this machine. */
  async places(service: MaskService): Promise<MaskPlaces> {
    if (!isTrusted()) return { model: null, task: null, areSearched: false };
    const file = await this.#file;
    const { metadata } = await readHead(file);
    const [model, task] = await Promise.all([service.ask("model", { file }), metadata && placeOfTask(metadata)]);
    return { model, task: task ?? null, areSearched: true };
  }

  dispose(): void {
    this.effects.forget();
    this.attention.forget();
    this.#measured.dispose();
    this.shown.dispose();
  }

  async #count(service: MaskService, tell: (message: ToHeatmap) => void, signal: AbortSignal): Promise<void> {
    this.effects.forget();
    this.attention.forget();
    this.#file = this.uri.scheme === "file" ? Promise.resolve(this.uri.fsPath) : copyOf(this.uri, signal);
    const file = await this.#file;
    const post = (event: DescribeEvent) => {
      if ("unpacked" in event) tell({ type: "unpacked", share: event.unpacked });
      else tell("progress" in event ? { type: "progress", ...event } : { type: "description", ...event });
    };
    const whole = await service.ask("describe", { file }, { onEvent: post });
    if (signal.aborted) return;
    this.shown.told.forget(); // the complete description contains the parts
    post(whole);
    if (isTrusted()) await findSeeds([file, this.uri.fsPath], signal, (found) => tell({ type: "seeds", ...found }));
  }
}

/** A temporary copy, under the same name, of a document that is not on disk; deleted when the signal fires. */
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

interface FoundSeeds {
  readonly seeds: readonly SeedView[];
  /** Masks of the same task that are not repetitions with another seed, and files that could not be read. */
  readonly apart: readonly ApartView[];
}

/**
 * Finds masks of the same task with other seeds in the workspace and reports each as soon as it is counted. Counts them in a
 * separate thread, so that this mask's matrices need not wait; the thread ends afterwards to free its memory.
 */
async function findSeeds(
  [file, shown]: readonly [file: string, shown: string],
  signal: AbortSignal,
  tell: (found: FoundSeeds) => void,
): Promise<void> {
  const { metadata: own } = await readHead(file);
  if (!own) return;
  const taken = new Set<number>();
  const seeds: SeedView[] = [];
  const others: ApartView[] = [];
  let service: MaskService | undefined;
  const stop = () => service?.dispose();
  signal.addEventListener("abort", stop);
  for (const { file: other, metadata, fault } of await findAdaptations()) {
    if (signal.aborted) return;
    if (
      other === file ||
      other === shown ||
      (metadata && (metadata.format !== "mask" || metadata.task.name !== own.task.name))
    )
      continue;
    const found = metadata ? await seedOf(other, metadata) : { why: "unreadable" as const, fault: fault ?? "" };
    if ("why" in found) others.push({ name: nameAmongAll(other), because: found });
    else seeds.push(found);
    tell({ seeds: [...seeds], apart: [...others] });
  }
  stop();

  /** The heads of a mask with another seed, or the reason why it is not used. */
  async function seedOf(other: string, metadata: MaskMetadata): Promise<SeedView | Apart> {
    const because = apart(own!, metadata);
    if (because) return because;
    const { maskSeed } = metadata.initial!;
    if (taken.has(maskSeed)) return { why: "maskSeed", maskSeed };
    service ??= new MaskService();
    try {
      const { heads, pruned } = (await service.ask("describe", { file: other })).description;
      if (pruned === null) return { why: "unknown" };
      taken.add(maskSeed);
      return { name: nameAmongAll(other), maskSeed, runSeed: metadata.seeds.run, heads };
    } catch (error) {
      return { why: "unreadable", fault: messageOf(error) };
    }
  }
}
