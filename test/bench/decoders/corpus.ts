// The texts from which small models are trained: forecasts and recipes that ship with the tests, and generated diaries, in which dates
// are written in several ways. Nothing in them is one of the tasks: no date is written twice, and no words are reversed.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../../../src/data/random.ts";
import { CACHE } from "../tasks.ts";

const FIXTURES = path.resolve("test/fixtures/texts/tasks");
const SPLITS = ["train", "validation", "test"] as const;
type Split = (typeof SPLITS)[number];

/** Generated diaries. */
export const DIARIES: Readonly<Record<Split, number>> = { train: 2000, validation: 100, test: 100 };
const SEED = 1;

/** The task files of the two tasks for which masks are trained. */
export const taskFile = (task: string) => path.join(FIXTURES, `${task}.task.json`);

const MONTHS = "January February March April May June July August September October November December".split(" ");
const QUALITIES = "red blue small old big green".split(" ");
const BEINGS = "cat dog bird fish king child".split(" ");
const VERBS = "runs sleeps sings jumps".split(" ");
const MANNERS = "slowly gladly often never".split(" ");
const PLACES = ["house", "tree", "river", "hill", "road", "stone", "bread", "milk"];
const WHERE = "under over near behind".split(" ");

/** A day's entry: a date, then sentences about the same being. */
function diary(random: Random): string {
  const of = <T>(items: readonly T[]) => items[random.below(items.length)]!;
  const [day, month, year] = [1 + random.below(28), random.below(12), 1900 + random.below(200)];
  const two = (value: number) => String(value).padStart(2, "0");
  const date = of([
    `${day} ${MONTHS[month]} ${year}`,
    `${MONTHS[month]} ${day}, ${year}`,
    `${day}.${month + 1}.${year}`,
    `${MONTHS[month]!.slice(0, 3)} ${day} ${year}`,
    `${year}-${two(month + 1)}-${two(day)}`,
    `${year}-${two(month + 1)}-${two(day)}`,
  ]);
  const who = `the ${of(QUALITIES)} ${of(BEINGS)}`;
  const sentence = () => `${who} ${of(VERBS)} ${of(MANNERS)} ${of(WHERE)} the ${of(QUALITIES)} ${of(PLACES)}`;
  return `${date}\n${Array.from({ length: 1 + random.below(3) }, sentence).join(" and ")}.`;
}

/** The texts of each split, shuffled. */
function texts(): Record<Split, string[]> {
  const random = new Random(SEED, "corpus");
  const made = SPLITS.map((split): [Split, string[]] => {
    const shipped = ["weather", "kitchen"].flatMap((name) =>
      readFileSync(path.join(FIXTURES, name, `${split}.txt`), "utf8")
        .trim()
        .split("\n\n"),
    );
    const all = [...shipped, ...Array.from({ length: DIARIES[split] }, () => diary(random))];
    random.shuffle(all);
    return [split, all];
  });
  return Object.fromEntries(made) as Record<Split, string[]>;
}

const GAP = "_";
const MOST_MISSING = 4;

/** A text with one to four consecutive words replaced by a gap, and those words. */
function gapped(text: string, random: Random): { source: string; target: string } {
  const words = text.split(/(?<=\s)/);
  const length = 1 + random.below(Math.min(MOST_MISSING, words.length));
  const first = random.below(words.length - length + 1);
  const missing = words.slice(first, first + length).join("");
  const space = /\s*$/.exec(missing)![0];
  const source = [...words.slice(0, first), GAP + space, ...words.slice(first + length)].join("");
  return { source, target: missing.trimEnd() };
}

/** Gaps made in each training text. */
const GAPS = 4;

/** Writes the corpus as a task, of texts or of texts with gaps to fill; returns the task file. */
export function writeCorpus(kind: "language" | "generation"): string {
  const folder = path.resolve(CACHE, "decoders", `corpus-${kind}`);
  mkdirSync(folder, { recursive: true });
  const random = new Random(SEED, "gaps");
  const files: Record<string, string> = {};
  for (const [split, all] of Object.entries(texts())) {
    files[split] = `${split}.${kind === "language" ? "txt" : "jsonl"}`;
    const times = split === "train" ? GAPS : 1;
    const rows = () => all.flatMap((text) => Array.from({ length: times }, () => JSON.stringify(gapped(text, random))));
    writeFileSync(path.join(folder, files[split]), `${kind === "language" ? all.join("\n\n") : rows().join("\n")}\n`);
  }
  const file = path.join(folder, "corpus.task.json");
  writeFileSync(file, JSON.stringify({ name: "corpus", kind, metric: "perplexity", files }));
  return file;
}
