// What the editor's own JSON support makes of the schemas.

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { until } from "./until.ts";

describe("the schemas in VS Code", () => {
  for (const [what, name, key, about, typo] of [
    ["a task file", "new.task.json", "encoding", /encoding of the data files/, "clumns"],
    ["a run.json", "masks/new/run.json", "learningRate", /^peak learning rate of Adam/, "epoch"],
  ] as const)
    it(`complete ${what}, explain its keys, and mark what is no key`, async () => {
      const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);
      await vscode.workspace.fs.writeFile(file, Buffer.from(`{\n  "${typo}": 1,\n  \n}\n`));
      const { document } = await vscode.window.showTextDocument(file); // what is not shown is not checked
      const item = await until(async () => {
        const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
          "vscode.executeCompletionItemProvider",
          file,
          new vscode.Position(2, 2),
        );
        return items.find(({ label }) => label === key);
      });
      const { documentation } = item;
      assert.match(typeof documentation === "string" ? documentation : (documentation?.value ?? ""), about);
      const marked = await until(() =>
        vscode.languages.getDiagnostics(file).find(({ message }) => message.includes(typo)),
      );
      assert.equal(document.getText(marked.range), `"${typo}"`);
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    });
});
