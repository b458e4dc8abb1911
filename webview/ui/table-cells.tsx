// The cells of a table: arrow keys move between them, and the user can copy a cell, its row or the whole table.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { announce, copyText } from "./announce.tsx";
import * as l10n from "./l10n.ts";
import { Menu, type MenuItem } from "./menu.tsx";
import { plainValue } from "./plain-values.ts";

interface Cells {
  readonly caption: string;
  readonly header: readonly string[];
  /** The texts of the cells, in the displayed order. */
  readonly rows: readonly (readonly string[])[];
  /** Additional menu items for copying from a row, given the row's displayed position. */
  readonly more: ((row: number) => readonly MenuItem[]) | undefined;
}

/** Where the menu was opened: the cell, and the position in the window. */
interface Opened {
  readonly cell: HTMLTableCellElement;
  readonly x: number;
  readonly y: number;
}

/** Makes cells copyable: returns the properties of the table's body element, and the menu to render next to the table. */
export function useCells({ caption, header, rows, more }: Cells) {
  const body = useRef<HTMLTableSectionElement>(null);
  /** The cell that Tab reaches. */
  const at = useRef({ row: 0, column: 0 });
  const [opened, open] = useState<Opened | undefined>(undefined);
  useLayoutEffect(() => settle(body.current!, at.current));
  const textOf = (cell: HTMLTableCellElement) => rows[rowOf(cell)]?.[cell.cellIndex] ?? "";
  const lineOf = (values: readonly string[]) => values.map(plainValue).join("\t");
  useLayoutEffect(() => {
    // The event's target is the element with the selection, which need not have the focus.
    const onCopy = (event: ClipboardEvent) => {
      const cell = cellOf(document.activeElement);
      if (!cell || !body.current!.contains(cell) || isSelecting()) return;
      const text = textOf(cell);
      event.clipboardData?.setData("text/plain", plainValue(text) || text);
      event.preventDefault();
      announce(copied(text));
    };
    document.addEventListener("copy", onCopy);
    return () => document.removeEventListener("copy", onCopy);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (event.key === "F10" && event.shiftKey) {
      const { left, bottom } = cell.getBoundingClientRect();
      open({ cell, x: left, y: bottom });
    } else if (!moved(event.key, cell)) return;
    event.preventDefault();
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    const cell = cellOf(target);
    if (!cell) return;
    at.current = { row: rowOf(cell), column: cell.cellIndex };
    settle(body.current!, at.current);
  };
  const onContextMenu = (event: MouseEvent) => {
    const cell = cellOf(event.target);
    if (!cell || isSelecting()) return; // a selection is copied with the editor's own menu
    event.preventDefault();
    open({ cell, x: event.clientX, y: event.clientY });
  };
  const itemsOf = (cell: HTMLTableCellElement): MenuItem[] => {
    const row = rowOf(cell);
    const text = textOf(cell);
    const values = rows[row] ?? [];
    return [
      { title: l10n.t("Copy cell"), onChoose: () => copyText(plainValue(text) || text, copied(text)) },
      {
        title: l10n.t("Copy row"),
        onChoose: () => copyText(lineOf(values), l10n.t("Copied row {0}", values[0] ?? "")),
      },
      {
        title: l10n.t("Copy table"),
        onChoose: () =>
          copyText(
            [header, ...rows].map((line) => `${lineOf(line)}\n`).join(""),
            rows.length === 1
              ? l10n.t("Copied table {0} (1 row)", caption)
              : l10n.t("Copied table {0} ({1} rows)", caption, rows.length),
          ),
      },
      ...(more?.(row) ?? []),
    ];
  };
  const close = (isDone: boolean) => {
    open(undefined);
    if (isDone && opened) focusOf(opened.cell).focus();
  };
  const menu: ComponentChildren = opened && (
    <Menu label={l10n.t("Copy")} items={itemsOf(opened.cell)} at={opened} onClose={close} />
  );
  return { body: { ref: body, onKeyDown, onFocusIn, onContextMenu }, menu };
}

/** Whether text is selected: a click then only ends the selection, and a copy command copies the selected text. */
export const isSelecting = (): boolean => getSelection()?.type === "Range";

const copied = (text: string): string => l10n.t("Copied {0}", text);

/** The cell of a table's body that contains an element. */
const cellOf = (target: EventTarget | null): HTMLTableCellElement | undefined =>
  (target instanceof Element && target.closest<HTMLTableCellElement>("tbody td")) || undefined;

const rowOf = (cell: HTMLTableCellElement): number => (cell.parentElement as HTMLTableRowElement).sectionRowIndex;

/** The element that takes the focus for a cell: its link if it has one, otherwise the cell itself. */
const focusOf = (cell: HTMLTableCellElement): HTMLElement => cell.querySelector("button") ?? cell;

/** Makes exactly one cell of a table's body reachable with Tab. */
function settle(
  body: HTMLTableSectionElement,
  { row, column }: { readonly row: number; readonly column: number },
): void {
  const chosen = (body.rows[row] ?? body.rows[0])?.cells[column] ?? body.rows[0]?.cells[0];
  for (const line of body.rows) for (const cell of line.cells) focusOf(cell).tabIndex = cell === chosen ? 0 : -1;
}

/** Moves the focus to another cell if the key does that; returns whether it did. */
function moved(key: string, cell: HTMLTableCellElement): boolean {
  const line = cell.parentElement as HTMLTableRowElement;
  const lines = (line.parentElement as HTMLTableSectionElement).rows;
  const at = line.sectionRowIndex;
  const to = {
    ArrowUp: lines[at - 1]?.cells[cell.cellIndex],
    ArrowDown: lines[at + 1]?.cells[cell.cellIndex],
    ArrowLeft: line.cells[cell.cellIndex - 1],
    ArrowRight: line.cells[cell.cellIndex + 1],
    Home: line.cells[0],
    End: line.cells[line.cells.length - 1],
  }[key];
  if (to) focusOf(to).focus();
  return to !== undefined;
}
