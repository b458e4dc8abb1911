// node test/names.mjs BEFORE [AFTER]: every test's name at one commit and at another (or as it stands): how many there are, which
// moved to another file, which are new and which are gone. A name that is put together at run time counts as it is written.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [before, after] = process.argv.slice(2);
const git = (...words) => execFileSync("git", words, { encoding: "utf8", maxBuffer: 1 << 28 });
const NAME = /\b(?:test|describe|it)\(\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

/** The file of each name; a name that stands twice is told apart by a number. */
function namesAt(commit) {
  const listed = commit
    ? git("ls-tree", "-r", "--name-only", commit, "test")
    : git("ls-files", "-co", "--exclude-standard", "test");
  const names = new Map();
  for (const file of listed.split("\n").filter((file) => /\.(test|suite)\.ts$/.test(file))) {
    const text = commit ? git("show", `${commit}:${file}`) : readFileSync(file, "utf8");
    for (const [, quoted] of text.matchAll(NAME)) {
      const name = quoted.slice(1, -1);
      let key = name;
      for (let i = 2; names.has(key); i++) key = `${name} (${i})`;
      names.set(key, file.replace(/\.ts$/, ""));
    }
  }
  return names;
}

if (!before) {
  console.error("node test/names.mjs BEFORE [AFTER], each a commit");
  process.exit(2);
}
const [old, now] = [namesAt(before), namesAt(after)];
const gone = [...old].filter(([name]) => !now.has(name));
const fresh = [...now].filter(([name]) => !old.has(name));
const moved = [...now].filter(([name, file]) => old.has(name) && old.get(name) !== file);
console.log(
  `${old.size} names before, ${now.size} after: ${moved.length} in another file, ${fresh.length} new, ${gone.length} gone`,
);
for (const [title, list] of Object.entries({ gone, new: fresh })) {
  console.log(`\n${title}:`);
  for (const [name, file] of list) console.log(`  ${file}: ${name}`);
}
