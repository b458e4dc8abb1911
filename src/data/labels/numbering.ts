// Numbers the labels of a task's files by those of its training examples, or reports what is wrong with them.

import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import { quoted } from "../../visible.ts";
import { MOST_LABELS, type SplitName, type TaskDescription } from "../description.ts";
import { CHOICES, type Example, KINDS, type LabelledKind, type TaskKind } from "../examples.ts";
import type { Spellings } from "../fields.ts";
import { type Format, USUAL_SEPARATORS } from "../formats.ts";
import { type Faults, noneLeft, RowError } from "../row-error.ts";
import type { Table } from "../table.ts";
import { isNumber, Labels, named, type Verdict } from "./labels.ts";

/** A data file after reading. Until labels are resolved, the labels in `rows` are indices into `Spellings.names`. */
export interface Data {
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
  /** How many features the frames have that its examples name; undefined if they name none. */
  readonly features?: number;
  readonly notes: readonly string[];
  readonly sha256: string;
}

const CHOICE_LABELS = Array.from({ length: CHOICES }, (_, i) => String(i));

/**
 * The labels of the training examples. Replaces the labels of all files by their indices. Throws an InputError with the
 * file, line and column of the first label that prevents training.
 */
export function numberLabels(
  description: TaskDescription,
  kind: LabelledKind,
  data: Readonly<Partial<Record<SplitName, Data>>>,
  spellings: Spellings,
): Labels {
  const labels = labelsOf(description, kind, data.train!, spellings);
  for (const split of Object.values(data)) settleLabels(split, kind, labels, spellings);
  return labels;
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

/** How often each label occurs. */
export function countLabels(rows: readonly Example[], kind: TaskKind, labels: number): number[] {
  const counts = new Array<number>(labels).fill(0);
  eachLabel(rows, kind, (label) => counts[label]!++);
  return counts;
}
