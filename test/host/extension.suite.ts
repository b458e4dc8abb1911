// The extension inside VS Code's own extension host.

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { until } from "./until.ts";

const ID = "masklens.masklens";

const extension = () => vscode.extensions.getExtension(ID)!;
const contributed = (key: string) => extension().packageJSON.contributes[key];

describe("the extension in VS Code", () => {
  before(async () => {
    assert.ok(extension(), "VS Code knows the extension");
    await vscode.commands.executeCommand("masklens.refresh");
  });

  it("is activated by its own commands", () => {
    assert.equal(extension().isActive, true);
  });

  it("registers every command that package.json contributes", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = (contributed("commands") as { command: string }[]).filter(({ command }) => !known.has(command));
    assert.deepEqual(missing, []);
  });

  it("shows its three views", async () => {
    for (const { id } of contributed("views").masklens as { id: string }[])
      await vscode.commands.executeCommand(`${id}.focus`);
  });

  it("loads no native module into the extension host", () => {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    assert.deepEqual(
      sharedObjects.filter((file) => /onnxruntime|koffi|masklens.*\.node$/.test(file)),
      [],
    );
    assert.deepEqual(
      Object.keys(require.cache).filter((file) => file.startsWith(extension().extensionPath) && file.endsWith(".node")),
      [],
    );
  });

  it("opens a mask with its custom editor, a damaged one as well", async () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri;
    const file = vscode.Uri.joinPath(folder, "damaged.mask.safetensors");
    await vscode.workspace.fs.writeFile(file, new Uint8Array(3));
    await vscode.commands.executeCommand("vscode.open", file);
    const input = await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.input);
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, "masklens.heatmap");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
});
