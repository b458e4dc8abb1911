// Finds base models in the Hub's layout, in folders from the settings and in the Hub's cache. Independent of vscode.

import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { messageOf } from "../../errors.ts";
import { ADAPTATION_ENDING } from "../../file-name.ts";
import { type ModelConfig, readConfig } from "../../model/config.ts";
import { mainRevision } from "../../model/folder.ts";

export interface ModelFolder {
  readonly folder: string;
  /** null if the config is unreadable or its family is not supported; `reason` says why. */
  readonly config: ModelConfig | null;
  readonly reason: string | null;
  /** The total size of the weight files. */
  readonly bytes: number;
}

/** A glob pattern for the files that identify a folder with weights. */
export const WEIGHTS_PATTERN =
  "{model.safetensors,model.safetensors.index.json,pytorch_model.bin,pytorch_model.bin.index.json}";

/** Whether these are a model's files: a config, and weights other than adaptations. */
export function looksLikeModel(names: readonly string[]): boolean {
  return names.includes("config.json") && weightsAmong(names).length > 0;
}

/** The weight files to read: safetensors, or if there are none, those written by torch.save. */
function weightsAmong(names: readonly string[]): string[] {
  const safe = names.filter((name) => name.endsWith(".safetensors") && !ADAPTATION_ENDING.test(name));
  return safe.length ? safe : names.filter((name) => /^pytorch_model(-.*)?\.bin$/.test(name));
}

/** The model in a folder; undefined if there is none. Only its config is read. */
export async function readModelFolder(folder: string): Promise<ModelFolder | undefined> {
  const names = await namesIn(folder);
  if (!looksLikeModel(names)) return undefined;
  const sizes = await Promise.all(
    weightsAmong(names).map((name) =>
      stat(path.join(folder, name)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  if (!sizes.every((size) => size !== undefined)) return undefined; // a link in the Hub's cache to a deleted file
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  try {
    return { folder, config: await readConfig(folder), reason: null, bytes };
  } catch (error) {
    return { folder, config: null, reason: messageOf(error), bytes };
  }
}

/**
 * The models in a folder from the settings: the folder itself, its snapshot if it is a model's folder in the Hub's cache, or
 * otherwise the models in its direct subfolders.
 */
export async function modelsIn(folder: string): Promise<ModelFolder[]> {
  const itself = (await readModelFolder(folder)) ?? (await snapshotOf(folder));
  if (itself) return [itself];
  const below = await Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const inner = path.join(folder, name);
      return (await readModelFolder(inner)) ?? (await snapshotOf(inner));
    }),
  );
  return below.filter((model) => model !== undefined);
}

/** The cache folder of the Hub's clients, from their environment variables. */
export function hubCache(environment: NodeJS.ProcessEnv): string {
  if (environment.HF_HUB_CACHE) return environment.HF_HUB_CACHE;
  if (environment.HF_HOME) return path.join(environment.HF_HOME, "hub");
  return path.join(environment.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "huggingface", "hub");
}

/**
 * The models in the Hub's cache (models--ORG--NAME): for each model, the snapshot of its main branch or, if that
 * snapshot is missing or incomplete, the newest complete snapshot.
 */
export async function modelsInCache(cache: string): Promise<ModelFolder[]> {
  const names = (await namesIn(cache)).filter((name) => name.startsWith("models--"));
  const found = await Promise.all(names.map((name) => snapshotOf(path.join(cache, name))));
  return found.filter((model) => model !== undefined);
}

async function snapshotOf(repository: string): Promise<ModelFolder | undefined> {
  const main = await mainRevision(repository);
  const snapshots = path.join(repository, "snapshots");
  const revisions = await Promise.all(
    (await namesIn(snapshots)).map(async (revision) => {
      const folder = path.join(snapshots, revision);
      const time = revision === main ? Number.POSITIVE_INFINITY : await timeOf(folder);
      return { model: await readModelFolder(folder), time };
    }),
  );
  return revisions.sort((a, b) => b.time - a.time).find(({ model }) => model)?.model;
}

/** When the file was modified, in milliseconds since 1970; 0 if it does not exist. */
async function timeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
