// Reads a file of PENMAN graphs with their sentences as a table: the format of the AMR corpora. Blank lines separate graphs, and the
// comments before a graph hold its metadata, such as # ::id 1 and # ::snt The cat sleeps.

import { RowError } from "../row-error.ts";
import { type Content, FLAT, lineAt, linesOf, type Table, type TableRow } from "../table.ts";

/** Matches no line, so that `linesOf` yields blank lines, too: they end graphs. */
const NONE = /(?!)/;

export function readPenmanFile({ file, bytes, faults }: Content): Table {
  const rows: TableRow[] = [];
  let [graph, comments]: [string[], string[]] = [[], []];
  let first = 0;
  const finish = () => {
    const text = metadataOf(comments, "snt");
    if (graph.length || text !== undefined) {
      const missing = (what: string, remedy: string) =>
        faults.leaveOut(new RowError("missing", what, { file, at: lineAt(first) }, remedy));
      if (!graph.length) missing("a sentence has no graph", "write the graph below its comments");
      else if (text === undefined) missing("the graph has no sentence", "write it above the graph, after # ::snt");
      else
        rows.push({
          number: first,
          cells: { graph: graph.join("\n"), texts: [text], id: metadataOf(comments, "id") ?? "" },
        });
    }
    [graph, comments] = [[], []];
  };
  for (const [line, number] of linesOf(bytes.toString("utf8"), NONE)) {
    if (/^\s*$/.test(line)) finish();
    else {
      if (!graph.length && !comments.length) first = number;
      (line.startsWith("#") ? comments : graph).push(line);
    }
  }
  finish();
  return { ...FLAT, columns: ["graph", "texts", "id"], rows, unit: "line", notes: [] };
}

/** The value of a key in comments such as "# ::id 1 ::date 2020"; the sentence's is the rest of its line. */
function metadataOf(comments: readonly string[], key: string): string | undefined {
  for (const comment of comments) {
    const place = comment.replaceAll("\t", " ").indexOf(`::${key} `);
    if (place < 0) continue;
    const found = comment.slice(place + `::${key}`.length);
    return (key === "snt" ? found : found.split("::")[0]!).trim();
  }
  return undefined;
}

/** The start of a file without its last graph, which may be incomplete; undefined if there is no other. */
export const closedGraphs = (head: string): string | undefined => head.match(/^[\s\S]*\n[ \t]*\r?\n/)?.[0];
