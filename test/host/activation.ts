// What VS Code calls for `npm run bench editor`: how long the extension's start took, into figures.json in the workspace.

import * as vscode from "vscode";
import { until } from "./until.ts";

const ID = "masklens.masklens";

/** Milliseconds for loading the extension's code, calling `activate` and finishing it, by the editor's own account. */
export async function activation(): Promise<number> {
  await vscode.commands.executeCommand("masklens.refresh");
  await vscode.commands.executeCommand("perfview.show");
  const line = await until(() => {
    const text = vscode.window.activeTextEditor?.document.getText() ?? "";
    return text.split("\n").find((line) => line.includes(ID) && line.split("|").length > 5);
  });
  // | extension | eager | load code | call activate | finish activate | event | by |
  const cells = line.split("|").map((cell) => cell.trim());
  const times = cells.filter((cell) => /^\d+$/.test(cell)).map(Number);
  if (times.length !== 3) throw new Error(`not three times: ${line}`);
  return times.reduce((sum, time) => sum + time, 0);
}

export async function run(): Promise<void> {
  const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, "figures.json");
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ activation: await activation() })));
}
