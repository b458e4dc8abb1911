// A row of the table: a run, or a group with the means of its runs.

import type { ComponentChildren, HTMLAttributes } from "preact";
import type { RunRow } from "../../../src/messages.ts";
import type { Spread } from "../../../src/spread.ts";
import * as l10n from "../../ui/l10n.ts";
import { duration, grouped, percent, valueText } from "../../ui/numbers.ts";
import { named } from "../../ui/text.ts";
import type { Column } from "../columns.ts";
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

interface LineProps extends Omit<CommonProps, "columns"> {
  /** A class of its kind of line. */
  readonly kind: string;
  /** The attributes of its kind of line. */
  readonly own: HTMLAttributes<HTMLTableRowElement> & { readonly "data-key": string };
  readonly children: ComponentChildren;
}

/** A row of the table at its place, with its mark of selection. */
function Line({ id, place, isActive, isSelected, slot, onClick, kind, own, children }: LineProps) {
  return (
    <tr
      id={id}
      class={classOf("run-line", kind, isSelected && "selected", isActive && "active")}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      style={{ transform: `translateY(${place * ROW}px)` }}
      onClick={onClick}
      {...own}
    >
      <td class="check">
        <span class="box" aria-hidden="true" />
        {slot !== undefined && <Swatch look={lookOf(slot)} />}
      </td>
      {children}
    </tr>
  );
}

interface RunRowProps extends CommonProps {
  readonly row: RunRow;
  readonly isNested: boolean;
  readonly onOpen: (run: string) => void;
}

export function RunRowView({ columns, row, isNested, onOpen, ...line }: RunRowProps) {
  const own = {
    "data-key": row.run,
    "aria-level": isNested ? 2 : undefined,
    onDblClick: () => onOpen(row.run),
  };
  return (
    <Line {...line} kind={isNested ? "nested" : ""} own={own}>
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </Line>
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
      {reason && <span class="aside">{reason}</span>}
    </td>
  );
}

interface GroupRowProps extends CommonProps {
  readonly group: Group;
  readonly isCollapsed: boolean;
}

export function GroupRow({ columns, group, isCollapsed, ...line }: GroupRowProps) {
  const spreads = spreadsOf(group);
  const name = groupName(group);
  const own = { "data-key": `group ${group.key}`, "aria-expanded": !isCollapsed, "aria-level": 1 };
  return (
    <Line {...line} kind="group" own={own}>
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
    </Line>
  );
}

/** The mean and the deviation of a column, or the value that the runs of the group share. */
export function groupText(column: string, { options, rows }: Group, spreads: GroupSpreads): string {
  if (column === "validation" || column === "test") {
    const metrics = new Set(rows.map(({ metric }) => metric));
    const [metric] = metrics;
    return metrics.size > 1 ? "–" : spreadText(spreads[column], (value) => valueText(metric, value, 2), rows.length);
  }
  if (column === "sparsity") return spreadText(spreads.sparsity, (value) => percent(value, 2), rows.length);
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
