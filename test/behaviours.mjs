// npm run behaviours: takes the pictures of the behaviours listed in test/behaviours/POINT.json while their tests run, and writes
// docs/behaviours.md. With --table it writes only the page.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const LISTS = "test/behaviours";
const PICTURES = "docs/behaviours";

/** The lists of behaviours: a title, and rows of a behaviour, the file and name of its test, and its picture. */
export const lists = () =>
  readdirSync(LISTS)
    .sort()
    .map((file) => JSON.parse(readFileSync(path.join(LISTS, file), "utf8")));

/** docs/behaviours.md */
export function page() {
  const row = ({ behaviour, file, test, picture }) =>
    `| ${behaviour} | \`${file}\`: ${test.replaceAll("|", "\\|")} | [${picture}](behaviours/${picture}.jpg) |`;
  const tables = lists().map(({ title, rows }) =>
    [`## ${title}`, "", "| behaviour | test | picture |", "| --- | --- | --- |", ...rows.map(row)].join("\n"),
  );
  const intro =
    "Made by `npm run behaviours`, which runs the tests and takes the pictures while each behaviour is shown to hold.";
  return `${["# Behaviours of the pages and views", intro, ...tables].join("\n\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = [...new Set(lists().flatMap(({ rows }) => rows.map(({ file }) => file)))];
  const env = { ...process.env, MASKLENS_BEHAVIOURS: path.resolve(PICTURES) };
  if (process.argv[2] !== "--table")
    execFileSync(process.execPath, ["test/run.mjs", ...files], { stdio: "inherit", env });
  writeFileSync("docs/behaviours.md", page());
}
