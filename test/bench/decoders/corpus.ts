// The texts from which small models are trained, and those of their tasks, the forecasts and recipes that ship with the tests. The
// corpus is generated diaries, and the words of forecasts and recipes in random order: all words of the tasks, none of their sentences.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../../../src/data/random.ts";
import { CACHE } from "../tasks.ts";
import { TASKS, type TaskName } from "./lines.ts";

const FIXTURES = path.resolve("test/fixtures/texts/tasks");
const SPLITS = ["train", "validation", "test"] as const;
type Split = (typeof SPLITS)[number];
type Texts = Readonly<Record<Split, readonly string[]>>;

const textsBy = (of: (split: Split) => string[]): Texts => ({
  ...{ train: of("train"), validation: of("validation"), test: of("test") },
});

/** The number of diaries. */
export const DIARIES = { train: 2400, validation: 100, test: 100 } as const;
const SEED = 1;

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const TOWNS = "Oslo Bergen Turku Riga Malmo Narvik".split(" ");
const QUALITIES = "red blue small old big green warm cold".split(" ");
const BEINGS = "cat dog bird fish king child".split(" ");
const VERBS = "runs sleeps sings jumps falls shines rests stirs".split(" ");
const MANNERS = "slowly gladly often never well".split(" ");
const PLACES = "house tree river hill road stone sun snow rain hour cup spoon".split(" ");
const WHERE = "under over near behind in".split(" ");
const FOOD = "flour sugar butter salt eggs milk yeast honey".split(" ");
const TRADE = "takes bakes mixes finds".split(" ");

/** A diary's day: a date, then sentences about one being and about what it trades. */
function diary(random: Random): string {
  const of = <T>(items: readonly T[]) => items[random.below(items.length)]!;
  const date = of([
    `${1 + random.below(28)} ${of(MONTHS)} ${1900 + random.below(200)}`,
    `${of(MONTHS)} ${1 + random.below(28)}, ${1900 + random.below(200)}`,
    `${of(DAYS)} in ${of(TOWNS)}`,
  ]);
  const who = `the ${of(QUALITIES)} ${of(BEINGS)}`;
  const acts = () => `${who} ${of(VERBS)} ${of(MANNERS)} ${of(WHERE)} the ${of(QUALITIES)} ${of(PLACES)}`;
  const trades = () => `it ${of(TRADE)} ${1 + random.below(9)} cups of ${of(FOOD)} for some ${of(FOOD)}`;
  const count = random.below(3);
  return `${date}\n${[acts(), ...Array.from({ length: count }, () => of([acts, trades])())].join(" and ")}.`;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items];
  random.shuffle(all);
  return all;
}

function corpus(): Texts {
  const random = new Random(SEED, "corpus");
  const tasks = TASKS.map(shipped);
  return textsBy((split) => {
    const words = tasks.flatMap((task) => task[split].map((text) => shuffled(text.split(/\s+/), random).join(" ")));
    return shuffled([...Array.from({ length: DIARIES[split] }, () => diary(random)), ...words], random);
  });
}

const shipped = (task: TaskName): Texts =>
  textsBy((split) =>
    readFileSync(path.join(FIXTURES, task, `${split}.txt`), "utf8")
      .trim()
      .split("\n\n"),
  );

const GAP = "_";
const MOST_MISSING = 4;
/** Gaps made in each training text, in one example each. */
const GAPS = 4;

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

/** Writes a task of the corpus, of forecasts or of recipes: of texts (`language`), or of gaps to fill in them. Returns the task file. */
export function writeTask(name: TaskName | "corpus", kind: "language" | "generation"): string {
  const folder = path.resolve(CACHE, "decoders", `${name}-${kind}`);
  mkdirSync(folder, { recursive: true });
  const random = new Random(SEED, `gaps of ${name}`);
  const texts = name === "corpus" ? corpus() : shipped(name);
  const files: Record<string, string> = {};
  for (const split of SPLITS) {
    files[split] = `${split}.${kind === "language" ? "txt" : "jsonl"}`;
    const times = split === "train" ? GAPS : 1;
    const rows = () =>
      texts[split].flatMap((text) => Array.from({ length: times }, () => JSON.stringify(gapped(text, random))));
    writeFileSync(path.join(folder, files[split]), kind === "language" ? texts[split].join("\n\n") : rows().join("\n"));
  }
  const file = path.join(folder, `${name}.task.json`);
  writeFileSync(file, JSON.stringify({ name, kind, metric: "perplexity", files }));
  return file;
}
