// A grid of coloured cells with numbers: arrow keys move, Space pins, Enter opens, Escape unpins.

import type { TargetedKeyboardEvent, TargetedMouseEvent } from "preact";
import { useMemo, useState } from "preact/hooks";
import { meaningOf } from "../ui/words.ts";
import { css, type Rgb, textOn } from "./colours.ts";
import { type DetailStore, useItem } from "./detail.tsx";
import { pointAt, usePointed } from "./point.tsx";

export interface Cell {
  /** Printed in the cell: colour is never the only carrier of information. */
  readonly text: string;
  readonly colour: Rgb;
  /** The detail text on hover, focus or click. */
  readonly detail: string;
  /** Significant after correction for multiple tests. */
  readonly marked?: boolean;
  /** Whether the page already shows what the cell opens. */
  readonly current?: boolean;
  /** What Enter or a double-click opens. */
  readonly opens?: string;
  /** Cells, list entries and points with the same name are highlighted together; defaults to `opens`. */
  readonly name?: string;
}

/** Properties that all grids share. */
export interface GridEvents {
  /** Unique among the grids that share a detail line. */
  readonly label: string;
  /** Shows the detail text of the cell under the pointer or focus. */
  readonly detail: DetailStore;
  readonly onOpen?: (opens: string) => void;
  /** Whether a single click also opens. */
  readonly clickOpens?: boolean;
}

interface GridProps extends GridEvents {
  /** Determines the width of cells and how titles wrap. */
  readonly look?: "heads" | "pairs";
  readonly columns: readonly string[];
  /** A row without a title is a gap. null: a cell without a number (yet); undefined: no cell. */
  readonly rows: readonly { readonly title: string; readonly cells: readonly (Cell | null | undefined)[] }[];
}

export function Grid({ label, look, columns, rows, detail, onOpen, clickOpens = false }: GridProps) {
  const [entered, enter] = useState("");
  const [over, setOver] = useState(-1);
  const [focused, setFocused] = useState(-1);
  // The pointer and the focus move more often than the cells change, so the cells are memoized.
  const body = useMemo(() => {
    const keyOf = (title: string, column: number) => `${label}, ${title}, ${columns[column]}`;
    const keys = rows.flatMap(({ title, cells }) => cells.flatMap((cell, i) => (cell ? [keyOf(title, i)] : [])));
    const inTabOrder = keys.includes(entered) ? entered : keys[0];
    return rows.map(({ title, cells }, y) => (
      <tr key={y} class={title ? undefined : "gap"}>
        {title ? (
          <th scope="row" title={meaningOf(title)}>
            {title}
          </th>
        ) : (
          <td />
        )}
        {cells.map((cell, x) =>
          cell ? (
            <GridCell
              key={x}
              id={keyOf(title, x)}
              cell={cell}
              isInTabOrder={keyOf(title, x) === inTabOrder}
              detail={detail}
              onOpen={onOpen}
              clickOpens={clickOpens}
              onOver={(isOver) => setOver(isOver ? x : -1)}
              onFocus={(isFocused) => {
                setFocused(isFocused ? x : -1);
                if (isFocused) enter(keyOf(title, x));
              }}
            />
          ) : (
            <td key={x} class={cell === null ? "empty pending" : "empty"} />
          ),
        )}
      </tr>
    ));
  }, [label, columns, rows, detail, onOpen, clickOpens, entered]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table with focusable cells is a grid
    <table class={look ? `grid ${look}` : "grid"} role="grid" aria-label={label} onKeyDown={move}>
      <thead>
        <tr>
          <td />
          {columns.map((title, x) => (
            <th key={x} scope="col" title={meaningOf(title)} class={x === over || x === focused ? "at" : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{body}</tbody>
    </table>
  );
}

/** Arrow keys move the focus from cell to cell, skipping empty ones; Home and End move it to the ends of the row. */
function move(event: TargetedKeyboardEvent<HTMLTableElement>): void {
  const row = event.target instanceof HTMLTableCellElement ? event.target.closest("tr") : null;
  const rows = [...event.currentTarget.tBodies[0]!.rows];
  if (!row) return;
  const known = [...row.cells].filter(isCell);
  const next = { Home: known[0], End: known.at(-1) }[event.key] ?? beside(event.key);
  if (!next) return;
  event.preventDefault();
  next.focus();
  function beside(key: string): HTMLTableCellElement | undefined {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    if (!step) return undefined;
    let [y, x] = [rows.indexOf(row!), (event.target as HTMLTableCellElement).cellIndex];
    let cell: HTMLTableCellElement | undefined;
    do {
      [y, x] = [y + step[0]!, x + step[1]!];
      cell = rows[y]?.cells[x];
    } while (cell && !isCell(cell));
    return cell;
  }
}

const isCell = (cell: HTMLTableCellElement): boolean => cell.classList.contains("cell");

interface GridCellProps extends Pick<GridProps, "detail"> {
  readonly id: string;
  readonly cell: Cell;
  /** Whether Tab reaches this cell; true for exactly one cell of each grid. */
  readonly isInTabOrder: boolean;
  readonly onOpen: GridProps["onOpen"];
  readonly clickOpens: boolean;
  readonly onOver: (isOver: boolean) => void;
  readonly onFocus: (isFocused: boolean) => void;
}

function GridCell({ id, cell, isInTabOrder, detail, onOpen, clickOpens, onOver, onFocus }: GridCellProps) {
  const name = cell.name ?? cell.opens;
  const isPointed = usePointed(name);
  const item = { key: id, text: cell.detail };
  const isPinned = useItem(detail, item);
  const pin = () => detail.pin(item);
  const open = () => (cell.opens === undefined ? pin() : onOpen?.(cell.opens));
  const point = (isAt: boolean) => {
    pointAt(isAt ? name : undefined);
    if (isAt) detail.say(item);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = { " ": pin, Enter: open, Escape: () => detail.release() }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a td in a grid has the role gridcell
    <td
      class={`cell${isPinned ? " locked" : ""}${isPointed ? " pointed" : ""}`}
      tabIndex={isInTabOrder ? 0 : -1}
      aria-label={`${cell.text}: ${cell.detail}`}
      aria-selected={isPinned || undefined}
      aria-current={cell.current || undefined}
      style={{ backgroundColor: css(cell.colour), color: textOn(cell.colour) }}
      onMouseEnter={() => {
        point(true);
        onOver(true);
      }}
      onMouseLeave={() => {
        point(false);
        onOver(false);
      }}
      onFocus={() => {
        point(true);
        onFocus(true);
      }}
      onBlur={() => {
        point(false);
        onFocus(false);
      }}
      onClick={({ currentTarget }: TargetedMouseEvent<HTMLTableCellElement>) => {
        currentTarget.focus();
        pin();
        if (clickOpens && cell.opens !== undefined) onOpen?.(cell.opens);
      }}
      onDblClick={open}
      onKeyDown={onKeyDown}
    >
      {cell.text}
      {cell.marked && (
        <span class="mark" aria-hidden="true">
          ●
        </span>
      )}
    </td>
  );
}
