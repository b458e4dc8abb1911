// The formats of data files: their names, and what a file's extension implies. Apart from their readers, which the editor does not
// load.

import path from "node:path";

export const FORMATS = [
  "csv",
  "tsv",
  "glue",
  "jsonl",
  "json",
  "parquet",
  "conll",
  "conllu",
  "txt",
  "webnlg",
  "penman",
] as const;

export type Format = (typeof FORMATS)[number];

/** The names of formats in messages. */
export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  csv: "comma-separated values",
  tsv: "tab-separated values",
  glue: "tab-separated values without quotes",
  jsonl: "JSON lines",
  json: "a JSON array",
  parquet: "Parquet",
  conll: "CoNLL",
  conllu: "CoNLL-U",
  txt: "plain text",
  webnlg: "entries of WebNLG",
  penman: "PENMAN graphs",
};

/** The default separator of each delimited format: used if none is specified or detected. */
export const USUAL_SEPARATORS: Readonly<Partial<Record<Format, string>>> = { csv: ",", tsv: "\t", glue: "\t" };

/** Formats with one word per line. */
export const WORD_FORMATS: readonly Format[] = ["conll", "conllu"];
/** Formats whose rows are texts and nothing else. */
export const TEXT_FORMATS: readonly Format[] = ["txt"];
/** Formats whose rows are graphs with the texts that say the same. */
export const GRAPH_FORMATS: readonly Format[] = ["webnlg", "penman"];
/** Formats whose cells can be lists, such as the words of a sentence or the sentences of a document. */
export const LIST_FORMATS: readonly Format[] = ["jsonl", "json", "parquet"];

/** The format for each file extension. */
export const FORMAT_OF_ENDING: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "json",
  ".parquet": "parquet",
  ".conll": "conll",
  ".conllu": "conllu",
  ".txt": "txt",
  ".xml": "webnlg",
  ".penman": "penman",
  ".amr": "penman",
};

/** The format that a file's extension implies; for a compressed file, that is the extension before ".gz". */
export function formatOfEnding(file: string): Format | undefined {
  return FORMAT_OF_ENDING[path.extname(file.replace(/\.gz$/i, "")).toLowerCase()];
}
