// Which folders hold base models: the Hub's layout in folders that people name, and in the Hub's own cache. No vscode.

import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { messageOf } from "../errors.ts";
import { type ModelConfig, readConfig } from "../model/config.ts";

export interface ModelFolder {
  readonly folder: string;
  /** null where it cannot be read as one of the known families; `reason` says why. */
  readonly config: ModelConfig | null;
  readonly reason: string | null;
  /** Of the weights, in bytes. */
  readonly bytes: number;
}

/** Whether a folder's files are a model's: a config and safetensors, of which adaptations do not count. */
export function looksLikeModel(names: readonly string[]): boolean {
  return names.includes("config.json") && names.some(isWeights);
}

const isWeights = (name: string) => name.endsWith(".safetensors") && !/\.(mask|tuned)\.safetensors$/.test(name);

/** The model in a folder; undefined where there is none. Only its config is read. */
export async function readModelFolder(folder: string): Promise<ModelFolder | undefined> {
  const names = await namesIn(folder);
  if (!looksLikeModel(names)) return undefined;
  const sizes = await Promise.all(
    names.filter(isWeights).map((name) =>
      stat(path.join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  try {
    return { folder, config: await readConfig(folder), reason: null, bytes };
  } catch (error) {
    return { folder, config: null, reason: messageOf(error), bytes };
  }
}

/** The models in a folder that a person has named: the folder itself, or those directly in it. */
export async function modelsIn(folder: string): Promise<ModelFolder[]> {
  const itself = await readModelFolder(folder);
  if (itself) return [itself];
  const below = await Promise.all((await namesIn(folder)).map((name) => readModelFolder(path.join(folder, name))));
  return below.filter((model) => model !== undefined);
}

/** Where the Hub's clients keep what they fetch, by their own environment variables. */
export function hubCache(environment: NodeJS.ProcessEnv): string {
  if (environment.HF_HUB_CACHE) return environment.HF_HUB_CACHE;
  if (environment.HF_HOME) return path.join(environment.HF_HOME, "hub");
  return path.join(environment.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "huggingface", "hub");
}

/** The newest snapshot of each model in the Hub's cache (models--ORGANISATION--NAME/snapshots/REVISION). */
export async function modelsInCache(cache: string): Promise<ModelFolder[]> {
  const models = (await namesIn(cache)).filter((name) => name.startsWith("models--"));
  const found = await Promise.all(
    models.map(async (name) => {
      const snapshots = path.join(cache, name, "snapshots");
      const revisions = await Promise.all(
        (await namesIn(snapshots)).map(async (revision) => {
          const folder = path.join(snapshots, revision);
          return { model: await readModelFolder(folder), time: (await stat(folder)).mtimeMs };
        }),
      );
      return revisions.sort((a, b) => b.time - a.time).find(({ model }) => model)?.model;
    }),
  );
  return found.filter((model) => model !== undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
