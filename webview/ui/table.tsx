// Tables of numbers that can be sorted and copied.

import type { ComponentChildren } from "preact";
import { usePart } from "./host.ts";
import * as l10n from "./l10n.ts";
import type { MenuItem } from "./menu.tsx";
import { Hint } from "./parts.tsx";
import { isSelecting, useCells } from "./table-cells.tsx";
import { meaningOf } from "./words.ts";

/** Text, or a view with the text to sort it by. */
export type Cell = string | { readonly text: string; readonly view: ComponentChildren };

interface TableProps {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Clicking a column header sorts descending, then ascending, then restores the original order. */
  readonly sorts?: boolean;
  /** Makes the first cell of each row a link; a click anywhere in the row opens it. */
  readonly onOpen?: (row: number) => void;
  /** The rows that can be opened; all if it is not given. */
  readonly opens?: (row: number) => boolean;
  /** Additional items for copying from a row, in the menu of its cells. */
  readonly copies?: (row: number) => readonly MenuItem[];
}

/** The column by which a table is sorted (-1: original order), and the direction. */
interface Sorting {
  readonly column: number;
  readonly up: boolean;
}

const UNSORTED: Sorting = { column: -1, up: false };

/** A table of numbers; the first column may contain names instead. */
export function NumbersTable({ caption, header, rows, sorts = false, onOpen, opens, copies }: TableProps) {
  const [{ column, up }, sort] = usePart(`sort ${caption}`, UNSORTED);
  const sortBy = (chosen: number) =>
    sort(column !== chosen ? { column: chosen, up: false } : { column: up ? -1 : column, up: !up });
  const order = [...rows.keys()];
  if (column >= 0) order.sort((a, b) => compare(rows[a]![column]!, rows[b]![column]!, column > 0) * (up ? 1 : -1));
  const { body, menu } = useCells({
    ...{ caption, header, rows: order.map((row) => rows[row]!.map(textOf)) },
    more: copies && ((place) => copies(order[place]!)),
  });
  const isPlain = rows.every(([first]) => typeof first === "string" && /^[\d,]+$/.test(first));
  const titleOf = (title: string, i: number) => {
    if (!title) return <td key={i} />;
    return (
      <th
        key={i}
        scope="col"
        title={meaningOf(title)}
        aria-sort={i === column ? (up ? "ascending" : "descending") : undefined}
      >
        {sorts ? (
          <button class="sort" type="button" onClick={() => sortBy(i)}>
            {title}
          </button>
        ) : (
          title
        )}
      </th>
    );
  };
  const openOf = (row: number) => (onOpen && (opens?.(row) ?? true) ? () => onOpen(row) : undefined);
  return (
    <>
      <div class="scroll">
        <table class={isPlain ? "numbers plain" : "numbers"} aria-label={caption}>
          <thead>
            <tr>{header.map(titleOf)}</tr>
          </thead>
          <tbody {...body}>
            {order.map((row) => {
              const open = openOf(row);
              return (
                // With the keyboard, the link in the first cell opens the row.
                <tr key={row} class={open && "opens"} onClick={open && (() => isSelecting() || open())}>
                  {rows[row]!.map((cell, i) => (
                    <td key={i} title={(i === 0 && meaningOf(textOf(cell))) || undefined}>
                      {open && i === 0 ? (
                        <button class="link" type="button">
                          {viewOf(cell)}
                        </button>
                      ) : (
                        viewOf(cell)
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {menu}
    </>
  );
}

/** Explains how to copy from the page's tables. */
export const CopyHint = () => (
  <Hint>
    {l10n.t(
      "Tables: arrow keys move between cells, Ctrl+C or ⌘C copies a cell; right-click or Shift+F10 to copy its row or the table.",
    )}
  </Hint>
);

const viewOf = (cell: Cell) => (typeof cell === "string" ? cell : cell.view);
const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text);
const numberOf = (text: string): number =>
  text === "●" ? 1 : Number.parseFloat(text.replace(/,/g, "").replace("−", "-"));

/** Compares numbers by value, with marks as 1 and non-numbers as the lowest, and names in natural order. */
function compare(a: Cell, b: Cell, byNumber: boolean): number {
  const [one, other] = [textOf(a), textOf(b)];
  if (!byNumber) return one.localeCompare(other, undefined, { numeric: true });
  const [x, y] = [numberOf(one), numberOf(other)];
  return (Number.isNaN(x) ? -1e300 : x) - (Number.isNaN(y) ? -1e300 : y);
}
