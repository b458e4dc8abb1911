// Collects the texts of the extension and its pages into l10n/bundle.l10n.json, from which translations are made:
// node l10n/collect.mjs. A test asserts that the file is complete, and build/literal-texts.grit that all texts can be found.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { getL10nJson } from "@vscode/l10n-dev";

/** The library knows l10n by the package that it is imported from; pages have one of their own, webview/ui/l10n.ts. */
const IMPORTS = { "src/extension": "", webview: 'import * as l10n from "@vscode/l10n";\n' };

/** Files of one kind as one text, because the library spends most of its time on preparing for each. */
function sources() {
  const kinds = Object.keys(IMPORTS).flatMap((folder) => [".ts", ".tsx"].map((extension) => ({ folder, extension })));
  return kinds.map(({ folder, extension }) => {
    const files = readdirSync(folder, { recursive: true }).filter((file) => path.extname(file) === extension);
    const texts = files.map((file) => readFileSync(path.join(folder, file), "utf8"));
    return { extension, contents: [IMPORTS[folder], ...texts].join("\n") };
  });
}

/** Each text under itself, sorted. */
export async function collect() {
  const texts = await getL10nJson(sources());
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync("l10n/bundle.l10n.json", `${JSON.stringify(await collect(), null, 2)}\n`);
