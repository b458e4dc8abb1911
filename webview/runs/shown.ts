// The rows that the table shows: filtered, sorted and grouped.

import { useMemo } from "preact/hooks";
import type { RunRow } from "../../src/messages.ts";
import { useStore } from "../ui/store.ts";
import { type Column, columnsOf } from "./columns.ts";
import { compared, matches, termsOf } from "./filter.ts";
import { type Group, groupsOf } from "./groups.ts";
import { chosen, told } from "./state.ts";

/** A line of the table: a run, or the head of a group. */
export type Line =
  | { readonly kind: "run"; readonly row: RunRow }
  | { readonly kind: "group"; readonly group: Group; readonly collapsed: boolean };

export interface Shown {
  readonly columns: readonly Column[];
  /** The rows that match the filter, sorted; grouped rows are beside each other. */
  readonly rows: readonly RunRow[];
  /** Empty if rows are not grouped. */
  readonly groups: readonly Group[];
  readonly lines: readonly Line[];
}

export function useShown(): Shown {
  const all = useStore(told, ({ rows }) => rows);
  const filter = useStore(chosen, (state) => state.filter);
  const sort = useStore(chosen, (state) => state.sort);
  const by = useStore(chosen, ({ group }) => group);
  const collapsed = useStore(chosen, (state) => state.collapsed);
  const columns = useMemo(() => columnsOf(all), [all]);
  const rows = useMemo(() => sorted(filtered(all, columns, filter), columns, sort), [all, columns, filter, sort]);
  const groups = useMemo(() => (by ? groupsOf(rows, by) : []), [rows, by]);
  const lines = useMemo(() => linesOf(rows, groups, collapsed), [rows, groups, collapsed]);
  return useMemo(
    () => ({ columns, lines, groups, rows: groups.length ? groups.flatMap((group) => group.rows) : rows }),
    [columns, lines, groups, rows],
  );
}

function filtered(rows: readonly RunRow[], columns: readonly Column[], filter: string): readonly RunRow[] {
  const terms = termsOf(
    filter,
    columns.map(({ id }) => id),
  );
  if (!terms.length) return rows;
  const byId = new Map(columns.map((column) => [column.id, column]));
  return rows.filter((row) =>
    matches(
      terms,
      (id) => byId.get(id)!.valueIn(row),
      () => columns.map(({ textOf }) => textOf(row).toLowerCase()).join("\n"),
    ),
  );
}

/** Rows that compare equal stay in the order in which the editor sent them. */
function sorted(
  rows: readonly RunRow[],
  columns: readonly Column[],
  { column, up }: { readonly column: string; readonly up: boolean },
): readonly RunRow[] {
  const by = columns.find(({ id }) => id === column);
  return by ? rows.toSorted((a, b) => compared(by.valueIn(a), by.valueIn(b), up)) : rows;
}

function linesOf(rows: readonly RunRow[], groups: readonly Group[], collapsed: readonly string[]): Line[] {
  const runs = (some: readonly RunRow[]) => some.map((row): Line => ({ kind: "run", row }));
  if (!groups.length) return runs(rows);
  return groups.flatMap((group): Line[] => {
    const isCollapsed = collapsed.includes(group.key);
    return [{ kind: "group", group, collapsed: isCollapsed }, ...(isCollapsed ? [] : runs(group.rows))];
  });
}
