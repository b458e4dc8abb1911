// What lies in the workspace: base models, tasks, adaptations, runs. Only names and headers are read.

import { open, realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../errors.ts";
import { metadataOf } from "../mask/file.ts";
import type { MaskMetadata } from "../mask/metadata.ts";
import { readHeader } from "../safetensors-file.ts";
import { hubCache, modelsIn, modelsInCache, WEIGHTS_PATTERN } from "./model-folders.ts";

const SKIPPED = "**/{node_modules,.git,.venv}/**";
/** A view of more entries than this would help nobody. */
const MOST = 2000;

export interface FoundModel {
  readonly folder: string;
  /** It lies in the workspace by a link that leads out of it: nothing of it is read unasked. */
  readonly leadsOut?: true;
}

export interface FoundTask {
  readonly file: string;
  readonly name: string;
}

export interface FoundAdaptation {
  readonly file: string;
  /** undefined where the file is damaged; `fault` says how. */
  readonly metadata?: MaskMetadata;
  readonly fault?: string;
}

export interface FoundRun {
  readonly folder: string;
  /** As of a model. */
  readonly leadsOut?: true;
}

/** "run2" before "run10", as the explorer has it. */
const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

async function find(pattern: string): Promise<string[]> {
  const found = await vscode.workspace.findFiles(pattern, SKIPPED, MOST);
  return found
    .filter(({ scheme }) => scheme === "file")
    .map(({ fsPath }) => fsPath)
    .sort(inOrder);
}

/** Folders with weights and a config: of the workspace, of the folders that the settings add, and of the Hub's cache. */
export async function findModels(): Promise<FoundModel[]> {
  const weights = await find(`**/${WEIGHTS_PATTERN}`);
  const named = vscode.workspace.getConfiguration("masklens").get<string[]>("modelFolders", []);
  const added = await Promise.all(named.map(modelsIn));
  const cached = await modelsInCache(hubCache(process.env));
  const outside = [...added.flat(), ...cached].map(({ folder }) => folder);
  const inside = [...new Set(weights.map((file) => path.dirname(file)))].filter((folder) => !outside.includes(folder));
  return [
    ...(await Promise.all(inside.map((folder) => linked(folder, ["config.json"])))),
    ...[...new Set(outside)].map((folder) => ({ folder })),
  ];
}

/** The folders of `findModels`, among which a base model is looked for that has moved. */
export async function modelFolders(): Promise<string[]> {
  return (await findModels()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
}

export async function findTasks(): Promise<FoundTask[]> {
  return (await find("**/*.task.json")).map((file) => ({ file, name: path.basename(file, ".task.json") }));
}

export async function findAdaptations(): Promise<FoundAdaptation[]> {
  const files = await find("**/*.{mask,tuned}.safetensors");
  return Promise.all(
    files.map(async (file) =>
      (await leadsOut(file))
        ? { file, fault: vscode.l10n.t("a link out of the workspace, not read before you open it") }
        : readHead(file),
    ),
  );
}

export async function findRuns(): Promise<FoundRun[]> {
  const files = await find("**/run.json");
  return Promise.all(files.map((file) => linked(path.dirname(file), ["run.json", "log.jsonl"])));
}

async function linked(folder: string, files: readonly string[]): Promise<{ folder: string; leadsOut?: true }> {
  const out = await Promise.all(files.map((name) => leadsOut(path.join(folder, name))));
  return out.some(Boolean) ? { folder, leadsOut: true } : { folder };
}

/** Whether a file of the workspace is a link, or lies below one, that leads out of it; one that is not there does not. */
async function leadsOut(file: string): Promise<boolean> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return false;
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) =>
    realpath(uri.fsPath).catch(() => uri.fsPath),
  );
  return (await Promise.all(roots)).every((root) => path.relative(root, real).startsWith(`..${path.sep}`));
}

/** The metadata of an adaptation, from its header alone. */
export async function readHead(file: string): Promise<FoundAdaptation> {
  try {
    const handle = await open(file);
    try {
      const header = await readHeader(handle, (await handle.stat()).size, file);
      return { file, metadata: metadataOf(header, file) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { file, fault: messageOf(error) };
  }
}
