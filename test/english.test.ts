// Plain English: phrases that no native speaker would say, and that once stood in what people read here.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

/** Each as a part of a sentence, whatever its case. */
const PHRASES = [
  "cannot be had",
  "as if nothing had happened",
  "look into and compare",
  "waits to go on",
  "nobody to ask",
  "broke off",
  "broken off",
  "lies there already",
  "on endless rows",
  "what no code for",
  "correction for their number",
  "the more easily the nearer",
  "initial scores are laid",
  "whose zeros could be steered",
  "where it lies now",
  "gives the folder free",
  "is gone on with",
  "wheel or + and − zoom",
  "for its numbers; a click",
  "a fresh one was drawn",
  "each row is encoded once",
  "with the best of the run, that of",
  "training rows",
  "is no epochs",
  "is no device",
  "this is no file",
  "bytes, over the limit of",
  "among the folders that the editor knows",
  "masks are made again",
  "not clearly more often than by chance",
  "its distance from that in standard deviations",
  "lost more than their share",
  "was spared",
  "each pixel the exact mean",
  "what the words mean",
  "the adaptation that is loaded",
  "a fresh pair",
  "that passes no gradient",
  "the live values of",
  "as the stacked values of adjoining",
  "know stacks by",
];

/** Files with text for people: sources with their comments, texts of the editor, documentation. */
function texts(): [file: string, text: string][] {
  const below = (folder: string) =>
    readdirSync(folder, { recursive: true }).map((name) =>
      path.posix.join(folder, String(name).replaceAll(path.sep, "/")),
    );
  const files = ["src", "webview", "docs", "media/walkthrough", ".github"].flatMap(below);
  const roots = readdirSync(".").filter((name) => /\.md$|^package(\.nls)?\.json$/.test(name));
  return [...files, ...roots, "l10n/bundle.l10n.json"]
    .filter((file) => /\.(ts|md|json|yml|css)$/.test(file))
    .map((file) => [file, readFileSync(file, "utf8").replaceAll(/\s+/g, " ")]);
}

test("no phrase that reads as translated stands in what people read", () => {
  const found = texts().flatMap(([file, text]) =>
    PHRASES.filter((phrase) => text.toLowerCase().includes(phrase)).map((phrase) => `${file}: ${phrase}`),
  );
  assert.deepEqual(found, []);
});
