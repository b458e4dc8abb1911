// Reads the XML and the JSON of the WebNLG challenges (Gardent et al. 2017) as a table: a row per entry, with its triples ("graph"),
// its texts ("texts"), its category and its ID. Of the two sets of triples in an entry, the modified one is read: its names are those
// that the texts were written from, and that Ribeiro et al. 2021 train on.

import { InputError } from "../../errors.ts";
import { isJsonObject, parseJsonObject } from "../../json.ts";
import { RowError } from "../row-error.ts";
import { type Content, FLAT, type Table, type TableRow } from "../table.ts";
import type { Element } from "./xml.ts";

const COLUMNS = ["graph", "texts", "category", "id"];
const REMEDY = "choose a file of a WebNLG challenge";

interface Entry {
  readonly graph: readonly unknown[];
  readonly texts: readonly { readonly text: string; readonly language: string }[];
  readonly category: string;
  readonly id: string;
}

/** Whether a JSON document is in WebNLG's form: its entries are objects with a number as their only key. */
export const isWebnlgJson = (head: string): boolean => /^\s*\{\s*"entries"\s*:\s*\[\s*\{\s*"\d+"\s*:\s*\{/.test(head);

export async function readWebnlg(content: Content): Promise<Table> {
  const text = content.bytes.toString("utf8");
  return /^\s*\{/.test(text) ? readJson(text, content) : await readXml(text, content);
}

async function readXml(text: string, content: Content): Promise<Table> {
  const { elementsOf } = await import("./xml.ts"); // few users need the parser
  const table = new Rows(content, "line");
  for (const { element, line } of elementsOf(text, "entry", content.file)) {
    const lexicalizations = element.children.filter(({ name }) => name === "lex");
    table.add(line, {
      graph: within(within([element], "modifiedtripleset").slice(0, 1), "mtriple").map(({ text }) => text.trim()),
      texts: lexicalizations.map(({ text, attributes }) => ({ text: text.trim(), language: attributes.lang ?? "" })),
      category: element.attributes.category ?? "",
      id: element.attributes.eid ?? "",
    });
  }
  return table.finished();
}

const within = (elements: readonly Element[], name: string): Element[] =>
  elements.flatMap(({ children }) => children.filter((child) => child.name === name));

function readJson(text: string, content: Content): Table {
  const { entries } = parseJsonObject(text, content.file, REMEDY);
  if (!Array.isArray(entries)) throw new InputError('there is no list of "entries"', { file: content.file }, REMEDY);
  const table = new Rows(content, "row");
  for (const [i, numbered] of entries.entries()) {
    const entry = isJsonObject(numbered) ? Object.values(numbered)[0] : undefined;
    const { modifiedtripleset, lexicalisations, category, xml_id } = isJsonObject(entry) ? entry : {};
    const list = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
    table.add(i, {
      graph: list(modifiedtripleset),
      texts: list(lexicalisations)
        .filter(isJsonObject)
        .map(({ lex, lang }) => ({ text: String(lex ?? "").trim(), language: String(lang ?? "") })),
      category: String(category ?? ""),
      id: String(xml_id ?? ""),
    });
  }
  return table.finished();
}

/** Collects the entries that have triples and texts; the others are faults. */
class Rows {
  readonly #content: Content;
  readonly #unit: Table["unit"];
  readonly #rows: TableRow[] = [];
  readonly #languages = new Set<string>();

  constructor(content: Content, unit: Table["unit"]) {
    this.#content = content;
    this.#unit = unit;
  }

  add(number: number, { graph, texts: all, category, id }: Entry): void {
    const { file, faults } = this.#content;
    const given = all.filter(({ text }) => text !== "");
    const missing = !graph.length ? "triples (modifiedtripleset)" : !given.length ? "text (lex)" : undefined;
    if (missing) {
      const place = { file, at: `${this.#unit} ${number}` };
      const remedy = 'add them, or add "skip": true to the task file to leave out such entries';
      faults.leaveOut(new RowError("missing", `the entry has no ${missing}`, place, remedy));
      return;
    }
    for (const { language } of given) if (language) this.#languages.add(language);
    this.#rows.push({ number, cells: { graph, texts: given.map(({ text }) => text), category, id } });
  }

  finished(): Table {
    const languages = [...this.#languages].sort();
    return {
      ...{ ...FLAT, columns: COLUMNS, rows: this.#rows, unit: this.#unit },
      notes: languages.length > 1 ? [`The texts are in ${languages.length} languages (${languages.join(", ")})`] : [],
    };
  }
}

/** The start of an XML document without its last entry, which may be incomplete, and with its end; undefined if no entry is complete. */
export function closedEntries(head: string): string | undefined {
  const end = head.lastIndexOf("</entry>");
  const root = /<(\w+)[^<>]*>\s*<entries\b/.exec(head.slice(0, 2000))?.[1];
  return end < 0 || root === undefined ? undefined : `${head.slice(0, end)}</entry></entries></${root}>`;
}
