// The filter of the table: words that must appear in a row, and conditions on columns (method:mask, -task:sst2,
// epochs>=3). Pure.

/** A value of a cell, by which rows are filtered and sorted. */
export type Value = string | number | null;

interface Condition {
  readonly column: string;
  readonly compare: ":" | ">" | "<" | ">=" | "<=";
  readonly value: string;
}

interface Term {
  readonly not: boolean;
  /** A word that must appear in the row's texts, or a condition on a column. */
  readonly word?: string;
  readonly condition?: Condition;
}

const TERM = /(-?)(?:([\w.]+)(>=|<=|:|>|<))?("[^"]*"?|\S+)/g;

/**
 * The terms of a filter. A condition on an unknown column is read as a word, and so is one without a value, which is
 * still being typed.
 */
export function termsOf(filter: string, columns: readonly string[]): Term[] {
  const names = new Map(columns.map((name) => [name.toLowerCase(), name]));
  return [...filter.matchAll(TERM)].map(([whole, not, name, compare, given]) => {
    const column = name === undefined ? undefined : names.get(name.toLowerCase());
    const value = given!.replace(/^"|"$/g, "").toLowerCase();
    if (column === undefined) return { not: not === "-" && whole.length > 1, word: wordOf(whole, not!) };
    return { not: not === "-", condition: { column, compare: compare as Condition["compare"], value } };
  });
}

const wordOf = (whole: string, not: string): string =>
  (not && whole.length > 1 ? whole.slice(1) : whole).replaceAll('"', "").toLowerCase();

/** Whether a row matches all terms. Several conditions of the form column:value on the same column are alternatives. */
export function matches(terms: readonly Term[], valueIn: (column: string) => Value, text: () => string): boolean {
  const wanted = new Map<string, boolean>();
  for (const { not, word, condition } of terms) {
    if (!condition) {
      if (text().includes(word!) === not) return false;
      continue;
    }
    const { column, compare, value } = condition;
    const holds = compare === ":" ? equals(valueIn(column), value) : ordered(valueIn(column), compare, value);
    if (compare === ":" && !not) wanted.set(column, (wanted.get(column) ?? false) || holds);
    else if (holds === not) return false;
  }
  return [...wanted.values()].every(Boolean);
}

const UNSET = "–";

function equals(value: Value, wanted: string): boolean {
  if (value === null) return wanted === UNSET || wanted === "";
  if (typeof value === "number") return value === Number(wanted) || String(value) === wanted;
  return value.toLowerCase() === wanted;
}

function ordered(value: Value, compare: string, wanted: string): boolean {
  const limit = Number(wanted);
  if (value === null || wanted === "" || Number.isNaN(limit)) return false;
  const number = Number(value);
  if (Number.isNaN(number)) return false;
  return { ">": number > limit, "<": number < limit, ">=": number >= limit, "<=": number <= limit }[compare]!;
}

/** The filter with one more condition, or without it if it has it already. */
export function toggled(filter: string, column: string, value: Value): string {
  const term = termOf(column, value);
  const terms = [...filter.matchAll(TERM)].map(([whole]) => whole);
  const rest = terms.filter((one) => one.toLowerCase() !== term.toLowerCase());
  return (rest.length < terms.length ? rest : [...terms, term]).join(" ");
}

function termOf(column: string, value: Value): string {
  const text = value === null ? UNSET : String(value).replaceAll('"', "");
  return /^[^\s"]+$/.test(text) ? `${column}:${text}` : `${column}:"${text}"`;
}

/** Compares two values: numbers by value, texts in natural order; unknown values come last whatever the direction. */
export function compared(a: Value, b: Value, up: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order =
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), undefined, { numeric: true });
  return up ? order : -order;
}
