// node build/sizes.mjs: fails if a source or test file has more than 400 lines, or a folder more than 24 files.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const MOST_LINES = 400;
const MOST_FILES = 24;

/** Whether a file counts: TypeScript that is not a fixture. */
export const measured = (file) => /\.tsx?$/.test(file) && !file.startsWith("test/fixtures/");

/** A sentence for each file or folder that is too large; `files` maps paths to texts. */
export function tooLarge(files) {
  const folders = new Map();
  const faults = [];
  for (const [file, text] of Object.entries(files)) {
    const lines = text.split("\n").length - 1;
    if (lines > MOST_LINES) faults.push(`${file} has ${lines} lines, over ${MOST_LINES}: split it by purpose`);
    const folder = path.posix.dirname(file);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of folders)
    if (count > MOST_FILES) faults.push(`${folder} has ${count} files, over ${MOST_FILES}: split it by purpose`);
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "src", "webview", "test"], {
    encoding: "utf8",
  });
  const files = names.split("\n").filter(measured);
  const faults = tooLarge(Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")])));
  if (faults.length) {
    console.error(faults.join("\n"));
    process.exit(1);
  }
}
