// Lists the reader of each format, and detects a file's format from its content. Readers do not know about tasks.

import { InputError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { parseJson } from "../json-text.ts";
import { isParquet, unpacked } from "./compressed.ts";
import { readConll } from "./conll.ts";
import { readGlue, readQuoted } from "./delimited.ts";
import { FORMAT_NAMES, type Format, GRAPH_FORMATS, TEXT_FORMATS, WORD_FORMATS } from "./formats.ts";
import { readPenmanFile } from "./graphs/penman-file.ts";
import { isWebnlgJson, readWebnlg } from "./graphs/webnlg.ts";
import { readJsonDocument, readJsonLines } from "./json-rows.ts";
import { readPlainText } from "./plain-text.ts";
import type { Content, Table } from "./table.ts";
import { decodeBytes, type Encoding, type FoundEncoding } from "./text.ts";

type Reader = (content: Content) => Table | Promise<Table>;

const READERS: Readonly<Record<Format, Reader>> = {
  csv: (content) => readQuoted(content, ","),
  tsv: (content) => readQuoted(content, "\t"),
  glue: readGlue,
  jsonl: readJsonLines,
  json: readJsonDocument,
  // Imported on demand: the Parquet reader is the largest part of the code, and most users never need it.
  parquet: async (content) => (await import("./parquet/parquet.ts")).readParquet(content),
  conll: (content) => readConll(content),
  conllu: (content) => readConll(content, true),
  txt: readPlainText,
  webnlg: readWebnlg,
  penman: readPenmanFile,
};

const ENCODING_NAMES: Readonly<Record<FoundEncoding, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 (little-endian)",
  "utf-16be": "UTF-16 (big-endian)",
  latin1: "Latin-1",
};

/** A file to read: its bytes as stored on disk, and the settings from the task file. */
export interface Source extends Omit<Content, "bytes"> {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
  /** The format from the task file or from the extension. The content may override it. */
  readonly format: Format;
}

export interface FoundTable extends Table {
  /** The format that was detected. */
  readonly format: Format;
  readonly found: FoundEncoding;
}

/**
 * Reads a data file. Compression and encoding are detected from its content, and so is the format if the content is
 * unambiguous; otherwise the stated format is used. Notes report where the content differs from the stated format or
 * encoding.
 */
export async function readTable({ encoding, format: said, ...source }: Source): Promise<FoundTable> {
  const { file } = source;
  const inner = unpacked(source.bytes, file);
  const parquet = isParquet(inner);
  if (said === "parquet" && !parquet)
    throw new InputError(
      "the file is not a Parquet file",
      { file },
      'change "format" in the task file, or the extension of the data file',
    );
  const { bytes, found } = parquet ? { bytes: inner, found: "utf-8" as const } : decodeBytes(inner, file, encoding);
  const read = parquet ? "parquet" : formatOf(bytes, said);
  const table = await READERS[read]({ ...source, bytes });
  // Only CoNLL-U names its columns, so a CoNLL file with column names is CoNLL-U.
  const format = read === "conll" && Object.keys(table.aliases).length ? "conllu" : read;
  const notes: string[] = [];
  if (format !== said && !(said === "conll" && format === "conllu"))
    notes.push(
      `The file contains ${FORMAT_NAMES[format]}, not ${FORMAT_NAMES[said]}, so it is read as ${FORMAT_NAMES[format]}`,
    );
  if (found.slice(0, 6) !== encoding.slice(0, 6))
    notes.push(`The file is ${ENCODING_NAMES[found]} and is read as such`);
  return { ...table, format, found, notes: [...notes, ...table.notes] };
}

/** How many bytes of a document show whether it has WebNLG's form. */
const BEGINNING = 200;

/** The format of a text. JSON is recognized by its first object; any other text has the stated format. */
function formatOf(bytes: Buffer, said: Format): Format {
  const start = firstInk(bytes);
  if (GRAPH_FORMATS.includes(said)) return said;
  if (said === "json" && isWebnlgJson(bytes.toString("utf8", start, start + BEGINNING))) return "webnlg";
  const isList = bytes[start] === 0x5b;
  if (!isList && bytes[start] !== 0x7b) return said === "json" ? "json" : said;
  if (WORD_FORMATS.includes(said) || TEXT_FORMATS.includes(said)) return said;
  const isJson = said === "json" || said === "jsonl";
  if (isList) {
    // In an array of objects, an object follows the opening bracket. A list without objects may be a malformed line of
    // a JSON lines file.
    const inner = bytes[firstInk(bytes, start + 1)];
    if (inner === 0x7b || inner === 0x5d) return isJson || isWholeJson(bytes) ? "json" : said;
    return said;
  }
  const end = bytes.indexOf(10, start);
  const line = bytes.toString("utf8", start, end < 0 ? bytes.length : end);
  if (isObject(line)) {
    // If nothing follows this object, it may be a document that contains a list of examples.
    const isAlone = end < 0 || firstInk(bytes, end) === bytes.length;
    return said === "json" && isAlone ? "json" : "jsonl";
  }
  return isJson ? (said === "jsonl" && !isWholeJson(bytes) ? "jsonl" : "json") : isWholeJson(bytes) ? "json" : said;
}

/** The index of the first byte at or after `from` that is not whitespace. */
function firstInk(bytes: Buffer, from = 0): number {
  let at = from;
  while (at < bytes.length && (bytes[at] === 32 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at++;
  return at;
}

function isObject(line: string): boolean {
  try {
    return isJsonObject(parseJson(line));
  } catch {
    return false;
  }
}

function isWholeJson(bytes: Buffer): boolean {
  try {
    parseJson(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
