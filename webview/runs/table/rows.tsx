// A row of the table: a run, or a group with the means of its runs.

import type { RunRow } from "../../../src/messages.ts";
import * as l10n from "../../ui/l10n.ts";
import { duration, grouped, percent } from "../../ui/numbers.ts";
import { named } from "../../ui/text.ts";
import type { Column } from "../columns.ts";
import type { Spread } from "../curves/numbers.ts";
import { lookOf } from "../curves/palette.ts";
import { Swatch } from "../curves/values.tsx";
import { groupName } from "../group-words.ts";
import { type Group, type GroupSpreads, spreadsOf } from "../groups.ts";
import { ROW } from "./row-height.ts";

interface CommonProps {
  readonly id: string;
  readonly place: number;
  readonly columns: readonly Column[];
  readonly isActive: boolean;
  readonly isSelected: boolean;
  /** The number of the line in the overlay; undefined if it is not drawn. */
  readonly slot: number | undefined;
  readonly onClick: (event: MouseEvent) => void;
}

const classOf = (...names: readonly (string | false)[]) => names.filter(Boolean).join(" ");
const placed = (place: number) => ({ transform: `translateY(${place * ROW}px)` });

interface RunRowProps extends CommonProps {
  readonly row: RunRow;
  readonly isNested: boolean;
  readonly onOpen: (run: string) => void;
}

export function RunRowView({
  id,
  place,
  columns,
  isActive,
  isSelected,
  slot,
  onClick,
  row,
  isNested,
  onOpen,
}: RunRowProps) {
  return (
    <tr
      id={id}
      class={classOf("run-line", isSelected && "selected", isActive && "active", isNested && "nested")}
      data-key={row.run}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      aria-level={isNested ? 2 : undefined}
      style={placed(place)}
      onClick={onClick}
      onDblClick={() => onOpen(row.run)}
    >
      <Check slot={slot} />
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </tr>
  );
}

function Cell({ column, row }: { readonly column: Column; readonly row: RunRow }) {
  const { id, isNumber, textOf, asideOf } = column;
  const text = textOf(row);
  const aside = asideOf?.(row);
  const reason = id === "state" ? row.reason : null;
  return (
    <td
      class={classOf(isNumber && "number", id === "state" && `state-${row.state}`)}
      data-column={id}
      title={reason ?? (text.length > 14 ? text : undefined)}
    >
      <span class="text">{named(text)}</span>
      {aside && <span class="aside">{aside}</span>}
      {reason && <span class="aside">{named(reason)}</span>}
    </td>
  );
}

function Check({ slot }: { readonly slot: number | undefined }) {
  return (
    <td class="check">
      <span class="box" aria-hidden="true" />
      {slot !== undefined && <Swatch look={lookOf(slot)} />}
    </td>
  );
}

interface GroupRowProps extends CommonProps {
  readonly group: Group;
  readonly isCollapsed: boolean;
}

export function GroupRow({
  id,
  place,
  columns,
  isActive,
  isSelected,
  slot,
  onClick,
  group,
  isCollapsed,
}: GroupRowProps) {
  const spreads = spreadsOf(group);
  const name = groupName(group);
  return (
    <tr
      id={id}
      class={classOf("run-line", "group", isSelected && "selected", isActive && "active")}
      data-key={`group ${group.key}`}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      aria-expanded={!isCollapsed}
      aria-level={1}
      style={placed(place)}
      onClick={onClick}
    >
      <Check slot={slot} />
      {columns.map(({ id: column, isNumber }) => (
        <td key={column} class={isNumber ? "number" : undefined} title={column === "name" ? name : undefined}>
          {column === "name" && <span class="twist">{isCollapsed ? "▸" : "▾"}</span>}
          <span class="text">{named(column === "name" ? name : groupText(column, group, spreads))}</span>
          {column === "name" && (
            <span class="aside">
              {group.rows.length === 1 ? l10n.t("1 run") : l10n.t("{0} runs", grouped(group.rows.length))}
            </span>
          )}
        </td>
      ))}
    </tr>
  );
}

/** The mean and the deviation of a column, or the value that the runs of the group share. */
export function groupText(column: string, { options, rows }: Group, spreads: GroupSpreads): string {
  if (column === "validation" || column === "test" || column === "sparsity")
    return spreadText(spreads[column], (value) => percent(value, 2), rows.length);
  if (column === "seconds") return spreadText(spreads.seconds, duration, rows.length);
  const shared = options.find(([name]) => name === column)?.[1];
  return shared === undefined ? "" : String(shared ?? "–");
}

/** "90.12 ± 0.40", with the number of runs where not all of the group have a value. */
export function spreadText(spread: Spread | null, textOf: (value: number) => string, runs: number): string {
  if (!spread) return "–";
  const { mean, deviation, n } = spread;
  const text = deviation === null ? textOf(mean) : l10n.t("{0} ± {1}", textOf(mean), textOf(deviation));
  return n < runs ? l10n.t("{0} (n {1})", text, n) : text;
}
