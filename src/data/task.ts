// Reads a task with all its examples, for training and evaluation.

import { createHash } from "node:crypto";
import path from "node:path";
import { InputError } from "../errors.ts";
import type { Metric } from "../metric.ts";
import { grouped } from "../numbers.ts";
import { quoted } from "../visible.ts";
import {
  fits,
  formatOf,
  MOST_LABELS,
  readDescription,
  SPLITS,
  type SplitName,
  type TaskDescription,
} from "./description.ts";
import {
  CHOICES,
  type Example,
  type ExampleOf,
  Fields,
  findColumns,
  isLabelled,
  KINDS,
  type LabelledKind,
  Spellings,
  type TaskKind,
} from "./examples.ts";
import { FORMAT_NAMES, type Format, USUAL_SEPARATORS } from "./formats.ts";
import { notesOfSplit } from "./label-notes.ts";
import { isNumber, Labels, named, type Verdict } from "./labels.ts";
import { drawn, type Random } from "./random.ts";
import { readTable } from "./readers.ts";
import { Faults, RowError } from "./row-error.ts";
import { setAside } from "./set-aside.ts";
import { count, type Table } from "./table.ts";
import { readBytes } from "./text.ts";

export type { SplitName } from "./description.ts";
export type { Example, TaskKind } from "./examples.ts";

export interface Task<K extends TaskKind = TaskKind> {
  /** The path of the task file. */
  readonly file: string;
  readonly name: string;
  readonly kind: K;
  /** The metric that selects the best checkpoint. */
  readonly metric: Metric;
  readonly unscored: TaskDescription["unscored"];
  readonly classWeights: TaskDescription["classWeights"];
  /** What a model reads for a source in generation tasks, with `SOURCE` at its place; null if it reads only the source. */
  readonly prompt: string | null;
  /** The names of the labels; examples refer to them by index. Empty if the kind has no labels. */
  readonly labels: readonly string[];
  /**
   * For each split, the number of examples with each label, in the order of `labels`. Tagging tasks count words instead
   * of examples, and document tasks count sentences.
   */
  readonly labelCounts: Readonly<Record<SplitName, readonly number[]>>;
  /**
   * Examples left out because of "skip": true. All those in the training file are listed under `train`, even if other
   * splits are held out from that file.
   */
  readonly skipped: Readonly<Record<SplitName, readonly Skipped[]>>;
  /** What a reader of the metrics should know about the data; each note is a full sentence without a period. */
  readonly notes: readonly string[];
  readonly splits: Readonly<Record<SplitName, readonly ExampleOf[K][]>>;
  /**
   * The hexadecimal SHA-256 digest of each split's file; for a split held out from the training file, the digest of the
   * training file.
   */
  readonly dataSha256: Readonly<Record<SplitName, string>>;
  /** The hexadecimal SHA-256 digest of the task file, which defines how the splits are made. */
  readonly sha256: string;
}

/** The task with at most so many of its training examples, drawn without replacement. */
export function withTraining(task: Task, most: number, random: Random): Task {
  const train = drawn<unknown>(task.splits.train, most, random);
  return { ...task, splits: { ...task.splits, train } } as Task;
}

/** The number of examples skipped for a given reason. */
export interface Skipped {
  readonly reason: string;
  readonly count: number;
}

/** A data file after reading. Until labels are resolved, the labels in `rows` are indices into `Spellings.names`. */
interface Data {
  readonly file: string;
  readonly format: Format;
  readonly rows: Example[];
  /** The position of each row in the file. */
  readonly places: number[];
  readonly unit: Table["unit"];
  /** The column that contains the labels; "" if the kind has none. */
  readonly labelColumn: string;
  readonly classes: readonly string[] | undefined;
  readonly faults: Faults;
  readonly notes: readonly string[];
  readonly sha256: string;
}

const CHOICE_LABELS = Array.from({ length: CHOICES }, (_, i) => String(i));

/**
 * Reads a task file and all its data. Throws an InputError with the file, line and column of the first problem that
 * prevents training. If `trains` is false, a training split without examples only produces a note.
 */
export async function readTask(file: string, { trains = true }: { trains?: boolean } = {}): Promise<Task> {
  const { description, bytes } = await readDescription(file);
  const { name, kind, metric, files, unscored, classWeights, prompt } = description;
  const spellings = new Spellings();
  const data: Partial<Record<SplitName, Data>> = {};
  for (const split of SPLITS) if (files[split]) data[split] = await readData(description, files[split], spellings);
  const train = data.train!;

  const { names, notes } = isLabelled(kind)
    ? settledLabels(description, kind, data, spellings)
    : { names: [], notes: [] };
  const wanted = { validation: !data.validation, test: !data.test };
  const aside = setAside(train.rows.length, description.split, wanted);
  const isEmpty = aside.train.length === 0;
  const nothing = `holding out the other splits leaves no training examples (the file has ${count(train.rows.length, "example")})`;
  if (isEmpty && trains)
    throw new InputError(
      nothing,
      { file: train.file },
      'add examples, or reduce the fractions under "split" in the task file',
    );
  const splits = mapSplits((split) =>
    split !== "train" && data[split] ? data[split].rows : aside[split].map((number) => train.rows[number]!),
  );
  const labelCounts = mapSplits((split) => countLabels(splits[split], kind, names.length));
  return {
    ...{ file, name, kind, metric, unscored, classWeights, prompt, labels: names, splits, labelCounts },
    skipped: mapSplits((split) => data[split]?.faults.counts ?? []),
    // Splits of the same file produce the same notes.
    notes: [
      ...new Set([
        ...Object.values(data).flatMap(({ file, notes }) => notes.map((note) => `${path.basename(file)}: ${note}`)),
        ...(isEmpty ? [`${path.basename(train.file)}: ${nothing}`] : []),
        ...notes.map((note) => `${path.basename(train.file)}: ${note}`),
        ...SPLITS.flatMap((split) => leftOutNote(data[split])),
        ...(kind === "choice" ? [] : SPLITS.flatMap((split) => notesOfSplit(split, names, labelCounts, kind, metric))),
        ...(["validation", "test"] as const).flatMap((split) =>
          data[split]?.sha256 === train.sha256
            ? [
                `The ${split} split has the same data as the training split, so its metrics say nothing about performance on new examples`,
              ]
            : [],
        ),
      ]),
    ],
    dataSha256: mapSplits((split) => (data[split] ?? train).sha256),
    sha256: hash(bytes),
  };
}

/** The labels of the training examples, by which those of all files are numbered. */
function settledLabels(
  description: TaskDescription,
  kind: LabelledKind,
  data: Readonly<Partial<Record<SplitName, Data>>>,
  spellings: Spellings,
): Labels {
  const labels = labelsOf(description, kind, data.train!, spellings);
  for (const split of Object.values(data)) settleLabels(split, kind, labels, spellings);
  return labels;
}

async function readData(description: TaskDescription, file: string, spellings: Spellings): Promise<Data> {
  const { kind, encoding, header, columns, given, separator, skip } = description;
  const said = description.format ?? formatOf(file, description.file);
  const bytes = await readBytes(file, "check its path in the task file");
  const faults = new Faults(skip);
  let found: Readonly<Record<string, readonly string[]>> | undefined;
  const find = (table: Pick<Table, "columns" | "aliases" | "defaults">) => {
    found ??= findColumns(columns, given, table, file);
    return [...new Set(Object.values(found).flat())];
  };
  const table = await readTable({ file, bytes, encoding, header, separator, faults, format: said, select: find });
  if (!fits(kind, table.format))
    throw new InputError(
      `the file contains ${FORMAT_NAMES[table.format]}, which cannot hold examples of a ${kind} task`,
      { file },
      "choose a different file or a different kind of task",
    );
  const none = (what: string) => new InputError(what, { file }, "use a data file that contains examples");
  if (table.rows.length === 0 && !faults.counts.length) throw none("the file has no rows");
  const rows: Example[] = [];
  const places: number[] = [];
  if (table.rows.length) {
    find(table);
    const fields = new Fields(file, found!, table, spellings);
    for (const row of table.rows)
      try {
        rows.push(KINDS[kind].row(fields.at(row)));
        places.push(row.number);
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        faults.leaveOut(error);
      }
  }
  if (rows.length === 0) throw noneLeft(file, faults);
  const { labels } = KINDS[kind];
  const labelColumn = labels === undefined ? "" : found![labels]![0]!;
  const classes = table.classes?.get(labelColumn);
  return {
    file,
    format: table.format,
    rows,
    places,
    unit: table.unit,
    labelColumn,
    classes,
    faults,
    notes: [...table.notes, ...emptyTexts(rows)],
    sha256: hash(bytes),
  };
}

function noneLeft(file: string, { counts }: Faults): InputError {
  const reasons = counts.map(({ reason, count }) => `${reason}: ${count}`).join(", ");
  return new InputError(
    `"skip": true leaves out all examples (${reasons})`,
    { file },
    "correct the data file or the task file",
  );
}

function emptyTexts(rows: readonly Example[]): string[] {
  let empty = 0;
  const texts = ["text", "textPair", "source", "target"];
  for (const row of rows) if (texts.some((field) => (row as unknown as Record<string, unknown>)[field] === "")) empty++;
  return empty ? [`The file has ${count(empty, "example")} with empty text`] : [];
}

/** The labels of an example. A list is not copied, so its entries can be overwritten. */
const labelsIn = (row: Example, field: string) => (row as unknown as Record<string, number | number[]>)[field]!;

/** Calls `visit` with each label and the index of its example. */
function eachLabel(rows: readonly Example[], kind: TaskKind, visit: (label: number, row: number) => void): void {
  const field = KINDS[kind].labels;
  if (field === undefined) return;
  for (const [i, row] of rows.entries()) {
    const labels = labelsIn(row, field);
    if (typeof labels === "number") visit(labels, i);
    else for (const label of labels) visit(label, i);
  }
}

function labelsOf(description: TaskDescription, kind: LabelledKind, train: Data, spellings: Spellings): Labels {
  const { metric, labels: given, skip, file } = description;
  const { classes, unit } = KINDS[kind];
  const counts = new Array<number>(spellings.names.length).fill(0);
  eachLabel(train.rows, kind, (label) => counts[label]!++);
  const training = new Map(
    spellings.names.map((name, i): [string, number] => [name, counts[i]!]).filter(([, count]) => count),
  );
  const column = `column ${train.labelColumn}`;
  const most = Math.max(training.size, given ? 0 : (train.classes?.length ?? 0));
  if (most > MOST_LABELS)
    throw new InputError(
      `the column has ${grouped(most)} different labels, over the limit of ${grouped(MOST_LABELS)}`,
      { file: train.file, at: column },
      "choose a label column that contains classes (regression is not supported)",
    );
  if (!description.header && train.format in USUAL_SEPARATORS) refuseHeader(train, kind, training, spellings);
  // It does not matter if the correct continuation is in the same position in all examples, because a model that scores
  // choices does not see their positions.
  const closed = kind === "choice" ? CHOICE_LABELS : undefined;
  if (closed && given && given.length !== CHOICES)
    throw new InputError(
      `a choice task has ${CHOICES} labels, one per continuation, but the task file lists ${given.length}`,
      { file, at: "labels" },
      `list ${CHOICES} labels, or remove this key if the labels in the data are the numbers 0 to ${CHOICES - 1}`,
    );
  const labels = new Labels({ metric, given, skip, unit, closed, classes, ofFile: train.classes }, training);
  if (labels.fault) {
    const { what, remedy, at, label } = labels.fault;
    if (at) throw new InputError(what, { file, at }, remedy);
    let first = "";
    eachLabel(train.rows, kind, (number, row) => {
      if (!first && label !== undefined && labels.isSame(spellings.names[number]!, label))
        first = `${train.unit} ${train.places[row]}, `;
    });
    throw new InputError(what, { file: train.file, at: `${first}${column}` }, remedy);
  }
  const present = new Set([...training.keys()].map((label) => labels.verdict(label)));
  const classesThere = [...present].filter((verdict): verdict is number => typeof verdict === "number");
  if (!closed && classesThere.length < 2) {
    const [one] = classesThere;
    const what =
      one === undefined
        ? `no example has any of the task's labels (${named(labels.names)}); the labels in the file are ${named(training.keys())}`
        : `all examples have the same label, ${quoted(labels.names[one])}`;
    throw new InputError(
      what,
      { file: train.file, at: column },
      "use data in which at least two different labels occur, or choose a different label column",
    );
  }
  if (metric === "f1" && labels.names.length !== 2)
    throw new InputError(
      `f1 requires exactly two labels, but the task has ${labels.names.length}`,
      { file, at: "metric" },
      'use "macroF1"',
    );
  return labels;
}

/** Common names of label columns. */
const LABEL_NAME = /^(labels?|class|category|target|sentiment|intent|topic|gold\w*|answer|y|score|quality|is_\w+)$/i;

/**
 * Throws an InputError if columns are given by number but the first row seems to be a header. Otherwise the name of the
 * label column in that header would become a class.
 */
function refuseHeader(
  train: Data,
  kind: LabelledKind,
  training: ReadonlyMap<string, number>,
  spellings: Spellings,
): void {
  const own = labelsIn(train.rows[0]!, KINDS[kind].labels!);
  const first = typeof own === "number" ? spellings.names[own]! : "";
  if (train.rows.length < 3 || training.get(first) !== 1 || isNumber(first)) return;
  const others = [...training.keys()].filter((label) => label !== first);
  if (!LABEL_NAME.test(first.trim()) && !(others.length > 1 && others.every(isNumber))) return;
  throw new InputError(
    `the first row seems to be a header: no other row has the label ${quoted(first)}`,
    { file: train.file, at: `${train.unit} ${train.places[0]}, column ${train.labelColumn}` },
    "refer to the columns by name instead of by number",
  );
}

/**
 * Replaces each label's index in `Spellings.names` with its index in the task's labels. An example whose label has no
 * index is skipped if the task file says so; otherwise it is an error.
 */
function settleLabels(data: Data, kind: LabelledKind, labels: Labels, spellings: Spellings): void {
  const { rows, places, file, faults } = data;
  const field = KINDS[kind].labels!;
  const verdicts = spellings.names.map((name) => labels.verdict(name));
  let faulty: Map<string, number> | undefined;
  /** All labels with this verdict, and how often each of them occurs in the file. */
  const alike = (verdict: Verdict) => {
    if (!faulty) {
      faulty = new Map();
      eachLabel(rows.slice(kept), kind, (label) => {
        const name = spellings.names[label]!;
        if (verdicts[label] === verdict) faulty!.set(name, (faulty!.get(name) ?? 0) + 1);
      });
    }
    return faulty;
  };
  let kept = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const own = labelsIn(row, field);
    const odd =
      typeof own === "number"
        ? typeof verdicts[own] === "number"
          ? undefined
          : own
        : own.find((label) => typeof verdicts[label] !== "number");
    if (odd !== undefined) {
      const verdict = verdicts[odd] as Exclude<Verdict, number>;
      const { what, remedy } = labels.faultOf(spellings.names[odd]!, verdict, faults.skip ? new Map() : alike(verdict));
      const reason = verdict === "unlabelled" ? "unlabelled" : "unknown";
      faults.leaveOut(
        new RowError(reason, what, { file, at: `${data.unit} ${places[i]}, column ${data.labelColumn}` }, remedy),
      );
      continue;
    }
    if (typeof own === "number") (row as { label: number }).label = verdicts[own] as number;
    else for (const [j, label] of own.entries()) own[j] = verdicts[label] as number;
    rows[kept++] = row;
  }
  rows.length = kept;
  if (kept === 0) throw noneLeft(file, faults);
}

function mapSplits<T>(of: (split: SplitName) => T): Record<SplitName, T> {
  return { train: of("train"), validation: of("validation"), test: of("test") };
}

function countLabels(rows: readonly Example[], kind: TaskKind, labels: number): number[] {
  const counts = new Array<number>(labels).fill(0);
  eachLabel(rows, kind, (label) => counts[label]!++);
  return counts;
}

/** A note that states how many examples of a file were skipped, and for which reasons. */
function leftOutNote(data: Data | undefined): string[] {
  const counts = data?.faults.counts ?? [];
  if (!data || !counts.length) return [];
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const reasons = counts.map(({ reason, count }) => `${reason}: ${grouped(count)}`).join(", ");
  return [`${path.basename(data.file)}: ${grouped(all)} ${all === 1 ? "row was" : "rows were"} left out (${reasons})`];
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
