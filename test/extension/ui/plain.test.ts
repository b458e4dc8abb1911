import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { plain, plainLines, pressed } from "../../../src/extension/ui/plain.ts";
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

test("a button is shown as plain text, and the one that was pressed comes back as it was handed in", async () => {
  const buttons = ["Show", "[a](command:x) $(zap)\u202e"];
  for (const text of HOSTILE) {
    const chosen = await pressed([text], async ([shown]) => {
      assert.doesNotMatch(shown!, /\]\(|\$\(/);
      assert.doesNotMatch(shown!, UNSAFE);
      return shown;
    });
    assert.equal(chosen, text);
  }
  assert.equal(await pressed(buttons, async (shown) => shown[1]), buttons[1]);
  assert.equal(await pressed(buttons, async () => undefined), undefined);
});

test("messages, titles, prompts and placeholders go to the editor as plain text alone", () => {
  const code = readFileSync("src/extension/ui/window.ts", "utf8");
  const handed = code.match(
    /\b(title|prompt|placeHolder|detail|tooltip|message|validationMessage|text): [^,}\n]+|\bMessage\((?!.*\bplain\()/g,
  )!;
  const toEditor = handed.filter((part) => !/: (string|readonly)\b/.test(part));
  assert.ok(toEditor.length > 8, String(toEditor));
  for (const part of toEditor) assert.match(part, /: plain(Lines)?\(|\(plain\(/, part);
  assert.doesNotMatch(code, /\.\.\.buttons\)/);
});
