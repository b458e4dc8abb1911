// node build/sample-texts.mjs SEED: draws 100 strings and 30 comments of src and webview, to check their English.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** Comments, strings, and templates; also regular expressions, whose quotes would otherwise start strings. */
const TEXT = new RegExp(
  [
    /(?<comment>(?:^[ \t]*\/\/.*\n?)+|\/\/.*|\/\*[\s\S]*?\*\/)/,
    /(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/,
    /(?<template>`(?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:[^`{}]|`[^`]*`|\{[^{}]*\})*\})*`)/,
    /(?<=(?:[(,=:[!&|?{;>]|return)\s*)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

const isProse = (text) => /^[^<].*\p{L} \p{L}/u.test(text);

const drawn = { strings: new Set(), comments: new Set() };
for (const folder of ["src", "webview"])
  for (const name of readdirSync(folder, { recursive: true }).filter((name) => /\.tsx?$/.test(name)))
    for (const { groups } of readFileSync(`${folder}/${name}`, "utf8").matchAll(TEXT)) {
      const { comment, string, template } = groups;
      if (comment) drawn.comments.add(comment.replace(/^\s*(\/\/|\/?\*+\/?)|\*\/$/gm, " "));
      else if (string) drawn.strings.add(string.slice(1, -1));
      else if (template) drawn.strings.add(template.slice(1, -1).replace(/\$\{(?:`[^`]*`|\{[^{}]*\}|[^{}])*\}/g, "…"));
    }

/** Draws by a hash of seed and text, so that changing a text affects only its own place in the draw. */
function draw(texts, count) {
  const rank = (text) => createHash("sha256").update(`${process.argv[2]} ${text}`).digest("hex");
  const all = [...texts].map((text) => text.replace(/\s+/g, " ").trim()).filter(isProse);
  return all.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, count);
}

console.log(
  `# Strings\n\n${draw(drawn.strings, 100).join("\n")}\n\n# Comments\n\n${draw(drawn.comments, 30).join("\n")}`,
);
