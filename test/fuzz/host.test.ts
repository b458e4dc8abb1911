// What the extension host must not do: run a regular expression from a file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** Expressions created at run time, each from our own text. */
const OWN = [
  /^"/,
  /^`(\$\{NORM\}|\(\$\{NORM\}\|\$\{ATTENTION\}\))\\\\\./,
  /^`\(\?<kept>\$\{KEPT\}\)\|\$\{HIDDEN\}`/,
  /^(ENCODER_)?LNA\)/,
  /^`(\$\{ENCODER_LNA\}|\^encoder\\\\\.)\|/,
  // zod's, from the words and patterns of our schemas
  /^`\^\(\$\{patterns\.map\(p=>cleanRegex\(p\.source\)\)/,
  /^patternValues\.length\?`\^\(\$\{patternValues\.map\(o=>escapeRegex\(/,
  /^vals\.length\?`\^\(\$\{vals\.map\(o=>typeof o=="string"\?escapeRegex\(o\)/,
  /^`\^\(\$\{cleanRegex\(pattern\.source\)\}(\)\?|\|null\))\$`/,
];

// Not of the thread that checks studies: it matches the patterns of their options as the compute process does, with a time limit.
test("the editor's host and its threads make no expression of what a file says", () => {
  for (const bundle of ["extension", "mask-thread", "data-thread"]) {
    const code = readFileSync(`dist/${bundle}.cjs`, "utf8");
    const made = [...code.matchAll(/\bRegExp\(([^\n]{0,80})/g)].map(([, argument]) => argument!);
    const foreign = made.filter((argument) => !OWN.some((own) => own.test(argument)));
    assert.deepEqual(foreign, [], bundle);
    assert.doesNotMatch(code, /runInNewContext|literal strings/, `${bundle} has the readers of patterns`);
  }
});
