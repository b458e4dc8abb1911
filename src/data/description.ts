// NAME.task.json: which files, columns and labels make a task, and by what it is scored. Checked key by key.

import path from "node:path";
import { InputError } from "../errors.ts";
import { parseJsonObject } from "../json.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";
import { CHOICES, type Column, type Columns, KINDS, LONGEST_LABEL, type Metric, type TaskKind } from "./examples.ts";
import { type Format, formatOfEnding, LIST_FORMATS, READERS, WORD_FORMATS } from "./readers.ts";
import { repeated } from "./repeated.ts";
import { decodeText, ENCODINGS, type Encoding, readBytes } from "./text.ts";

export const SPLITS = ["train", "validation", "test"] as const;
export type SplitName = (typeof SPLITS)[number];

/** How rows of training are set aside for the splits that have no file: shares of them, drawn by a seed. */
export interface Split {
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

/** How words behind the maximum length count in tagging: as wrong, or not at all. */
export const UNSCORED = ["wrong", "leave-out"] as const;
export type Unscored = (typeof UNSCORED)[number];

/** "balanced": each class weighs examples / (classes · examples of the class) in the loss. */
export const CLASS_WEIGHTS = ["balanced"] as const;
export type ClassWeights = (typeof CLASS_WEIGHTS)[number];

/** A task file, complete: paths resolved, defaults filled in. */
export interface TaskDescription {
  readonly file: string;
  readonly name: string;
  readonly kind: TaskKind;
  readonly metric: Metric;
  readonly files: { readonly train: string } & Readonly<Partial<Record<SplitName, string>>>;
  readonly split: Split;
  /** Of each file; undefined: by its ending. */
  readonly format: Format | undefined;
  /** One character between columns; undefined: the format's, or the one that the first lines show. */
  readonly separator: string | undefined;
  readonly encoding: Encoding;
  /** undefined: the labels of training. */
  readonly labels: readonly string[] | undefined;
  /** Whether malformed examples are left out and counted; otherwise the first one is an error. */
  readonly skip: boolean;
  readonly unscored: Unscored;
  readonly classWeights: ClassWeights | null;
  readonly columns: Columns;
  /** Fields whose columns the task file itself names. */
  readonly given: ReadonlySet<string>;
  /** Whether the files' first row names the columns. */
  readonly header: boolean;
}

/** Rows of a classifier: each class is learnt from examples of its own, and has weights in memory. */
export const MOST_LABELS = 10_000;
/** Letters of a task's name: with an ending it is a file's. */
const LONGEST_NAME = 200;

/** Names of tasks, and of runs: fit for a file's name, which on Windows ends neither in a space nor in a dot. */
export const NAME = /^[\p{L}\p{N}_]([\p{L}\p{N} ._-]*[\p{L}\p{N}_-])?$/u;

type Json = Readonly<Record<string, unknown>>;

const KEYS = [
  ...["name", "kind", "metric", "files", "split", "format", "separator", "encoding", "labels"],
  ...["skip", "unscored", "classWeights", "columns"],
];
const DEFAULT_SPLIT: Split = { validation: 0.1, test: 0.1, seed: 1 };
const HELP = "give a task file as described in the documentation";

/** Reads and checks a task file, not the data. InputError (file and key) for whatever is not as it should be. */
export async function readDescription(file: string): Promise<{ description: TaskDescription; bytes: Buffer }> {
  const bytes = await readBytes(file, HELP);
  const json = parseJsonObject(decodeText(bytes, file), file, HELP);
  return { description: parseDescription(json, file), bytes };
}

/** As `readDescription`, from the parsed JSON of `file`. */
export function parseDescription(json: unknown, file: string): TaskDescription {
  const check = new Checker(file);
  const task = check.object(json, "", KEYS);
  const kind = check.oneOf(task.kind, "kind", Object.keys(KINDS) as TaskKind[]);
  const { metrics, columns: defaults } = KINDS[kind];
  const labels = task.labels === undefined ? undefined : check.labels(task.labels);
  const metric = task.metric === undefined ? metrics[0]! : check.oneOf(task.metric, "metric", metrics);
  const format =
    task.format === undefined ? undefined : check.oneOf(task.format, "format", Object.keys(READERS) as Format[]);
  const encoding = task.encoding === undefined ? "utf-8" : check.oneOf(task.encoding, "encoding", ENCODINGS);
  const separator = task.separator === undefined ? undefined : check.separator(task.separator);
  const skip = task.skip === undefined ? false : check.flag(task.skip, "skip");
  const unscored = task.unscored === undefined ? UNSCORED[0] : check.oneOf(task.unscored, "unscored", UNSCORED);
  if (task.unscored !== undefined && kind !== "tagging")
    check.fail("unscored", `a ${kind} task has no words beyond the maximum length`, "leave the key out");
  const classWeights =
    task.classWeights === undefined ? null : check.oneOf(task.classWeights, "classWeights", CLASS_WEIGHTS);
  if (classWeights && kind === "choice")
    check.fail(
      "classWeights",
      "the labels of a choice task are positions, not classes that can be weighted",
      "leave it out",
    );
  const files = check.files(task.files);
  const split = task.split === undefined ? DEFAULT_SPLIT : check.split(task.split);

  for (const name of SPLITS) if (files[name]) check.format(kind, format ?? formatOf(files[name], file), name);
  const isWords = WORD_FORMATS.includes(format ?? formatOf(files.train, file));
  const columns = check.columns(task.columns ?? {}, isWords ? { words: 0, tags: -1 } : defaults);
  const given = new Set(Object.keys(task.columns ?? {}));
  const all = Object.values(columns).flat();
  const twice = all.find((column, i) => all.indexOf(column) < i);
  if (twice !== undefined)
    check.fail("columns", `two fields use the column ${quoted(twice)}`, "give each field its own column");
  const headed = all.filter((column) => typeof column === "string").length;
  if (headed && headed < all.length && !isWords)
    check.fail(
      "columns",
      "some columns are named and others numbered",
      "name all of them (the files have headers) or number all of them",
    );
  const name = task.name === undefined ? path.basename(file).replace(/(\.task)?\.json$/, "") : check.name(task.name);
  return {
    ...{ file, name, kind, metric, files, split, format, separator, encoding, labels, skip, unscored, classWeights },
    ...{ columns, given, header: headed > 0 },
  };
}

/** The format that a data file's ending stands for. InputError where it stands for none; `task` is the file that says so. */
export function formatOf(file: string, task: string): Format {
  const format = formatOfEnding(file);
  if (format) return format;
  const formats = Object.keys(READERS).join(", ");
  throw new InputError(
    `the extension of ${path.basename(file)} does not determine its format`,
    { file: task, at: "format" },
    `add "format", one of ${formats}`,
  );
}

/** Checks of single keys; errors name the file and the key. */
class Checker {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  fail(key: string, what: string, remedy: string): never {
    throw new InputError(what, { file: this.#file, ...(key && { at: key }) }, remedy);
  }

  /** An object with no other keys than `keys`. */
  object(value: unknown, key: string, keys: readonly string[]): Json {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      this.fail(key, `${key ? "this" : "the file"} is not a JSON object`, HELP);
    for (const name of Object.keys(value))
      if (!keys.includes(name)) {
        const known = `use one of ${keys.join(", ")}`;
        this.fail(key ? `${key}.${name}` : name, `the key ${quoted(name)} is unknown`, didYouMean(name, keys, known));
      }
    return value as Json;
  }

  oneOf<T extends string>(value: unknown, key: string, known: readonly T[]): T {
    if (known.includes(value as T)) return value as T;
    const all = `use one of ${known.join(", ")}`;
    if (value === undefined) this.fail(key, "it is missing", all);
    const remedy = typeof value === "string" ? didYouMean(value, known, all) : all;
    this.fail(key, `${quoted(value)} is not allowed here`, remedy);
  }

  text(value: unknown, key: string): string {
    if (typeof value === "string" && value !== "") return value;
    this.fail(key, value === undefined ? "it is missing" : `${quoted(value)} is not a string`, "give a string");
  }

  flag(value: unknown, key: string): boolean {
    if (typeof value === "boolean") return value;
    this.fail(key, `${quoted(value)} is neither true nor false`, "use true or false, without quotes");
  }

  separator(value: unknown): string {
    if (typeof value === "string" && [...value].length === 1 && !/["\r\n]/.test(value)) return value;
    const what = `${quoted(value)} is not a single character that could separate columns`;
    this.fail("separator", what, 'use one character, such as ";" or "\\t"');
  }

  name(value: unknown): string {
    const name = this.text(value, "name");
    if (name.length > LONGEST_NAME)
      this.fail("name", `it has ${name.length} characters, over the limit of ${LONGEST_NAME}`, "shorten it");
    if (NAME.test(name)) return name;
    this.fail("name", `${quoted(name)} is not a valid name`, "use letters, digits, spaces and . _ -");
  }

  files(value: unknown): TaskDescription["files"] {
    if (value === undefined) this.fail("files", "it is missing", 'name at least a "train" file');
    const given = this.object(value, "files", SPLITS);
    const resolve = (name: SplitName) =>
      path.resolve(path.dirname(this.#file), this.text(given[name], `files.${name}`));
    return {
      train: resolve("train"),
      ...(given.validation !== undefined && { validation: resolve("validation") }),
      ...(given.test !== undefined && { test: resolve("test") }),
    };
  }

  split(value: unknown): Split {
    const given = this.object(value, "split", ["validation", "test", "seed"]);
    const share = (name: "validation" | "test"): number => {
      const part = given[name] ?? DEFAULT_SPLIT[name];
      if (typeof part === "number" && part > 0 && part < 1) return part;
      this.fail(`split.${name}`, `${quoted(part)} is not a share between 0 and 1`, "give 0.1 for a tenth");
    };
    const seed = given.seed ?? DEFAULT_SPLIT.seed;
    if (typeof seed !== "number" || seed >>> 0 !== seed)
      this.fail("split.seed", `${quoted(seed)} is not a whole number from 0 to 2³² − 1`, "give one");
    return { validation: share("validation"), test: share("test"), seed };
  }

  labels(value: unknown): string[] {
    const remedy = 'give a list of two or more, such as ["negative", "positive"]';
    if (!Array.isArray(value) || value.length < 2) this.fail("labels", "this is not a list of labels", remedy);
    if (value.length > MOST_LABELS)
      this.fail("labels", `there are ${value.length} labels, over the limit of ${MOST_LABELS}`, "list fewer");
    const names = value.map((label) => {
      if (typeof label === "string" && label.length <= LONGEST_LABEL) return label;
      if (Number.isFinite(label) || typeof label === "boolean") return String(label);
      return this.fail("labels", `${quoted(label)} is not a label`, remedy);
    });
    const twice = repeated(names);
    if (twice !== undefined) this.fail("labels", `${quoted(twice)} is listed twice`, "list each label once");
    return names;
  }

  columns(value: unknown, defaults: Columns): Columns {
    const given = this.object(value, "columns", Object.keys(defaults));
    return Object.fromEntries(
      Object.entries(defaults).map(([field, fallback]) => {
        const column = given[field] ?? fallback;
        const key = `columns.${field}`;
        if (!Array.isArray(fallback)) return [field, given[field] === undefined ? fallback : this.column(column, key)];
        if (Array.isArray(column) && column.length === CHOICES)
          return [field, column.map((one) => this.column(one, key))];
        return this.fail(key, `this is not a list of ${CHOICES} columns`, `name ${CHOICES}, one per continuation`);
      }),
    );
  }

  column(value: unknown, key: string): Column {
    if ((typeof value === "string" && value !== "") || (Number.isInteger(value) && (value as number) >= 0))
      return value as Column;
    this.fail(key, `${quoted(value)} is not a column`, "give a header name, or a number from 0 if there is no header");
  }

  /** Refuses a format that cannot hold the kind's rows. */
  format(kind: TaskKind, format: Format, split: SplitName): void {
    if (fits(kind, format)) return;
    const formats = (Object.keys(READERS) as Format[]).filter((other) => fits(kind, other));
    const wanted = `${formats.slice(0, -1).join(", ")} or ${formats.at(-1)}`;
    this.fail(`files.${split}`, `${format} files cannot hold examples of a ${kind} task`, `give them as ${wanted}`);
  }
}

/** Whether a format can hold the rows of a kind of task: words need lists, or a word a line. */
export function fits(kind: TaskKind, format: Format): boolean {
  if (WORD_FORMATS.includes(format)) return kind === "tagging";
  return LIST_FORMATS.includes(format) || (kind !== "tagging" && kind !== "document");
}
