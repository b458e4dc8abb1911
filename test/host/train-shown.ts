// A short run of the sample's task inside VS Code, its page open; for the suite, and for what is measured meanwhile.

import * as vscode from "vscode";

/** Trains two epochs into `masks/NAME` and gives the mask's file; `training` is around the training alone. */
export async function trainShown(
  name: string,
  training: (work: () => PromiseLike<unknown>) => PromiseLike<unknown> = (work) => work(),
): Promise<vscode.Uri> {
  const options = { model: "../../model", task: "../../tasks/sentiment.task.json", out: ".", layers: "all", epochs: 2 };
  const folder = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, "masks", name);
  const file = vscode.Uri.joinPath(folder, "run.json");
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(options)));
  await vscode.commands.executeCommand("masklens.showRun", { file: folder.fsPath }); // its page draws each step
  await training(() => vscode.commands.executeCommand("masklens.trainFile", file));
  return vscode.Uri.joinPath(folder, `${name}.mask.safetensors`);
}
