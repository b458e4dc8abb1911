// Reads NAME.task.json, which describes a task's files, columns, labels and metric. A single schema defines the types,
// defaults, checks, explanations and the editor's JSON schema.

import path from "node:path";
import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../json.ts";
import type { Metric } from "../metric.ts";
import { onDemand } from "../on-demand.ts";
import {
  accepted,
  atLeast,
  atMost,
  exactly,
  explained,
  flag,
  fraction,
  listed,
  oneOf,
  placeOf,
  type Read,
  seed,
  worded,
} from "../schema.ts";
import { quoted } from "../visible.ts";
import { ATTRIBUTES, type AttributeColumn, attributesIn, column, type Fail } from "./attributes/columns.ts";
import { CHOICES, GRAPHS, isLabelled, KINDS, SOURCE, type TaskKind } from "./examples.ts";
import { type Columns, LONGEST_LABEL } from "./fields.ts";
import {
  FORMATS,
  type Format,
  formatOfEnding,
  GRAPH_FORMATS,
  LIST_FORMATS,
  TEXT_FORMATS,
  WORD_FORMATS,
} from "./formats.ts";
import { type Layout, USUAL_LAYOUT } from "./graphs/layout.ts";
import type { Noise } from "./noise.ts";
import { repeated } from "./repeated.ts";
import { SOURCE_KEYS } from "./source-keys.ts";
import { decodeText, ENCODINGS, readBytes } from "./text.ts";

export const SPLITS = ["train", "validation", "test"] as const;
export type SplitName = (typeof SPLITS)[number];

/** Maximum number of labels in a task. Each label needs examples and a row in the classifier. */
export const MOST_LABELS = 10_000;
/** Maximum number of characters in a task's name, which becomes a file name. */
const LONGEST_NAME = 200;

/** Maximum number of characters in a prompt; a model reads a few thousand. */
const LONGEST_PROMPT = 10_000;

/** A valid name for a task or a run. Names become file names, which on Windows cannot end in a space or a dot. */
export const NAME = /^[\p{L}\p{N}_]([\p{L}\p{N} ._-]*[\p{L}\p{N}_-])?$/u;

const TASK_KINDS = Object.keys(KINDS) as TaskKind[];

const filePath = (explanation: string) =>
  explained(worded(z.string().check(atLeast(1)), "the path of a file"), explanation);
const share = onDemand(() => z._default(fraction(0.1), 0.1));
const label = onDemand(() =>
  worded(
    z.union([z.string().check(atMost(LONGEST_LABEL)), z.number(), z.boolean()]),
    `a string of at most ${LONGEST_LABEL} characters, a number, true or false`,
    { not: "a label" },
  ),
);
const severalColumns = onDemand(() =>
  worded(z.array(column()).check(exactly(CHOICES)), `${CHOICES} columns, one per continuation`, {
    not: `a list of ${CHOICES} columns`,
  }),
);

/**
 * The keys of a task file that do not depend on the task kind. The metrics and columns of each kind are in `ofKind`.
 */
export const TASK = onDemand(() =>
  z.strictObject({
    name: explained(
      z.optional(
        worded(
          z.string().check(atMost(LONGEST_NAME), z.regex(NAME)),
          `at most ${LONGEST_NAME} letters, digits, spaces and . _ -`,
          { not: "a valid name" },
        ),
      ),
      "the task's name; defaults to the name of the task file",
    ),
    kind: explained(
      oneOf(TASK_KINDS),
      "what each example consists of: a sentence, two sentences, tagged words, a text with four choices, the sentences of a document, a text (language), or a source with the target to generate from it (generation)",
    ),
    metric: explained(
      z.optional(oneOf([...new Set(TASK_KINDS.flatMap((kind) => KINDS[kind].metrics))])),
      "the metric that selects the best step",
    ),
    files: explained(
      worded(
        z.strictObject({
          train: filePath("training examples; paths are relative to the task file"),
          validation: z.exactOptional(filePath("examples for selecting the best step")),
          test: z.exactOptional(filePath("examples for the single evaluation at the end")),
        }),
        'an object that names at least a "train" file',
      ),
      "data files; splits without a file are held out from the training examples",
    ),
    /** For splits without a file: the fractions of the training examples to hold out, and the seed for drawing them. */
    split: explained(
      z.prefault(
        worded(
          z.strictObject({ validation: share(), test: share(), seed: z._default(seed, 1) }),
          'an object such as {"validation": 0.1, "test": 0.1}',
        ),
        {},
      ),
      "fractions of the training examples to hold out for splits without a file",
    ),
    format: explained(
      z.optional(oneOf(FORMATS)),
      "format of the data files; inferred from the file extension if omitted",
    ),
    separator: explained(
      z.optional(
        worded(z.string().check(z.regex(/^[^"\r\n]$/u)), 'one character, such as ";" or "\\t"', {
          not: "a single character that could separate columns",
        }),
      ),
      "column separator of csv, tsv and glue files; detected from the first lines if omitted",
    ),
    encoding: explained(z._default(oneOf(ENCODINGS), "utf-8"), "encoding of the data files"),
    labels: explained(
      z.optional(
        worded(
          z.array(label()).check(atLeast(2)).register(z.globalRegistry, { uniqueItems: true }),
          'two or more labels, such as ["negative", "positive"]',
          { not: "a list of labels" },
        ),
      ),
      "all labels, in the order of their indices; defaults to the labels in the training examples",
    ),
    skip: explained(
      z._default(flag, false),
      "skip and count malformed and unlabelled examples, instead of stopping with an error",
    ),
    unscored: explained(
      z.optional(oneOf(["wrong", "leave-out"])),
      "in tagging tasks, whether words beyond the maximum length count as wrong (the default) or are left out of the metrics",
    ),
    classWeights: explained(
      z.optional(oneOf(["balanced"])),
      "balanced: every class has the same total weight in the loss, however rare it is",
    ),
    prompt: explained(
      z.optional(
        worded(z.string().check(atMost(LONGEST_PROMPT)), `at most ${LONGEST_PROMPT} characters with ${SOURCE} once`),
      ),
      `in generation tasks, what the model reads for each source, such as "translate English to German: ${SOURCE}"`,
    ),
    attributes: ATTRIBUTES(),
    ...SOURCE_KEYS(),
    columns: explained(
      z._default(worded(z.looseObject({}), 'an object such as {"text": "sentence"}'), {}),
      "the column for each field: its name in the header or, if there is no header, its 0-based index",
    ),
  }),
);

/** The keys of a task file whose allowed values depend on its kind. */
export function ofKind(kind: TaskKind) {
  const { metrics, columns, alternatives = [] } = KINDS[kind];
  const fields = Object.entries(Object.assign({}, columns, ...alternatives) as Columns).map(([field, initial]) => {
    const given = z.exactOptional(Array.isArray(initial) ? severalColumns() : column());
    return [field, given.register(z.globalRegistry, { default: initial })] as const;
  });
  return z.strictObject({
    metric: z._default(oneOf(metrics), metrics[0]!),
    columns: z.strictObject(Object.fromEntries(fields)),
  });
}

type Given = Read<typeof TASK>;
export type Split = Given["split"];

/** A task file with paths resolved and defaults filled in. */
export interface TaskDescription
  extends Pick<Given, "kind" | "files" | "split" | "encoding" | "skip">,
    /**
     * If undefined, each file's format is inferred from its extension, and its separator is detected from its first
     * lines.
     */
    Required<Pick<Given, "format" | "separator">> {
  readonly file: string;
  readonly name: string;
  readonly metric: Metric;
  readonly labels: readonly string[] | undefined;
  /** How tagging metrics treat words beyond the maximum length: as wrong predictions, or not at all. */
  readonly unscored: NonNullable<Given["unscored"]>;
  /** "balanced": the weight of each class in the loss is examples / (classes · examples of the class). */
  readonly classWeights: NonNullable<Given["classWeights"]> | null;
  /** What a model reads for each source of a generation task, with `SOURCE` at its place; null: only the source. */
  readonly prompt: string | null;
  /** How graphs are written as sources; null if the task has none. */
  readonly graph: Layout | null;
  /** How texts are damaged to be restored; null if they are not. */
  readonly denoise: Noise | null;
  readonly columns: Columns;
  /** Attributes of the examples; their columns are those of the fields `ATTRIBUTE` + name. */
  readonly attributes: readonly AttributeColumn[];
  /** Fields whose columns the task file itself names. */
  readonly given: ReadonlySet<string>;
  /** Whether the first row of each data file names the columns. */
  readonly header: boolean;
}

const HELP = "use a task file in the format that the documentation describes";

/** Reads and checks a task file, but not its data. Throws an InputError for the first problem found. */
export async function readDescription(
  file: string,
): Promise<{ description: TaskDescription; json: JsonObject; bytes: Buffer }> {
  const bytes = await readBytes(file, HELP);
  const json = parseJsonObject(decodeText(bytes, file), file, HELP);
  return { description: parseDescription(json, file), json, bytes };
}

/** Like `readDescription`, but takes the parsed JSON of `file`. */
export function parseDescription(json: unknown, file: string): TaskDescription {
  const fail: Fail = (key, what, remedy) => {
    throw new InputError(what, placeOf(key, { file }), remedy);
  };
  if (!isJsonObject(json)) return fail("", "the file is not a JSON object", HELP);
  // 1. Check each key on its own, then the keys that depend on the kind.
  const task = accepted(TASK(), json, { file });
  const { kind, split, format, separator, encoding, skip, unscored = "wrong" } = task;
  const { classWeights = null, prompt = null, denoise = null } = task;
  const { metric, columns: named } = accepted(ofKind(kind), { metric: task.metric, columns: task.columns }, { file });

  // 2. Check for keys that contradict each other or the files' formats.
  if (task.unscored !== undefined && kind !== "tagging")
    fail("unscored", `this key is only for tagging tasks, but this is a ${kind} task`, "remove this key");
  if (classWeights && kind === "choice")
    fail(
      "classWeights",
      "the labels of a choice task are positions, not classes that can be weighted",
      "remove this key",
    );
  if (!isLabelled(kind))
    for (const key of ["labels", "classWeights"] as const)
      if (task[key] !== undefined) fail(key, `a ${kind} task has no labels`, "remove this key");
  const labels = task.labels?.map(String);
  if (labels && labels.length > MOST_LABELS)
    fail("labels", `there are ${labels.length} labels, over the limit of ${MOST_LABELS}`, "list fewer labels");
  const twice = repeated(labels ?? []);
  if (twice !== undefined) fail("labels", `${quoted(twice)} is listed twice`, "list each label once");
  const files = resolved(task.files, path.dirname(file));
  for (const split of SPLITS)
    if (files[split]) checkFormat(kind, format ?? formatOf(files[split], { kind, file }), split, file);

  // 3. Check the columns: all must be specified by name, or all by number.
  const read = format ?? formatOf(files.train, { kind, file });
  const isWords = WORD_FORMATS.includes(read);
  for (const key of ["prompt", "graph", "denoise"] as const)
    if (task[key] !== undefined && kind !== "generation")
      fail(key, `this key is only for generation tasks, but this is a ${kind} task`, "remove this key");
  if (task.graph && denoise) fail("graph", 'a task with "denoise" has no graphs', "remove this key");
  const wanted = { isGraph: task.graph !== undefined || GRAPH_FORMATS.includes(read), isDamaged: denoise !== null };
  const { attributes, columns: ofAttributes } = attributesIn(task.attributes, kind, fail);
  const fields = { ...(isWords ? { words: 0, tags: -1 } : fieldsOf(kind, named, wanted, fail)), ...named };
  const columns: Columns = { ...fields, ...ofAttributes };
  checkPrompt(prompt, columns, fail);
  const graph = Object.hasOwn(columns, "graph") ? (task.graph ?? USUAL_LAYOUT) : null;
  const all = Object.values(columns).flat();
  const shared = all.find((column, i) => all.indexOf(column) < i);
  if (shared !== undefined)
    fail("columns", `two fields use the column ${quoted(shared)}`, "choose a different column for each field");
  const headed = all.filter((column) => typeof column === "string").length;
  if (headed && headed < all.length && !isWords)
    fail(
      "columns",
      "some columns are specified by name and others by number",
      "specify all columns by name if the files have a header, and all by number if not",
    );
  return {
    ...{ file, name: task.name ?? path.basename(file).replace(/(\.task)?\.json$/, ""), kind, metric, files, split },
    ...{ format, separator, encoding, labels, skip, unscored, classWeights, prompt },
    ...{ graph, denoise, columns, attributes },
    ...{ given: new Set(Object.keys({ ...named, ...ofAttributes })), header: headed > 0 },
  };
}

/** The default columns of the fields that make up an example: of the set to which the columns named belong. */
function fieldsOf(
  kind: TaskKind,
  named: object,
  { isGraph, isDamaged }: { readonly isGraph: boolean; readonly isDamaged: boolean },
  fail: Fail,
): Columns {
  const { columns, alternatives = [] } = KINDS[kind];
  const sets = isDamaged ? [{ texts: GRAPHS.texts }] : isGraph ? [GRAPHS] : [columns, ...alternatives];
  const names = Object.keys(named);
  const set = sets.find((fields) => names.every((name) => Object.hasOwn(fields, name)));
  if (set) return set;
  const known = sets.map((fields) => Object.keys(fields).join(" and ")).join("; or ");
  return fail("columns", `no example has the fields ${names.join(" and ")}`, `name the columns of one set: ${known}`);
}

function checkPrompt(prompt: string | null, columns: Columns, fail: Fail): void {
  if (prompt === null) return;
  if (Object.hasOwn(columns, "frames")) fail("prompt", "frame features have no prompt", "remove this key");
  if (Object.hasOwn(columns, "messages"))
    fail("prompt", "conversations have no prompt", "put the text into the messages");
  if (prompt.split(SOURCE).length !== 2)
    fail("prompt", `${SOURCE} does not occur exactly once`, `write ${SOURCE} once, where the source goes`);
}

function resolved(files: Given["files"], folder: string): Given["files"] {
  const entries = Object.entries(files).map(([split, file]) => [split, path.resolve(folder, file)]);
  return Object.fromEntries(entries) as Given["files"];
}

/**
 * The format that a data file's extension implies. If it implies none, throws an InputError that names the task file
 * `task`. Only in language tasks, .txt means plain text; other tasks' examples have been found in any format under it.
 */
export function formatOf(file: string, { kind, file: task }: Pick<TaskDescription, "kind" | "file">): Format {
  const format = formatOfEnding(file);
  if (format && (!TEXT_FORMATS.includes(format) || kind === "language")) return format;
  throw new InputError(
    `the format of ${path.basename(file)} cannot be inferred from its extension`,
    { file: task, at: "format" },
    `set "format" in the task file to one of ${FORMATS.filter((other) => fits(kind, other)).join(", ")}`,
  );
}

/** Throws an InputError if files of this format cannot hold examples of the kind. */
function checkFormat(kind: TaskKind, format: Format, split: SplitName, file: string): void {
  if (fits(kind, format)) return;
  throw new InputError(
    `${format} files cannot hold examples of a ${kind} task`,
    { file, at: `files.${split}` },
    `convert the file to ${listed(FORMATS.filter((other) => fits(kind, other)))}`,
  );
}

/**
 * Whether files of a format can hold examples of a kind. Tagging needs lists or one word per line; documents need
 * lists; plain texts are examples only of language tasks, graphs only of generation tasks.
 */
export function fits(kind: TaskKind, format: Format): boolean {
  if (WORD_FORMATS.includes(format)) return kind === "tagging";
  if (TEXT_FORMATS.includes(format)) return kind === "language";
  if (GRAPH_FORMATS.includes(format)) return kind === "generation";
  return LIST_FORMATS.includes(format) || (kind !== "tagging" && kind !== "document");
}
