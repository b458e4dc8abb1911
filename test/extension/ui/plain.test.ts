import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { plain, plainLines } from "../../../src/extension/ui/plain.ts";
import { HOSTILE, UNSAFE } from "../../hostile-strings.ts";

test("no hostile string is a link or an icon to the editor, and what is read stays", () => {
  for (const text of HOSTILE)
    for (const shown of [plain(text), plain(text, 1000), plainLines(text), plain(`${text}${text}`)]) {
      assert.doesNotMatch(shown, /\]\(/, "a link is [text](target), without a space between the brackets");
      assert.doesNotMatch(shown, /\$\(/, "an icon is $(name)");
      assert.doesNotMatch(shown, UNSAFE);
    }
  assert.equal(plain("see [this](command:x) and $(zap)"), "see [this] (command:x) and $ (zap)");
  assert.equal(plain("a\nb"), "a\\nb");
  assert.equal(plainLines("a\nb"), "a\nb");
  assert.ok(plain("n".repeat(10_000)).length < 200);
});

/** What shows text of the editor's own, by the file that alone may call it. */
const ONLY: readonly (readonly [call: RegExp, file: string])[] = [
  [/\bshow(Error|Information|Warning)Message\b/, "window.ts"],
  [/\b(showQuickPick|createQuickPick|showInputBox|createInputBox|showWorkspaceFolderPick)\b/, "window.ts"],
  [/\b(withProgress|createStatusBarItem|setStatusBarMessage|createWebviewPanel)\b/, "window.ts"],
  [/\bnew vscode\.TreeItem\b/, "entry-view.ts"],
  [/\bcreateOutputChannel\b/, "log.ts"],
];

test("each surface of the editor is reached by one file alone, and none by Markdown", () => {
  const files = readdirSync("src/extension", { recursive: true }).map(String);
  for (const file of files.filter((file) => file.endsWith(".ts"))) {
    const code = readFileSync(path.join("src/extension", file), "utf8");
    const name = path.basename(file);
    for (const [call, only] of ONLY) if (name !== only) assert.doesNotMatch(code, call, `${file} has ${only} for it`);
    assert.doesNotMatch(
      code,
      /\bMarkdownString\b|createTerminal|createDiagnosticCollection|registerHoverProvider/,
      name,
    );
    assert.doesNotMatch(code, /\benableCommandUris\b|\bsupportHtml\b|\bisTrusted: true/, name);
  }
});
