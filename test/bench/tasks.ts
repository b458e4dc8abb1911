// The tasks of the benchmarks. Their data may not be redistributed: it is read from a folder outside the project
// (MASKLENS_DATA), and converted data is written to the cache.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where finished cells and converted data are kept, so that an interrupted benchmark resumes. */
export const CACHE = process.env.MASKLENS_BENCH_CACHE ?? ".cache/bench";

const DATA = path.resolve(process.env.MASKLENS_DATA ?? "../shared/data");
/** The folder of all-MiniLM-L6-v2 in the Hub's layout. */
const MINILM = path.resolve(process.env.MASKLENS_MINILM ?? ".cache/minilm");

interface Source {
  /** The files needed. */
  readonly needs: readonly string[];
  /** `convert` reads lines "LABEL TEXT"; `write` writes rows as JSON lines. Both return the path of the written file. */
  readonly task: (
    convert: (file: string) => string,
    write: (name: string, rows: readonly object[]) => string,
  ) => object;
}

const glue = (columns: Record<string, string | number>, files: Record<string, string>, more = {}) => ({
  needs: Object.values(files),
  task: () => ({
    files: Object.fromEntries(Object.entries(files).map(([split, file]) => [split, path.join(DATA, file)])),
    format: "glue",
    columns,
    ...more,
  }),
});

/** Lines "LABEL TEXT" as JSON lines, with TREC's labels reduced to the main class. */
const labelled = (files: Record<string, string>, more = {}): Source => ({
  needs: Object.values(files),
  task: (convert) => ({
    kind: "sentence",
    files: Object.fromEntries(Object.entries(files).map(([split, file]) => [split, convert(file)])),
    columns: { text: "text", label: "label" },
    ...more,
  }),
});

/** Validation documents of `fewDocuments`. */
export const FEW = 40;
const SAMPLE = path.resolve("media/sample/tasks");
const TEXT = { kind: "sentence", columns: { text: "text", label: "label" } } as const;

/** A task of single sentences, made of each split of a task of the sample. */
const made = (name: string, extension: string, rowsOf: (text: string) => object[]): Source => ({
  needs: [],
  task: (_, write) => {
    const files = ["train", "validation", "test"].map((split) => {
      const text = readFileSync(path.join(SAMPLE, name, `${split}.${extension}`), "utf8");
      return [split, write(`${name}-${split}`, rowsOf(text))];
    });
    return { ...TEXT, files: Object.fromEntries(files) };
  },
});

/** A task of the sample, with the paths of its files made absolute. */
function sampleTask(name: string): object & { readonly files: Readonly<Record<string, string>> } {
  const file = path.join(SAMPLE, `${name}.task.json`);
  const { files, ...task } = JSON.parse(readFileSync(file, "utf8")) as { files: Record<string, string> };
  const absolute = Object.entries(files).map(([split, one]) => [split, path.resolve(path.dirname(file), one)]);
  return { ...task, files: Object.fromEntries(absolute) };
}

const SOURCES = {
  sst2: glue(
    { text: 0, label: 1 },
    { train: "sst2/train.tsv", validation: "sst2/dev.tsv", test: "sst2/test.tsv" },
    { kind: "sentence" },
  ),
  // The official development set is used as the test split; validation examples are set aside from training.
  mrpc: glue(
    { text: "#1 String", textPair: "#2 String", label: "Quality" },
    { train: "mrpc/train.tsv", test: "mrpc/dev.tsv" },
    { kind: "pair" },
  ),
  rte: glue(
    { text: "sentence1", textPair: "sentence2", label: "label" },
    { train: "rte/train.tsv", test: "rte/dev.tsv" },
    { kind: "pair" },
  ),
  trec: labelled({ train: "trec/TREC.train.all", test: "trec/TREC.test.all" }),
  subj: labelled({ train: "subj/subj.all" }),
  cola: glue(
    { text: 3, label: 1 },
    { train: "cola/in_domain_train.tsv", test: "cola/in_domain_dev.tsv" },
    { kind: "sentence", metric: "matthews" },
  ),
  // Only the official test file is available: validation and test examples are set aside from it.
  agnews: {
    needs: ["agnews/test.csv"],
    task: () => ({
      ...{ kind: "sentence", format: "csv", columns: { text: 2, label: 0 } },
      files: { train: path.join(DATA, "agnews/test.csv") },
    }),
  },
  // In the project itself.
  sentiment: { needs: [], task: () => sampleTask("sentiment") },
  spam: { needs: [], task: () => sampleTask("spam") },
  // The parts of speech of words.
  brown: { needs: [], task: () => sampleTask("brown") },
  // The roles of the sentences of an abstract.
  documents: { needs: [], task: () => sampleTask("abstracts") },
  // The same to train on: fewer documents select the step, since each evaluation takes as long as many steps.
  fewDocuments: {
    needs: [],
    task: (_, write) => {
      const { files, ...task } = sampleTask("abstracts");
      const lines = readFileSync(files.validation!, "utf8").split("\n").slice(0, FEW);
      const few = write(
        "few-documents",
        lines.map((line) => JSON.parse(line) as object),
      );
      return { ...task, files: { train: files.train, validation: few, test: few } };
    },
  },
  // The role of a single sentence of an abstract.
  abstracts: made("abstracts", "jsonl", (text) =>
    text
      .split("\n")
      .filter(Boolean)
      .flatMap((line) => {
        const { sentences, labels } = JSON.parse(line) as { sentences: string[]; labels: string[] };
        return sentences.map((text, i) => ({ text, label: labels[i] }));
      }),
  ),
  // The part of speech of a sentence's first word, for the most frequent parts.
  firstword: made("brown", "conll", (text) =>
    text.split("\n\n").flatMap((sentence) => {
      const words = sentence.split("\n").map((line) => line.split("\t"));
      const label = words[0]![1]!;
      return ["NOUN", "DET", "PRON", "ADP", "ADV"].includes(label)
        ? [{ text: words.map(([word]) => word).join(" "), label }]
        : [];
    }),
  ),
  // mrpc's pairs, each joined into one text.
  joined: {
    needs: ["mrpc/train.tsv", "mrpc/dev.tsv"],
    task: (_, write) => {
      const rows = (file: string) =>
        readFileSync(path.join(DATA, file), "utf8")
          .split("\n")
          .slice(1)
          .filter(Boolean)
          .map((line) => {
            const [label, , , first, second] = line.trimEnd().split("\t");
            return { text: `${first} ${second}`, label };
          });
      const files = {
        train: write("joined-train", rows("mrpc/train.tsv")),
        test: write("joined-test", rows("mrpc/dev.tsv")),
      };
      return { ...TEXT, files };
    },
  },
} satisfies Record<string, Source>;

export type BenchTask = keyof typeof SOURCES;

const writeRows = (file: string, rows: readonly object[]) =>
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

/** Writes the rows of each split and a task over them into a folder of the cache. Returns the task's file. */
export function writeTask(
  folder: string,
  name: string,
  splits: Readonly<Record<string, readonly object[]>>,
  task: object,
): string {
  mkdirSync(folder, { recursive: true });
  for (const [split, rows] of Object.entries(splits)) writeRows(path.join(folder, `${split}.jsonl`), rows);
  const files = Object.fromEntries(Object.keys(splits).map((split) => [split, `${split}.jsonl`]));
  const file = path.join(folder, `${name}.task.json`);
  writeFileSync(file, JSON.stringify({ ...task, files }));
  return file;
}

/** Writes the task file (and converted data) to the cache. Throws an error if the data is missing. */
export function taskFile(name: BenchTask): string {
  const { needs, task }: Source = SOURCES[name];
  for (const file of needs)
    if (!existsSync(path.join(DATA, file)))
      throw new Error(`${path.join(DATA, file)} is not there; set MASKLENS_DATA to the folder of the tasks' data`);
  const folder = path.resolve(CACHE, "tasks");
  mkdirSync(folder, { recursive: true });
  const write = (name: string, rows: readonly object[]) => {
    const target = path.join(folder, `${name}.jsonl`);
    writeRows(target, rows);
    return target;
  };
  const convert = (file: string) => {
    const rows = readFileSync(path.join(DATA, file), "latin1")
      .split("\n")
      .filter((line) => line.trim())
      .map((line) => {
        const space = line.indexOf(" ");
        return { label: line.slice(0, space).split(":")[0], text: line.slice(space + 1).trim() };
      });
    return write(path.basename(file), rows);
  };
  const target = path.join(folder, `${name}.task.json`);
  writeFileSync(target, `${JSON.stringify({ name, metric: "accuracy", ...task(convert, write) }, null, 2)}\n`);
  return target;
}

/** The folder of the encoder. Throws an error if it is missing. */
export function minilm(): string {
  if (existsSync(path.join(MINILM, "config.json"))) return MINILM;
  throw new Error(`${MINILM} holds no model; set MASKLENS_MINILM to the folder of all-MiniLM-L6-v2`);
}
