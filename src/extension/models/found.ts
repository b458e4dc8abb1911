// Finds base models in the workspace, in the folders from the settings, and in the Hub's cache.

import path from "node:path";
import * as vscode from "vscode";
import { find, type InWorkspace, linked } from "../ui/search.ts";
import { hubCache, modelsIn, modelsInCache, WEIGHTS_PATTERN } from "./model-folders.ts";

/** Workspace folders with weights, even without a config, and the models in the settings' folders and in the Hub's cache. */
export async function findModels(): Promise<InWorkspace[]> {
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

/** The folders to search for a base model that has moved. */
export async function modelFolders(): Promise<string[]> {
  return (await findModels()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
}
