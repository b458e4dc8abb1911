// What lies in the workspace: base models, tasks, adaptations, runs. Only names and headers are read.

import { open } from "node:fs/promises";
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
  return [...new Set([...weights.map((file) => path.dirname(file)), ...outside])].map((folder) => ({ folder }));
}

/** The folders of `findModels`, among which a base model is looked for that has moved. */
export async function modelFolders(): Promise<string[]> {
  return (await findModels()).map(({ folder }) => folder);
}

export async function findTasks(): Promise<FoundTask[]> {
  return (await find("**/*.task.json")).map((file) => ({ file, name: path.basename(file, ".task.json") }));
}

export async function findAdaptations(): Promise<FoundAdaptation[]> {
  const files = await find("**/*.{mask,tuned}.safetensors");
  return Promise.all(files.map(readHead));
}

export async function findRuns(): Promise<FoundRun[]> {
  return (await find("**/run.json")).map((file) => ({ folder: path.dirname(file) }));
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
