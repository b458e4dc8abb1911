// Checks the labels of a task, orders their names, and finds the index of each label in a file.

import type { Metric } from "../../metric.ts";
import { grouped } from "../../numbers.ts";
import { didYouMean } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import { bare } from "../around.ts";

const WHOLE = /^\d+$/;
/** A number, with a decimal point or, as in many countries, with a decimal comma. */
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
/**
 * An integer, optionally with a sign, or with zeros after a decimal point ("1.0"), as in tables with missing values.
 */
const WHOLE_WITH_POINT = /^[+-]?\d+(\.0*)?$/;
/** Values that mean "no label" if other labels occur too. */
const NONE = /^(-|_|nan|null|n\/a|#n\/a|<na>)?$/i;

/** Values that mean "no label" among numeric labels; among label names, they may be classes. */
const NONE_BESIDE_NUMBERS = /^(na|none|\?)$/i;

/** If there are more distinct numbers than this, and each is rare, they are treated as measurements, not classes. */
const MOST_NUMBERS = 20;
/** Maximum number of characters quoted from a label in a message. */
const LABEL_LENGTH = 50;
/** Maximum number of labels listed in a message. */
const NAMED = 12;

/** A label's index, which is its row in the classifier, or the reason why the label has no index. */
export type Verdict = number | "unlabelled" | "unknown" | "unlearnt";

/** The input of the rules: the training labels, and what the task file says about labels. */
export interface LabelFacts {
  readonly metric: Metric;
  /** What each label belongs to: "example", "word" or "sentence". */
  readonly unit: string;
  /** The labels listed in the task file, if any. */
  readonly given: readonly string[] | undefined;
  readonly skip: boolean;
  /** Whether the task kind has a fixed set of labels, to which none can be added. */
  readonly isClosed: boolean;
  /** The number of occurrences of each training label after trimming, without values that mean "no label". */
  readonly counts: ReadonlyMap<string, number>;
  /** The number of occurrences of each label that had surrounding whitespace. */
  readonly trimmed: ReadonlyMap<string, number>;
  /** The number of occurrences of each value that means "no label". */
  readonly unlabelled: ReadonlyMap<string, number>;
}

/** The result of a rule: a note (a full sentence without a period) or an error. */
type Finding = { readonly note: string } | { readonly what: string; readonly remedy: string; readonly at?: "metric" };

interface LabelRule {
  /** The situation to which the rule applies, and its outcome, as phrases for documentation. */
  readonly met: string;
  readonly result: string;
  readonly look: (facts: LabelFacts) => Finding | undefined;
}

/** Checked in this order; the first error is thrown. */
export const LABEL_RULES: readonly LabelRule[] = [
  {
    met: "labels that differ only in surrounding whitespace",
    result: "trimmed, noted",
    look: ({ trimmed, unit }) => {
      if (!trimmed.size) return undefined;
      return {
        note: `Whitespace around labels was removed (${counted(total(trimmed), unit)}: ${named(trimmed.keys())})`,
      };
    },
  },
  {
    met: "non-integer numbers",
    result: 'refused: regression is not supported (to use the numbers as classes, list them under `"labels"`)',
    look: ({ counts, given }) => {
      const labels = [...counts.keys()];
      if (given || !labels.length || !labels.every(isNumber)) return undefined;
      const odd = labels.filter((label) => !Number.isInteger(numberOf(label)));
      if (!odd.length) return undefined;
      return {
        what: `the labels include non-integer numbers (${named(odd)}), but regression is not supported`,
        remedy: NO_REGRESSION,
      };
    },
  },
  {
    met: "more than 20 different numbers, with fewer than 20 examples each on average",
    result: 'refused: regression is not supported (to use the numbers as classes, list them under `"labels"`)',
    look: ({ counts, given, unit }) => {
      const labels = [...counts.keys()];
      if (given || labels.length <= MOST_NUMBERS || !labels.every(isNumber)) return undefined;
      const all = total(counts);
      if (labels.length * 20 <= all) return undefined;
      return {
        what: `the labels are ${labels.length} different numbers in ${counted(all, unit)}, which suggests regression, but regression is not supported`,
        remedy: NO_REGRESSION,
      };
    },
  },
  {
    met: "`-`, `_`, an empty label, `nan`, `null` or `n/a` among other labels; `NA`, `None` or `?` among numbers; `-1` among 0, 1 …",
    result:
      'refused, unless `"skip": true` leaves out and counts these examples, or `"labels"` lists the value as a class; if −1 and 1 are the only labels, both are classes',
    look: ({ unlabelled, given, skip, counts, unit, isClosed }) => {
      if (!unlabelled.size || skip) return undefined;
      const marks = [...unlabelled.keys()];
      const all = [...(given ?? sorted([...counts.keys()])), ...marks];
      const keep = marks.length === 1 ? `keep ${shown(marks[0]!)} as a class` : "keep them as classes";
      return {
        what: marks.includes("")
          ? `the label is missing from ${counted(total(unlabelled), unit)}${marks.length > 1 ? ` (${listed(unlabelled)})` : ""}`
          : `${counted(total(unlabelled), unit)} ${total(unlabelled) === 1 ? "seems" : "seem"} to have no label (${listed(unlabelled)})`,
        remedy: `add "skip": true to leave ${total(unlabelled) === 1 ? "this example" : "them"} out${isClosed ? "" : `, or ${keep} with "labels": ${list(all)}`}`,
      };
    },
  },
  {
    met: "labels that differ only in case, inner whitespace or Unicode form",
    result: "noted with counts",
    look: ({ counts }) => {
      const alike = new Map<string, string[]>();
      for (const label of counts.keys()) {
        const folded = label.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ");
        const key = isNumber(folded) ? String(numberOf(folded)) : folded;
        alike.set(key, [...(alike.get(key) ?? []), label]);
      }
      const groups = [...alike.values()].filter((labels) => labels.length > 1);
      if (!groups.length) return undefined;
      const isCase = groups.every((labels) => new Set(labels.map((label) => label.toLowerCase())).size === 1);
      const words = groups
        .slice(0, NAMED)
        .map((labels) => labels.map((label) => `${shown(label)} (${grouped(counts.get(label)!)})`).join(" and "));
      const by = isCase ? "case" : "how they are written";
      return { note: `Some labels differ only in ${by} but count as different classes: ${words.join("; ")}` };
    },
  },
  {
    met: "more than 20 different names, with fewer than two examples each on average",
    result: "noted: this may not be a label column",
    look: ({ counts, given, unit }) => {
      const all = total(counts);
      if (given || counts.size <= MOST_NUMBERS || counts.size * 2 <= all || [...counts.keys()].every(isNumber))
        return undefined;
      return {
        note: `${counted(all, unit)} have ${grouped(counts.size)} different labels: check that the label column is the right one`,
      };
    },
  },
  {
    met: "`entityF1` and no `B-` or `I-` label",
    result: 'refused; the message contains the `"labels"` key to add',
    look: ({ metric, counts, given }) => {
      const labels = given ?? sorted([...counts.keys()]);
      if (metric !== "entityF1" || labels.some((label) => /^[BI]-/.test(label))) return undefined;
      const isNumbered = !given && labels.every((label) => WHOLE.test(label));
      const classes = isNumbered ? Math.max(...labels.map(Number)) + 1 : labels.length;
      const what = `entityF1 needs labels such as B-PER and I-PER, but the labels in the ${given ? "task file" : "data"} are ${named(labels)}`;
      const example = `"labels": ${list(entityLabels(classes))}`;
      const remedy = isNumbered
        ? `name the classes that the numbers 0 to ${classes - 1} stand for, as in ${example}, or use "metric": "accuracy" or "macroF1"`
        : `prefix the tags of entities with B- and I-, as in ${example}, or use "metric": "accuracy" or "macroF1"`;
      return { what, remedy, at: "metric" };
    },
  },
];

const NO_REGRESSION =
  'choose a label column that contains classes, or list the numbers under "labels" to use them as classes';
const ENTITIES = ["PER", "ORG", "LOC", "MISC"];

/** Example tags for this many classes: O, B-PER, I-PER … */
function entityLabels(classes: number): string[] {
  const tags = ["O"];
  for (let i = 0; tags.length < Math.min(classes, 3 * NAMED); i++) {
    const type = ENTITIES[i] ?? `TYPE${i + 1}`;
    tags.push(`B-${type}`, `I-${type}`);
  }
  return tags.slice(0, Math.max(2, classes));
}

export interface LabelOptions extends Pick<LabelFacts, "metric" | "given" | "skip" | "unit"> {
  /** The fixed set of labels, if the task kind has one; the rules for training labels do not apply to it. */
  readonly closed: readonly string[] | undefined;
  /** Whether each label is a class that must be learned from training examples. */
  readonly classes: boolean;
  /** Names that the data file itself defines for numeric labels. */
  readonly ofFile?: readonly string[] | undefined;
}

/** An error in the training labels as a whole. */
export interface LabelFault {
  readonly what: string;
  readonly remedy: string;
  /** Set if the error is in the task file, not in the data. */
  readonly at: "metric" | undefined;
  /** The first label that caused the error. */
  readonly label: string | undefined;
}

export class Labels {
  readonly names: readonly string[];
  readonly notes: readonly string[];
  readonly fault: LabelFault | undefined;
  readonly #unit: string;
  readonly #isClosed: boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  /** The names to which numbers in the files refer, in order. */
  readonly #numbered: readonly string[];
  /**
   * The indices of the labels that occur in the training data, if only those labels are valid; undefined if all labels
   * are valid.
   */
  readonly #learnt: ReadonlySet<number> | undefined;

  /** `training` maps each training label, as written, to the number of times it occurs. */
  constructor(options: LabelOptions, training: ReadonlyMap<string, number>) {
    const { metric, skip, unit, closed, classes } = options;
    const given = options.given ?? closed ?? options.ofFile;
    const clean = new Map<string, number>();
    const trimmed = new Map<string, number>();
    const keeps = new Set(given ?? []);
    for (const [label, count] of training) {
      const name = keeps.has(label) ? label : bare(label, true);
      if (name !== label) trimmed.set(name, (trimmed.get(name) ?? 0) + count);
      clean.set(name, (clean.get(name) ?? 0) + count);
    }
    // Different spellings of a number count as one label, but only if all labels are numbers.
    const isNumeric =
      !given &&
      [...clean.keys()].every((label) => NONE.test(label) || NONE_BESIDE_NUMBERS.test(label) || isNumber(label));
    const rewritten = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const [label, count] of clean) {
      const name = isNumeric ? numberName(label) : label;
      if (name !== label) rewritten.set(label, name);
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
    const unlabelled = new Map(
      [...counts].filter(([label]) => !keeps.has(label) && isUnlabelled(label, [...counts.keys()], given)),
    );
    for (const label of unlabelled.keys()) counts.delete(label);

    this.#unit = unit;
    this.#isClosed = closed !== undefined;
    this.names = given ?? sorted([...counts.keys()]);
    this.#numbers = new Map(this.names.map((name, i) => [name, i]));
    const names = this.names.filter((name) => !/^-\d+$/.test(name));
    this.#numbered = names.some((name) => WHOLE.test(name)) ? [] : names;
    const learnt = [...counts.keys()].map((label) => this.#resolve(label)).filter((number) => number !== undefined);
    this.#learnt = classes ? new Set(learnt) : undefined;

    const byNumber = sorted(
      [...counts.keys()].filter((label) => !keeps.has(label) && this.#resolve(label) !== undefined),
    ).slice(0, NAMED);
    const facts: LabelFacts = { metric, unit, given, skip, isClosed: this.#isClosed, counts, trimmed, unlabelled };
    const findings = LABEL_RULES.map(({ look }) => look(facts)).filter((finding) => finding !== undefined);
    const fault = findings.find((finding) => "what" in finding);
    this.fault = fault && { what: fault.what, remedy: fault.remedy, at: fault.at, label: [...unlabelled.keys()][0] };
    this.notes = [
      ...findings.flatMap((finding) => ("note" in finding ? [finding.note] : [])),
      ...(rewritten.size
        ? [
            `Numbers are read as whole numbers: ${[...rewritten]
              .slice(0, NAMED)
              .map(([from, to]) => `${shown(from)} as ${shown(to)}`)
              .join(", ")}`,
          ]
        : []),
      ...(options.given && byNumber.length
        ? [
            `Numbers stand for the task's labels: ${byNumber.map((label) => `${label} for ${shown(this.names[this.#resolve(label)!]!)}`).join(", ")}`,
          ]
        : []),
      ...(!options.given && !closed && options.ofFile
        ? [`The file defines its label names: ${named(options.ofFile)}`]
        : []),
    ];
  }

  /** The index of a label as written, or the reason why the label has no index. */
  verdict(written: string): Verdict {
    const number = this.#resolve(written);
    if (number !== undefined) return !this.#learnt || this.#learnt.has(number) ? number : "unlearnt";
    const label = bare(written, true);
    return isUnlabelled(label, this.names, this.names) ? "unlabelled" : "unknown";
  }

  /** Whether a label as written equals `label`, ignoring surrounding whitespace and the spelling of numbers. */
  isSame(written: string, label: string): boolean {
    const own = bare(written, true);
    return own === label || numberName(own) === label;
  }

  #resolve(written: string): number | undefined {
    const own = bare(written, true);
    return this.#numberOf(written) ?? this.#numberOf(own) ?? this.#numberOf(numberName(own));
  }

  #numberOf(label: string): number | undefined {
    const number = this.#numbers.get(label);
    if (number !== undefined || !WHOLE.test(label)) return number;
    const name = this.#numbered[Number(label)];
    return name === undefined ? undefined : this.#numbers.get(name);
  }

  /** The error for a label without an index; `counts` contains all labels in the file with the same verdict. */
  faultOf(
    written: string,
    verdict: Exclude<Verdict, number>,
    counts: ReadonlyMap<string, number>,
  ): { what: string; remedy: string } {
    const label = bare(written, true);
    const all = total(counts);
    const more = all > 1 ? ` (${counted(all, this.#unit)} are affected: ${listed(counts)})` : "";
    if (verdict === "unlabelled")
      return {
        what:
          label === "" ? `the label is missing${more}` : `the label ${shown(label)} seems to mean "no label"${more}`,
        remedy: `add "skip": true to leave ${all > 1 ? "them" : "this example"} out${this.#isClosed ? "" : `, or list ${shown(label)} under "labels" as a class`}`,
      };
    if (verdict === "unlearnt")
      return {
        what: `no training example has the label ${shown(label)}${more}`,
        remedy: 'add training examples with this label, or add "skip": true to the task file to leave this example out',
      };
    return {
      what: `the label ${shown(label)} is not one of the task's labels${more}`,
      remedy: didYouMean(label, this.names, `use one of ${named(this.names)}`),
    };
  }
}

export const isNumber = (label: string) => NUMBER.test(label);
const numberOf = (label: string) => Number(label.replace(",", "."));

/** Normalizes integers: "1.0" and "+1" become "1". Any other label is unchanged. */
function numberName(label: string): string {
  return WHOLE_WITH_POINT.test(label) && (label.includes(".") || label.startsWith("+"))
    ? String(Math.trunc(Number(label)) + 0)
    : label;
}

/**
 * Whether a label means "no label" when it occurs among the labels `all`. −1 means "no label" if all other labels are
 * names, or class numbers that start at 0 or 1. It is a class if the only other label is 1, or if another label is a
 * negative number.
 */
function isUnlabelled(label: string, all: readonly string[], given: readonly string[] | undefined): boolean {
  const marks = NONE.test(label) || NONE_BESIDE_NUMBERS.test(label) || label === "-100" || label === "-1";
  if (!marks) return false; // with thousands of labels, comparing each with all others is slow
  const others = all.filter((other) => other !== label && !NONE.test(other));
  if (label === "-") return others.length > 0 && !others.includes("+");
  if (NONE.test(label)) return others.length > 0;
  if (NONE_BESIDE_NUMBERS.test(label)) {
    const labels = others.filter((other) => !NONE_BESIDE_NUMBERS.test(other));
    return labels.length > 0 && labels.every(isNumber);
  }
  if (label === "-100") return others.length > 0 && !others.some((other) => other.startsWith("-"));
  if (label !== "-1" || !others.length) return false;
  if (given || !others.every(isNumber)) return !others.some((other) => other.startsWith("-"));
  if (others.some((other) => numberOf(other) < 0)) return false;
  const largest = Math.max(...others.map(numberOf));
  return others.includes("0") || (others.length > 1 && others.length === largest);
}

/** Sorts labels in place: by value if all of them are numbers, otherwise by code point. */
export function sorted(labels: string[]): string[] {
  if (labels.every(isNumber)) return labels.sort((a, b) => numberOf(a) - numberOf(b));
  return labels.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const shown = (label: string) => quoted(label, LABEL_LENGTH);
const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
const counted = (count: number, unit: string) => `${grouped(count)} ${unit}${count === 1 ? "" : "s"}`;

/** Lists the first few labels, and says how many more there are. */
export function named(labels: Iterable<string>): string {
  const all = [...labels];
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : "";
  return all.slice(0, NAMED).map(shown).join(", ") + more;
}

const listed = (counts: ReadonlyMap<string, number>) => {
  const all = [...counts];
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : "";
  return (
    all
      .slice(0, NAMED)
      .map(([label, count]) => `${shown(label)}: ${grouped(count)}`)
      .join(", ") + more
  );
};

/** The labels as a JSON list for a task file. */
function list(labels: readonly string[]): string {
  const some = labels.slice(0, 2 * NAMED).map((label) => quoted(label));
  return `[${some.join(", ")}${labels.length > 2 * NAMED ? ", …" : ""}]`;
}
