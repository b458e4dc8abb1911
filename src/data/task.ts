// A task with all its rows: what training and evaluation see of the data.

import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import {
  type ClassWeights,
  formatOf,
  readDescription,
  SPLITS,
  type Split,
  type SplitName,
  type TaskDescription,
  type Unscored,
} from "./description.ts";
import { Labels } from "./labels.ts";
import { Random } from "./random.ts";
import { READERS, type Table } from "./readers.ts";
import { Fields, findColumns, KINDS, type Metric, type Row, type RowOf, type TaskKind } from "./rows.ts";
import { readBytes } from "./text.ts";

export type { SplitName } from "./description.ts";
export type { Metric, Row, TaskKind } from "./rows.ts";

export interface Task<K extends TaskKind = TaskKind> {
  /** The task file. */
  readonly file: string;
  readonly name: string;
  readonly kind: K;
  /** By which the best state is chosen. */
  readonly metric: Metric;
  readonly unscored: Unscored;
  readonly classWeights: ClassWeights | null;
  /** Their order gives the numbers in rows. */
  readonly labels: readonly string[];
  /** How many examples have each label (in tagging words, in documents sentences), in the order of `labels`. */
  readonly labelCounts: Readonly<Record<SplitName, readonly number[]>>;
  /** Examples left out under "skip"; those of splits set aside from training all stand under `train`. */
  readonly skipped: Readonly<Record<SplitName, readonly Skipped[]>>;
  /** What a reader of the numbers should know of the data: full sentences, without a period at the end. */
  readonly notes: readonly string[];
  readonly splits: Readonly<Record<SplitName, readonly RowOf[K][]>>;
  /** SHA-256 (hex) of the bytes of each split's file; a split set aside from training has that of the training file. */
  readonly dataSha256: Readonly<Record<SplitName, string>>;
  /** SHA-256 (hex) of the task file's bytes, which say how the splits are made. */
  readonly sha256: string;
}

/** Examples that were left out for one reason. */
export interface Skipped {
  readonly reason: string;
  readonly count: number;
}

/** A data file as read: the table and where its fields are. */
interface Data {
  readonly file: string;
  readonly table: Table;
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly sha256: string;
}

/** Reads a task file and all its data. InputError with file, line and column for whatever cannot be trained on. */
export async function readTask(file: string): Promise<Task> {
  const { description, bytes } = await readDescription(file);
  const { name, kind, metric, files } = description;
  const data: Partial<Record<SplitName, Data>> = {};
  for (const splitName of SPLITS) if (files[splitName]) data[splitName] = await readData(description, files[splitName]);
  const train = data.train!;

  const labels = labelsOf(description, train);
  if (metric === "f1" && labels.names.length !== 2)
    throw new InputError(
      `f1 is for two labels and the task has ${labels.names.length}`,
      { file, at: "metric" },
      'take "macroF1"',
    );
  const rowsOf = (from: Data) =>
    from.table.rows.map((row) => KINDS[kind].row(new Fields(row, from.file, from.columns, labels)));
  const all = rowsOf(train);
  const aside = setAside(all.length, description.split, { validation: !data.validation, test: !data.test }, train.file);
  const pick = (numbers: readonly number[]) => numbers.map((number) => all[number]!);
  const splits = {
    train: pick(aside.train),
    validation: data.validation ? rowsOf(data.validation) : pick(aside.validation),
    test: data.test ? rowsOf(data.test) : pick(aside.test),
  };
  return {
    file,
    name,
    kind,
    metric,
    unscored: description.unscored,
    classWeights: description.classWeights,
    labels: labels.names,
    labelCounts: mapSplits((split) => countLabels(splits[split], kind, labels.names.length)),
    skipped: mapSplits(() => []),
    notes: [],
    splits,
    dataSha256: {
      train: train.sha256,
      validation: (data.validation ?? train).sha256,
      test: (data.test ?? train).sha256,
    },
    sha256: hash(bytes),
  };
}

async function readData(description: TaskDescription, file: string): Promise<Data> {
  const { encoding, header, columns } = description;
  const format = description.format ?? formatOf(file, description.file);
  const bytes = await readBytes(file, "name a file with rows");
  const table = await READERS[format]({ file, bytes, encoding, header });
  if (table.rows.length === 0) throw new InputError("the file has no rows", { file }, "name a file with rows");
  return { file, table, columns: findColumns(columns, table, file), sha256: hash(bytes) };
}

function labelsOf({ kind, labels: given }: TaskDescription, train: Data): Labels {
  const { labels: field, classes } = KINDS[kind];
  const training = new Set<string>();
  for (const row of train.table.rows)
    for (const label of new Fields(row, train.file, train.columns).labelsAsWritten(field)) training.add(label);
  // The right continuation may well stand at one place always; a model of choices does not see the place.
  if (kind === "choice") return new Labels(given ?? CHOICE_LABELS, training, classes);
  if (training.size < 2)
    throw new InputError(
      `all rows have one label, ${[...training].map((label) => JSON.stringify(label)).join()}`,
      { file: train.file, at: `column ${train.columns[field]}` },
      "give rows of at least two, or name another column as label",
    );
  return new Labels(given, training, classes);
}

const CHOICE_LABELS = ["0", "1", "2", "3"];

/**
 * Numbers of the rows of each split that has no file of its own, drawn with the task's seed: round(share · rows) each,
 * at least one; the test split does not change with the share of validation. Each split keeps the file's order.
 */
function setAside(
  rows: number,
  split: Split,
  wanted: Record<"validation" | "test", boolean>,
  file: string,
): Record<SplitName, number[]> {
  const order = Array.from({ length: rows }, (_, i) => i);
  if (wanted.validation || wanted.test) new Random(split.seed, "split").shuffle(order);
  const take = (name: "validation" | "test") =>
    wanted[name] ? order.splice(0, Math.max(1, Math.round(split[name] * rows))) : [];
  const [test, validation] = [take("test"), take("validation")];
  if (order.length === 0)
    throw new InputError(
      `no row of ${rows} is left to train on`,
      { file },
      "give more rows, or smaller shares under split",
    );
  const ascending = (numbers: number[]) => numbers.sort((a, b) => a - b);
  return { train: ascending(order), validation: ascending(validation), test: ascending(test) };
}

function mapSplits<T>(of: (split: SplitName) => T): Record<SplitName, T> {
  return { train: of("train"), validation: of("validation"), test: of("test") };
}

function countLabels(rows: readonly Row[], kind: TaskKind, labels: number): number[] {
  const counts = new Array<number>(labels).fill(0);
  const field = KINDS[kind].labels;
  for (const row of rows)
    for (const label of [(row as unknown as Record<string, number | readonly number[]>)[field]!].flat())
      counts[label]!++;
  return counts;
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
