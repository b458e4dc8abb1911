// What the documentation names is there: commands, flags, scripts, benchmarks, files; and its examples are read.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseDescription } from "../src/data/description.ts";
import { parseStudy } from "../src/study/description.ts";
import { masklens } from "./cli/run.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(page, "utf8");

/** The links of a page, and what each leads to. */
function linksOf(page: string): { link: string; file: string; heading: string | undefined }[] {
  return [...textOf(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(([link, name, heading]) => ({
    link,
    file: name ? path.join(path.dirname(page), name) : page,
    heading,
  }));
}

/** The headings of a page as GitHub names them in links, and the names that the page itself gives to places. */
function headingsOf(page: string): string[] {
  const text = textOf(page);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/^<a id="([\w-]+)"><\/a>$/gm)].map(([, name]) => name!)];
}

test("every task file that the documentation shows is one", () => {
  const examples = ["README.md", "docs/tasks.md"].flatMap((page) =>
    [...textOf(page).matchAll(/```json\n(.*?)```/gs)].map(([, json]) => ({ page, json: json! })),
  );
  assert.equal(examples.length, 12);
  for (const { page, json } of examples) parseDescription(JSON.parse(json), path.resolve(page));
});

test("the study that the documentation shows is one", () => {
  const [, json] = /```json\n(.*?)```/s.exec(textOf("docs/studies.md"))!;
  assert.equal(parseStudy(JSON.parse(json!), path.resolve("docs/study.json")).methods.length, 2);
});

test("every command and flag of the command line that the documentation names is there", async () => {
  const flags = new Map<string, ReadonlySet<string>>();
  const { out: overview } = await masklens(["--help"]);
  for (const [, name] of overview.matchAll(/^ {2}(\w+) /gm)) {
    const { out: help } = await masklens([name!, "--help"]);
    flags.set(name!, new Set([...help.matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag]) => flag!)));
  }
  const calls = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\bmasklens ([a-z]+)\b([^\n`|]*)/g)].map(([call, name, rest]) => ({
      call,
      name: name!,
      rest: rest!,
    })),
  );
  assert.ok(calls.length >= 10);
  for (const { call, name, rest } of calls) {
    const known = flags.get(name);
    assert.ok(known, call);
    for (const [, flag] of rest.matchAll(/ --([\w-]+)/g)) assert.ok(known.has(flag!), call);
  }
  const table = textOf("docs/command-line.md");
  for (const name of flags.keys()) assert.ok(table.includes(`\n| \`${name}\` |`), name);
});

test("every command of the editor that the documentation names is there", () => {
  const titles = Object.values(JSON.parse(textOf("package.nls.json")) as Record<string, string>);
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\*MaskLens: ([^*]+)\*|\*([A-Z][^*]*…)\*/g)].map(([, own, after]) => own ?? after!),
  );
  assert.ok(named.length >= 5);
  assert.deepEqual(
    named.filter((name) => !titles.includes(name)),
    [],
  );
});

test("every script and benchmark that the documentation names is there, and none is left out", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) => [...textOf(page).matchAll(/npm (?:run (\w+)|(start|test)\b)/g)]);
  for (const [call, run, own] of named) assert.ok(Object.hasOwn(scripts, run ?? own!), call);
  const table = /const benches.*?\{(.*?)\n\}/s.exec(textOf("test/bench/main.ts"))![1]!;
  const benches = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
  assert.ok(benches.length >= 7);
  assert.ok(textOf("CONTRIBUTING.md").includes(`# ${benches.join(", ")}\n`), benches.join(", "));
  for (const page of pages)
    for (const [, bench] of textOf(page).matchAll(/npm run bench ([a-z]+)/g))
      assert.ok(benches.includes(bench!), bench);
});

test("every file and folder that the documentation names is there", () => {
  for (const page of pages) {
    for (const [, place] of textOf(page).matchAll(/`((?:src|test|webview|media|docs)(?:\/[\w./-]+)?)`/g))
      assert.ok(existsSync(place!), `${page}: ${place}`);
    for (const { link, file } of linksOf(page)) assert.ok(existsSync(file), `${page}: ${link}`);
  }
});

test("every link of the documentation to a heading has its heading", () => {
  let count = 0;
  for (const page of pages)
    for (const { link, file, heading } of linksOf(page)) {
      if (heading === undefined) continue;
      count++;
      assert.ok(headingsOf(file).includes(heading), `${page}: ${link}`);
    }
  assert.ok(count >= 10);
});

test("every formula of the method closes what it opens", () => {
  const formulas = textOf("docs/method.md").split("$$").slice(1);
  assert.ok(formulas.length > 20 && formulas.length % 2 === 0, "formulas come between pairs of $$");
  for (const formula of formulas.filter((_, i) => i % 2 === 0)) {
    const count = (part: RegExp) => formula.match(part)?.length ?? 0;
    assert.equal(count(/\{/g), count(/\}/g), formula);
    assert.equal(count(/\\left(?![a-z])/g), count(/\\right(?![a-z])/g), formula);
  }
});
