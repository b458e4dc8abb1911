// Reads JSON as a table: one object per line, or one array of objects.

import { InputError, messageOf } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { DEEPEST, parseJson, stringEnd } from "../json-text.ts";
import { quoted } from "../visible.ts";
import { RowError } from "./row-error.ts";
import { type Cells, type Content, lineAt, linesOf, type Table, type TableRow } from "./table.ts";

/** The number of rows from which nested columns are detected. */
const SHOWING = 100;
const ONE_A_LINE = "write one JSON object per line";

/** Reads one JSON object per line. */
export function readJsonLines(content: Content): Table {
  const { file, faults } = content;
  const rows: TableRow[] = [];
  const keys = new Keys();
  for (const [line, number] of linesOf(content.bytes.toString("utf8"))) {
    let cells: unknown;
    try {
      cells = parseJson(line);
    } catch (cause) {
      const place = { file, at: lineAt(number) };
      const remedy = /\b(NaN|Infinity)\b/.test(line) ? "write null instead of NaN and Infinity" : ONE_A_LINE;
      faults.leaveOut(new RowError("json", `the line is not JSON (${messageOf(cause)})`, place, remedy, { cause }));
      continue;
    }
    if (!isJsonObject(cells)) {
      faults.leaveOut(new RowError("json", "the line is not a JSON object", { file, at: lineAt(number) }, ONE_A_LINE));
      continue;
    }
    const twice = keys.see(line, cells);
    if (twice !== undefined) throw repetition(twice, { file, at: lineAt(number) });
    rows.push({ number, cells });
  }
  return tableOf(rows, "line", keys.all, []);
}

/** Keys under which JSON documents store splits. */
const SPLIT_KEYS = /^(train|training|validation|valid|dev|test)$/i;

/** Reads one JSON document: an array of objects, or an object that contains exactly one array of objects. */
export function readJsonDocument(content: Content): Table {
  const { file, faults } = content;
  const text = content.bytes.toString("utf8");
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const remedy = /\b(NaN|Infinity)\b/.test(text)
      ? "write null instead of NaN and Infinity"
      : "write one array of JSON objects, or one JSON object per line";
    throw new InputError(`the file is not JSON (${messageOf(cause)})`, { file }, remedy, { cause });
  }
  const [list, key] = Array.isArray(value) ? [value] : listIn(value, file);
  const twice = repeatedKey(text);
  if (twice !== undefined) throw repetition(twice, { file });
  const rows: TableRow[] = [];
  for (const [i, cells] of list.entries()) {
    if (isJsonObject(cells)) rows.push({ number: i, cells });
    else
      faults.leaveOut(
        new RowError(
          "json",
          "the entry is not a JSON object",
          { file, at: `row ${i}` },
          "write an object for each example",
        ),
      );
  }
  const columns = new Set(rows.flatMap(({ cells }) => Object.keys(cells)));
  const notes = key === undefined ? [] : [`Examples are read from the list under ${quoted(key)}`];
  return tableOf(rows, "row", columns, notes);
}

/** The only list of objects in a document, and its key. */
function listIn(value: unknown, file: string): [list: unknown[], key: string] {
  const entries = Object.entries(isJsonObject(value) ? value : {});
  const lists = entries.filter((entry): entry is [string, unknown[]] => {
    return Array.isArray(entry[1]) && entry[1].some(isJsonObject);
  });
  const [one, ...more] = lists;
  if (one && !more.length) return [one[1], one[0]];
  const named = lists.map(([key]) => quoted(key)).join(", ");
  if (one && lists.every(([key]) => SPLIT_KEYS.test(key)))
    throw new InputError(`the file contains several splits (${named})`, { file }, "write each split to its own file");
  if (one)
    throw new InputError(
      `the file contains several lists (${named})`,
      { file },
      "write the examples as one JSON array",
    );
  const isByColumn = entries.some(([, cells]) => Array.isArray(cells) || isJsonObject(cells));
  throw isByColumn
    ? new InputError(
        "the file is organized by column, not by example",
        { file },
        'write one object per example (in pandas: to_json(FILE, orient="records"))',
      )
    : new InputError("the file contains no list of JSON objects", { file }, "write one array of JSON objects");
}

function tableOf(
  rows: readonly TableRow[],
  unit: Table["unit"],
  columns: ReadonlySet<string>,
  notes: readonly string[],
): Table {
  const paths = new Map<string, readonly string[]>();
  for (const { cells } of rows.slice(0, SHOWING)) addNested(cells, [], paths);
  return {
    columns: [...columns, ...[...paths.keys()].filter((name) => !columns.has(name))],
    paths: without(paths, columns),
    aliases: {},
    rows,
    unit,
    notes,
  };
}

/** Removes nested columns whose dotted name is also the name of a top-level column. */
function without(paths: ReadonlyMap<string, readonly string[]>, columns: ReadonlySet<string>) {
  return new Map([...paths].filter(([name]) => !columns.has(name)));
}

/** Adds the columns that are nested in objects or in lists of objects. */
function addNested(cells: Cells, above: readonly string[], paths: Map<string, readonly string[]>): void {
  for (const [key, value] of Object.entries(cells)) {
    const path = [...above, key];
    if (above.length && !paths.has(path.join("."))) paths.set(path.join("."), path);
    const inner = Array.isArray(value) ? value.find(isJsonObject) : value;
    if (isJsonObject(inner) && path.length < 8) addNested(inner, path, paths);
  }
}

const repetition = (key: string, place: { file: string; at?: string }) =>
  new InputError(`the key ${quoted(key)} occurs twice in one object`, place, "remove or rename one of the two keys");

/** If an object has at most this many keys, its line is searched for each of them. */
const MANY = 50;

/** Collects the keys of all objects; fast if most objects have the same keys. */
class Keys {
  readonly all = new Set<string>();
  #last: string[] = [];
  #marks: string[] = [];

  /** The first key that occurs twice in the line's object. JSON.parse would silently keep only its last value. */
  see(line: string, cells: Cells): string | undefined {
    let i = 0;
    for (const key in cells) if (key !== this.#last[i++]) i = Number.NaN;
    if (i !== this.#last.length) {
      this.#last = Object.keys(cells);
      this.#marks = this.#last.map((key) => JSON.stringify(key));
      for (const key of this.#last) this.all.add(key);
    }
    if (this.#marks.length > MANY) return repeatedKey(line); // searching the whole line for each key would be slow
    // The line is tokenized only if a key occurs twice in it, which is rare.
    for (const mark of this.#marks) {
      const first = line.indexOf(mark);
      if (first >= 0 && line.indexOf(mark, first + mark.length) < 0) continue;
      return repeatedKey(line);
    }
    return undefined;
  }
}

/** The first key in a JSON text that occurs twice in the same object. */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const { token, start, end } of tokensOf(json)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else {
      const keys = open.at(-1);
      if (!keys || json[inkFrom(json, end)] !== ":") continue;
      const key = JSON.parse(json.slice(start, end)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

interface Token {
  readonly token: "{" | "}" | "[" | "]" | '"';
  readonly start: number;
  readonly end: number;
}

/**
 * Yields the brackets and strings of a JSON text. A regular expression that matches strings would overflow the stack on
 * long strings.
 */
function* tokensOf(json: string): Generator<Token> {
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!;
    if (char === "{" || char === "}" || char === "[" || char === "]") yield { token: char, start: at, end: at + 1 };
    if (char !== '"') continue;
    const start = at;
    at = stringEnd(json, start);
    if (at < json.length) yield { token: char, start, end: at + 1 };
  }
}

function inkFrom(text: string, from: number): number {
  let at = from;
  while (/^\s$/.test(text[at] ?? "")) at++;
  return at;
}

/**
 * Completes the start of a JSON document: cuts it off after the last complete object of its list, and adds the missing
 * closing brackets. Undefined if no object is complete.
 */
export function closedJson(head: string): string | undefined {
  const open: string[] = [];
  let [end, closers] = [0, ""];
  for (const { token, end: behind } of tokensOf(head)) {
    if (token === "{" || token === "[") open.push(token);
    if (open.length > DEEPEST) break;
    if (token === "}" || token === "]") {
      open.pop();
      // The outermost list contains the examples.
      if (token !== "}" || open.at(-1) !== "[" || open.indexOf("[") < open.length - 1) continue;
      end = behind;
      closers = open
        .map((bracket) => (bracket === "{" ? "}" : "]"))
        .reverse()
        .join("");
    }
  }
  return end ? head.slice(0, end) + closers : undefined;
}
