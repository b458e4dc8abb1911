// The labels of a task: rules that check them, their names in order, and the index of each label found in a file.

import { grouped } from "../numbers.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";
import { bare } from "./around.ts";
import type { Metric } from "./examples.ts";

const WHOLE = /^\d+$/;
/** A number with a decimal point or, as in many countries, a decimal comma. */
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
/** An integer, also with a sign, or written as in tables with missing values ("1.0"). */
const WHOLE_WITH_POINT = /^[+-]?\d+(\.0*)?$/;
/** Markers for "no label" among other labels. */
const NONE = /^(-|_|nan|null|n\/a|#n\/a|<na>)?$/i;

/** Markers for "no label" among numbers; among names, they may be classes. */
const NONE_BESIDE_NUMBERS = /^(na|none|\?)$/i;

/** If there are more different numbers than this, and each is rare, they count as measurements. */
const MOST_NUMBERS = 20;
/** The most characters of a label that a message quotes. */
const LABEL_LENGTH = 50;
/** The most labels that a message lists. */
const NAMED = 12;

/** The label's index, which is its row in the classifier, or why it has none. */
export type Verdict = number | "unlabelled" | "unknown" | "unlearnt";

/** What the rules check: the training labels, and what the task file says. */
export interface LabelFacts {
  readonly metric: Metric;
  /** What each label belongs to: "example", "word" or "sentence". */
  readonly unit: string;
  /** "labels" in the task file. */
  readonly given: readonly string[] | undefined;
  readonly skip: boolean;
  /** Whether the task kind has a fixed set of labels, so none can be added. */
  readonly isClosed: boolean;
  /** How often each training label occurs, trimmed, without the markers for "no label". */
  readonly counts: ReadonlyMap<string, number>;
  /** The same for labels with surrounding whitespace. */
  readonly trimmed: ReadonlyMap<string, number>;
  /** The same for the markers for "no label". */
  readonly unlabelled: ReadonlyMap<string, number>;
}

/** The result of a rule: a note (a full sentence without a period) or an error. */
type Finding = { readonly note: string } | { readonly what: string; readonly remedy: string; readonly at?: "metric" };

interface LabelRule {
  /** For docs/compatibility.md: the situation, and what happens then. */
  readonly met: string;
  readonly result: string;
  readonly look: (facts: LabelFacts) => Finding | undefined;
}

/** Checked in this order; the first error is thrown. */
export const LABEL_RULES: readonly LabelRule[] = [
  {
    met: "labels that differ only by surrounding whitespace",
    result: "trimmed, noted",
    look: ({ trimmed, unit }) => {
      if (!trimmed.size) return undefined;
      return {
        note: `Whitespace around labels was removed (${counted(total(trimmed), unit)}: ${named(trimmed.keys())})`,
      };
    },
  },
  {
    met: "numbers that are not whole",
    result: 'refused: regression is not supported (to use the numbers as classes, list them under `"labels"`)',
    look: ({ counts, given }) => {
      const labels = [...counts.keys()];
      if (given || !labels.length || !labels.every(isNumber)) return undefined;
      const odd = labels.filter((label) => !Number.isInteger(numberOf(label)));
      if (!odd.length) return undefined;
      return {
        what: `the labels are numbers that are not whole (${named(odd)}), and regression is not supported`,
        remedy: NO_REGRESSION,
      };
    },
  },
  {
    met: "over 20 different numbers, and more than one per 20 examples",
    result: 'refused: regression is not supported (to use the numbers as classes, list them under `"labels"`)',
    look: ({ counts, given, unit }) => {
      const labels = [...counts.keys()];
      if (given || labels.length <= MOST_NUMBERS || !labels.every(isNumber)) return undefined;
      const all = total(counts);
      if (labels.length * 20 <= all) return undefined;
      return {
        what: `the labels are ${labels.length} different numbers in ${counted(all, unit)}, and regression is not supported`,
        remedy: NO_REGRESSION,
      };
    },
  },
  {
    met: "`-`, `_`, an empty label, `nan`, `null`, `n/a` beside others; `NA`, `None`, `?` beside numbers; `-1` beside 0, 1 …",
    result:
      'refused, unless `"skip": true` leaves out and counts these examples, or `"labels"` lists the marker as a class; −1 and 1 alone are two classes',
    look: ({ unlabelled, given, skip, counts, unit, isClosed }) => {
      if (!unlabelled.size || skip) return undefined;
      const marks = [...unlabelled.keys()];
      const all = [...(given ?? sorted([...counts.keys()])), ...marks];
      const keep = marks.length === 1 ? `keep ${shown(marks[0]!)} as a class` : "keep them as classes";
      return {
        what: marks.includes("")
          ? `the label is missing in ${counted(total(unlabelled), unit)}${marks.length > 1 ? ` (${listed(unlabelled)})` : ""}`
          : `${counted(total(unlabelled), unit)} ${total(unlabelled) === 1 ? "seems" : "seem"} to have no label (${listed(unlabelled)})`,
        remedy: `add "skip": true to leave ${total(unlabelled) === 1 ? "it" : "them"} out${isClosed ? "" : `, or ${keep} with "labels": ${list(all)}`}`,
      };
    },
  },
  {
    met: "labels that differ only by case, inner whitespace or Unicode form",
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
        .map((labels) => labels.map((label) => `${shown(label)} ${grouped(counts.get(label)!)}`).join(" and "));
      const by = isCase ? "case" : "how they are written";
      return { note: `Labels differ only by ${by} and count as different classes: ${words.join("; ")}` };
    },
  },
  {
    met: "over 20 different names, with fewer than two examples each on average",
    result: "noted: this may not be a label column",
    look: ({ counts, given, unit }) => {
      const all = total(counts);
      if (given || counts.size <= MOST_NUMBERS || counts.size * 2 <= all || [...counts.keys()].every(isNumber))
        return undefined;
      return {
        note: `${counted(all, unit)} have ${grouped(counts.size)} different labels: check that this is the label column`,
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
      const what = `entityF1 needs labels such as B-PER and I-PER, but the ${given ? "task" : "data"} has ${named(labels)}`;
      const example = `"labels": ${list(entityLabels(classes))}`;
      const remedy = isNumbered
        ? `name the classes of the numbers 0 to ${classes - 1}, such as ${example}, or use "metric": "accuracy" or "macroF1"`
        : `prefix the tags of entities with B- and I- (such as ${example}), or use "metric": "accuracy" or "macroF1"`;
      return { what, remedy, at: "metric" };
    },
  },
];

const NO_REGRESSION =
  'choose a label column that contains classes, or list the numbers under "labels" to use them as classes';
const ENTITIES = ["PER", "ORG", "LOC", "MISC"];

/** Tags for this many classes: O, B-PER, I-PER … */
function entityLabels(classes: number): string[] {
  const tags = ["O"];
  for (let i = 0; tags.length < Math.min(classes, 3 * NAMED); i++) {
    const type = ENTITIES[i] ?? `TYPE${i + 1}`;
    tags.push(`B-${type}`, `I-${type}`);
  }
  return tags.slice(0, Math.max(2, classes));
}

export interface LabelOptions extends Pick<LabelFacts, "metric" | "given" | "skip" | "unit"> {
  /** The fixed set of labels of the task kind; the rules on training labels do not apply to it. */
  readonly closed: readonly string[] | undefined;
  /** Whether labels are classes that must each be learned from training examples. */
  readonly classes: boolean;
  /** Names that the data file itself defines for its numbers. */
  readonly ofFile?: readonly string[] | undefined;
}

/** An error in the training labels as a whole. */
export interface LabelFault {
  readonly what: string;
  readonly remedy: string;
  /** Set if the error is in the task file, not in the data. */
  readonly at: "metric" | undefined;
  /** The first label concerned. */
  readonly label: string | undefined;
}

export class Labels {
  readonly names: readonly string[];
  readonly notes: readonly string[];
  readonly fault: LabelFault | undefined;
  readonly #unit: string;
  readonly #isClosed: boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  /** The names that numbers in the files refer to, in order. */
  readonly #numbered: readonly string[];
  /** The indices of the labels in the training split, if only these are valid; undefined if all are. */
  readonly #learnt: ReadonlySet<number> | undefined;

  /** Takes the training labels as written, with their frequencies. */
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
    // Different spellings of a number are one label, but only if all labels are numbers.
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
            `Numbers refer to the task's labels: ${byNumber.map((label) => `${label} for ${shown(this.names[this.#resolve(label)!]!)}`).join(", ")}`,
          ]
        : []),
      ...(!options.given && !closed && options.ofFile
        ? [`The file defines its label names: ${named(options.ofFile)}`]
        : []),
    ];
  }

  /** The index of a label as written, or why it has none. */
  verdict(written: string): Verdict {
    const number = this.#resolve(written);
    if (number !== undefined) return !this.#learnt || this.#learnt.has(number) ? number : "unlearnt";
    const label = bare(written, true);
    return isUnlabelled(label, this.names, this.names) ? "unlabelled" : "unknown";
  }

  /** Whether a label as written is `label`, apart from surrounding whitespace and the spelling of numbers. */
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

  /** The error for a label without an index; `counts` has all such labels in the split. */
  faultOf(
    written: string,
    verdict: Exclude<Verdict, number>,
    counts: ReadonlyMap<string, number>,
  ): { what: string; remedy: string } {
    const label = bare(written, true);
    const all = total(counts);
    const more = all > 1 ? ` (${counted(all, this.#unit)} with such a label: ${listed(counts)})` : "";
    if (verdict === "unlabelled")
      return {
        what:
          label === "" ? `the label is missing${more}` : `the label ${shown(label)} seems to mean "no label"${more}`,
        remedy: `add "skip": true to leave ${all > 1 ? "them" : "it"} out${this.#isClosed ? "" : `, or list ${shown(label)} under "labels" as a class`}`,
      };
    if (verdict === "unlearnt")
      return {
        what: `no training example has the label ${shown(label)}${more}`,
        remedy: 'add examples with this label to the training file, or leave this one out ("skip": true)',
      };
    return {
      what: `the label ${shown(label)} is not one of the task's labels${more}`,
      remedy: didYouMean(label, this.names, `correct it, or use one of ${named(this.names)}`),
    };
  }
}

export const isNumber = (label: string) => NUMBER.test(label);
const numberOf = (label: string) => Number(label.replace(",", "."));

/** "1.0" and "+1" as "1"; anything else unchanged. */
function numberName(label: string): string {
  return WHOLE_WITH_POINT.test(label) && (label.includes(".") || label.startsWith("+"))
    ? String(Math.trunc(Number(label)) + 0)
    : label;
}

/**
 * Whether a label means "no label" among the given labels. −1 does if all others are names, or classes numbered from 0
 * or 1; it is a class if its only other label is 1, or if other numbers are negative.
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

/** Sorts numbers by value; if any label is not a number, sorts all by code point. */
export function sorted(labels: string[]): string[] {
  if (labels.every(isNumber)) return labels.sort((a, b) => numberOf(a) - numberOf(b));
  return labels.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const shown = (label: string) => quoted(label, LABEL_LENGTH);
const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
const counted = (count: number, unit: string) => `${grouped(count)} ${unit}${count === 1 ? "" : "s"}`;

/** Some of the labels, and how many more there are. */
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
      .map(([label, count]) => `${shown(label)} ${grouped(count)}`)
      .join(", ") + more
  );
};

/** The labels as written in a task file. */
function list(labels: readonly string[]): string {
  const some = labels.slice(0, 2 * NAMED).map((label) => quoted(label));
  return `[${some.join(", ")}${labels.length > 2 * NAMED ? ", …" : ""}]`;
}
