// Collects the texts of the extension and its pages into l10n/bundle.l10n.json, from which translations are made:
// node l10n/collect.mjs. A test asserts that the file is complete.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** First arguments of l10n.t("…") in the extension and of t("…") in the pages; and the texts that tables hold for them. */
const CALLS = /(?:\bl10n\.t|(?<![\w.$])t)\(\s*("(?:[^"\\]|\\.)*")/g;
const TABLES = { "src/extension/runs/train.ts": /^ {4}(?:label|description): ("(?:[^"\\]|\\.)*")/gm };
const TASK_TABLES = /^ {2}\w+: ("(?:[^"\\]|\\.)*"),$|(?:label|description): ("(?:[^"\\]|\\.)*")/gm;

function sources() {
  return ["src/extension", "webview"]
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => path.posix.join(folder, String(file))))
    .filter((file) => /\.tsx?$/.test(file))
    .sort();
}

/** Each text under itself, sorted. */
export function collect() {
  const texts = new Set();
  for (const file of sources()) {
    const code = readFileSync(file, "utf8");
    for (const [, text] of code.matchAll(CALLS)) texts.add(JSON.parse(text));
    if (TABLES[file]) for (const [, text] of code.matchAll(TABLES[file])) texts.add(JSON.parse(text));
    if (file === "src/extension/tasks/new-task.ts")
      for (const [, first, second] of code.matchAll(TASK_TABLES)) texts.add(JSON.parse(first ?? second));
  }
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync("l10n/bundle.l10n.json", `${JSON.stringify(collect(), null, 2)}\n`);
