// The state of the page of runs: what the editor has sent, and what the user has chosen.

import type { RunCurves, RunRow, ToRuns } from "../../src/messages.ts";
import { savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import type { Range } from "./curves/range.ts";

interface Told {
  /** The folder of the study; null: all runs of the workspace. */
  readonly study: string | null;
  /** How many runs the editor is reading; undefined until it has said so. */
  readonly total: number | undefined;
  /** Whether all of them have been read. */
  readonly complete: boolean;
  readonly rows: readonly RunRow[];
  readonly curves: ReadonlyMap<string, RunCurves>;
  readonly failed: string;
}

export const told = new Store<Told>({
  ...{ study: null, total: undefined, complete: false, rows: [], failed: "" },
  curves: new Map(),
});

/** What the user has chosen; kept until the tab is closed, and over reloads. */
interface Chosen {
  readonly sort: { readonly column: string; readonly up: boolean };
  readonly filter: string;
  /** An option, `BY_SEEDS`, or "" for no groups. */
  readonly group: string;
  readonly collapsed: readonly string[];
  /**
   * The folders of the selected runs, in the order in which they were selected. Some may not exist at the moment: just
   * after a reload the editor may not have found all runs.
   */
  readonly selected: readonly string[];
  readonly smoothing: number;
  readonly axis: "step" | "time";
  readonly log: boolean;
  /** The visible part of the x axis; null: all of it. */
  readonly range: Range | null;
}

export const chosen = savedStore<Chosen>({
  ...{ sort: { column: "date", up: false }, filter: "", group: "", collapsed: [], selected: [] },
  ...{ smoothing: 0.6, axis: "step", log: false, range: null },
});

/** The step (or the time) that the pointer or the arrow keys point at; not kept. */
export const pointed = new Store<{ readonly x: number | undefined }>({ x: undefined });

export function hear(message: ToRuns): void {
  if (message.type === "scope") {
    told.change({ study: message.study, total: message.total, complete: false, failed: "" });
  } else if (message.type === "rows") told.change({ rows: merged(told.state.rows, message.rows) });
  else if (message.type === "complete") {
    const there = new Set(message.runs);
    told.change({ complete: true, rows: told.state.rows.filter(({ run }) => there.has(run)) });
  } else if (message.type === "curves") {
    const curves = new Map(told.state.curves);
    for (const one of message.curves) curves.set(one.run, one);
    told.change({ curves });
  } else if (message.type === "select") chosen.change({ selected: message.runs });
  else if (message.type === "failed") told.change({ failed: message.message });
}

/** Rows keep their places, so that nothing moves when they change. */
function merged(rows: readonly RunRow[], news: readonly RunRow[]): RunRow[] {
  const places = new Map(rows.map(({ run }, i) => [run, i]));
  const result = [...rows];
  for (const row of news) {
    const place = places.get(row.run);
    if (place === undefined) {
      places.set(row.run, result.length);
      result.push(row);
    } else result[place] = row;
  }
  return result;
}
