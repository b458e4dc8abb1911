// What lies in the workspace: base models, tasks, adaptations, runs. Only names and headers are read.

import { open, readFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../errors.ts";
import { type MaskMetadata, parseMetadata } from "../mask/metadata.ts";
import { headerLength, parseHeader } from "../safetensors.ts";
import { hubCache, modelsIn, modelsInCache } from "./model-folders.ts";

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

async function find(pattern: string): Promise<string[]> {
  const found = await vscode.workspace.findFiles(pattern, SKIPPED, MOST);
  return found
    .filter(({ scheme }) => scheme === "file")
    .map(({ fsPath }) => fsPath)
    .sort();
}

/** Folders with weights and a config: of the workspace, of the folders that the settings add, and of the Hub's cache. */
export async function findModels(): Promise<FoundModel[]> {
  const weights = await find("**/{model.safetensors,model.safetensors.index.json}");
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
      const { size } = await handle.stat();
      const first = new Uint8Array(Math.min(8, size));
      await handle.read(first, 0, first.length, 0);
      const json = new Uint8Array(headerLength(first, size, file));
      await handle.read(json, 0, json.length, first.length);
      const { metadata } = parseHeader(json, size, file);
      const values = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, JSON.parse(value)]));
      return { file, metadata: parseMetadata(values, file) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { file, fault: messageOf(error) };
  }
}

/** A run's events so far; a line that was cut off is left out. */
export async function readEvents<E>(folder: string): Promise<E[]> {
  const text = await readFile(path.join(folder, "log.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as E];
    } catch {
      return [];
    }
  });
}
