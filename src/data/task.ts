// Reads a task with all its examples, for training and evaluation.

import { createHash } from "node:crypto";
import path from "node:path";
import { InputError } from "../errors.ts";
import type { Metric } from "../metric.ts";
import { grouped } from "../numbers.ts";
import { fits, formatOf, readDescription, SPLITS, type SplitName, type TaskDescription } from "./description.ts";
import { type Example, type ExampleOf, type GenerationExample, isLabelled, KINDS, type TaskKind } from "./examples.ts";
import { Fields, findColumns, Spellings } from "./fields.ts";
import { FORMAT_NAMES, TEXT_FORMATS } from "./formats.ts";
import { FrameFiles } from "./frames/files.ts";
import { type Layout, USUAL_LAYOUT } from "./graphs/layout.ts";
import { notesOfSplit } from "./labels/notes.ts";
import { countLabels, type Data, numberLabels } from "./labels/numbering.ts";
import { damaged, type Noise } from "./noise.ts";
import { drawn, type Random } from "./random.ts";
import { readTable } from "./readers.ts";
import { Faults, noneLeft, RowError } from "./row-error.ts";
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
  /** The names of the attributes of its examples; empty if they have none. */
  readonly attributes: readonly string[];
  /** What the examples' frames are like, in a task whose sources are frame features; otherwise undefined. */
  readonly frames?: { readonly features: number } | undefined;
  /** How the task's graphs are written as sources; null if it has none. */
  readonly graph: Layout | null;
  /** How the task's texts are damaged to be restored; null if they are not. */
  readonly denoise: Noise | null;
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

/**
 * Reads a task file and all its data. Throws an InputError with the file, line and column of the first problem that
 * prevents training. If `trains` is false, a training split without examples only produces a note.
 */
export async function readTask(file: string, { trains = true }: { trains?: boolean } = {}): Promise<Task> {
  const { description, bytes } = await readDescription(file);
  const { name, kind, metric, files, unscored, classWeights, prompt, graph, denoise } = description;
  const spellings = new Spellings();
  const data: Partial<Record<SplitName, Data>> = {};
  for (const split of SPLITS) if (files[split]) data[split] = await readData(description, files[split], spellings);
  const train = data.train!;
  const frames = framesIn(Object.values(data));

  const { names, notes } = isLabelled(kind)
    ? numberLabels(description, kind, data, spellings)
    : { names: [], notes: [] };
  const wanted = { validation: !data.validation, test: !data.test };
  const aside = setAside(train.rows.length, description.split, wanted);
  const isEmpty = aside.train.length === 0;
  const isDocument = train.rows.length === 1 && TEXT_FORMATS.includes(train.format);
  const nothing = isDocument
    ? "the file is one document, because only blank lines separate documents, so no other split can be held out from it"
    : `holding out the other splits leaves no training examples (the file has ${count(train.rows.length, "example")})`;
  if (isEmpty && trains)
    throw new InputError(
      nothing,
      { file: train.file },
      isDocument
        ? 'separate its documents by blank lines or use jsonl, or name a validation and a test file under "files" in the task file'
        : 'add examples, or reduce the fractions under "split" in the task file',
    );
  const splits = mapSplits((split) =>
    forSplit(
      split !== "train" && data[split] ? data[split].rows : aside[split].map((number) => train.rows[number]!),
      split,
      denoise,
    ),
  );
  const labelCounts = mapSplits((split) => countLabels(splits[split], kind, names.length));
  return {
    ...{ file, name, kind, metric, unscored, classWeights, prompt, graph, denoise, labels: names, splits, labelCounts },
    attributes: description.attributes.map(({ name }) => name),
    ...(frames && { frames }),
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

async function readData(description: TaskDescription, file: string, spellings: Spellings): Promise<Data> {
  const { kind, encoding, header, columns, given, separator, skip, attributes } = description;
  const said = description.format ?? formatOf(file, description);
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
  const digest = createHash("sha256").update(bytes); // and of the files of frames
  const rows: Example[] = [];
  const places: number[] = [];
  let framed: FrameFiles | undefined;
  if (table.rows.length) {
    find(table);
    const fields = new Fields(file, found!, table, spellings, description.graph ?? USUAL_LAYOUT);
    if (Object.hasOwn(found!, "frames")) framed = new FrameFiles(path.dirname(file), digest);
    for (const row of table.rows)
      try {
        const example = await withFrames(KINDS[kind].row(fields.at(row)), framed);
        if (skip && "target" in example && example.target === "") {
          faults.count("empty");
          continue;
        }
        rows.push(attributes.length ? withAttributes(example, fields, attributes) : example);
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
    ...(framed?.features !== undefined && { features: framed.features }),
    notes: [...table.notes, ...emptyTexts(rows, description.denoise !== null)],
    sha256: digest.digest("hex"),
  };
}

/** The example that was read last, with its attributes. */
function withAttributes(example: Example, fields: Fields, attributes: TaskDescription["attributes"]): Example {
  return { ...example, attributes: attributes.map((attribute) => fields.values(attribute)) };
}

/** The example with its frames, if it has them. */
async function withFrames(example: Example, files: FrameFiles | undefined): Promise<Example> {
  if (!files) return example;
  const name = "source" in example ? example.source : (example as ExampleOf["sentence"]).text;
  return { ...example, frames: await files.read(name as string) };
}

/** What all examples' frames are like. Throws an InputError if those of two files differ. */
function framesIn(data: readonly Data[]): Task["frames"] {
  const [first, ...others] = data.filter(({ features }) => features !== undefined);
  const other = others.find(({ features }) => features !== first!.features);
  if (other)
    throw new InputError(
      `its frames have ${other.features} features, but those of ${first!.file} have ${first!.features}`,
      { file: other.file },
      "compute the same features for every example",
    );
  return first && { features: first.features! };
}

/** `isDamaged`: the sources do not exist yet. */
function emptyTexts(rows: readonly Example[], isDamaged: boolean): string[] {
  const note = (of: string, isEmpty: (row: Example) => boolean, after = "") => {
    const empty = rows.filter(isEmpty).length;
    return empty ? [`The file has ${count(empty, "example")} with ${of}${after}`] : [];
  };
  return [
    ...note("empty text", (row) => "text" in row && (row.text === "" || ("textPair" in row && row.textPair === ""))),
    ...(isDamaged ? [] : note("an empty source", (row) => "source" in row && isEmptySource(row.source))),
    ...note(
      "an empty target",
      (row) => "target" in row && row.target === "",
      ', of which only the end token is learned; "skip": true leaves these examples out',
    ),
  ];
}

/**
 * The examples of a split. If an example has several references, each is the target of a training example of its own, after
 * splits are held out, so that no graph is in two splits. Texts to restore are examples of their own in every split.
 */
function forSplit(rows: readonly Example[], split: SplitName, denoise: Noise | null): Example[] {
  return rows.flatMap<Example>((row) => {
    if (!("target" in row)) return [row];
    const { references = [row.target], ...own } = row;
    if (denoise) return references.map((text) => damaged(text, denoise));
    return split === "train" ? references.map((target) => ({ ...own, target })) : [row];
  });
}

const isEmptySource = (source: GenerationExample["source"]): boolean =>
  typeof source === "string" ? source === "" : source.every(({ content }) => content === "");

function mapSplits<T>(of: (split: SplitName) => T): Record<SplitName, T> {
  return { train: of("train"), validation: of("validation"), test: of("test") };
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
