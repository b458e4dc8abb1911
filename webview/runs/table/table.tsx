// The table of runs. Only the rows in view are in the page, so that a thousand runs scroll as fast as ten. The table itself
// has the focus, whatever happens to its rows.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { usePart } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { Menu } from "../../ui/menu.tsx";
import { useStore } from "../../ui/store.ts";
import type { Line, Shown } from "../shown.ts";
import { chosen } from "../state.ts";
import { TableHeader } from "./header.tsx";
import { useKeys } from "./keys.ts";
import { ROW } from "./row-height.ts";
import { keyOf, linesToggled, runsOf } from "./row-keys.ts";
import { itemsOf, type Opened } from "./row-menu.ts";
import { GroupRow, RunRowView } from "./rows.tsx";
import { widthsOf } from "./widths.ts";

/** Rows beyond the visible ones, so that scrolling shows no gaps. */
const BEYOND = 8;
/** The share of the window's height that the table may take. */
const SHARE = 0.36;

interface RunsTableProps {
  readonly shown: Shown;
  readonly slots: ReadonlyMap<string, number>;
  readonly onOpen: (run: string) => void;
}

export function RunsTable({ shown, slots, onOpen }: RunsTableProps) {
  const { lines, columns, rows, groups } = shown;
  const selected = useStore(chosen, (state) => state.selected);
  const [kept, keep] = usePart("scroll", 0);
  const [top, setTop] = useState(kept);
  const [active, setActive] = useState<string | undefined>(undefined);
  const [opened, open] = useState<Opened | undefined>(undefined);
  const scroller = useRef<HTMLTableElement>(null);
  const isSelected = useMemo(() => new Set(selected), [selected]);
  const template = useMemo(() => widthsOf(columns, rows, groups), [columns, rows, groups]);
  const places = useMemo(() => new Map(lines.map((line, i) => [keyOf(line), i])), [lines]);
  const at = active === undefined ? -1 : (places.get(active) ?? -1);

  const height = Math.max(160, Math.round(window.innerHeight * SHARE));
  const first = Math.max(0, Math.min(lines.length, Math.floor(top / ROW) - BEYOND));
  const last = Math.min(lines.length, first + Math.ceil(height / ROW) + 2 * BEYOND);
  const visible = lines.slice(first, last);

  useLayoutEffect(() => {
    if (kept) scroller.current!.scrollTop = kept;
  }, [lines.length > 0]);
  const moveTo = (place: number) => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, place))];
    if (!line) return;
    setActive(keyOf(line));
    show(scroller.current!, places.get(keyOf(line))!);
  };
  const onKeyDown = useKeys({ lines, rows, at, moveTo, onOpen, page: Math.floor(height / ROW) - 2 });
  const anchor = useRef<string | undefined>(undefined);

  /** As in lists of files: a click selects one, Ctrl or ⌘ adds or removes one, Shift selects a range. */
  const onClick = (line: Line, event: MouseEvent) => {
    const key = keyOf(line);
    const target = event.target as Element;
    setActive(key);
    if (target.closest(".twist")) return linesToggled(line);
    const from = anchor.current === undefined ? undefined : places.get(anchor.current);
    if (event.shiftKey && from !== undefined) {
      const [a, b] = [from, places.get(key)!].sort((x, y) => x - y) as [number, number];
      chosen.change({ selected: [...new Set(lines.slice(a, b + 1).flatMap(runsOf))] });
      return;
    }
    anchor.current = key;
    const runs = runsOf(line);
    if (event.ctrlKey || event.metaKey || target.closest(".check")) {
      const all = runs.every((run) => isSelected.has(run));
      chosen.change({
        selected: all ? selected.filter((run) => !runs.includes(run)) : [...new Set([...selected, ...runs])],
      });
    } else chosen.change({ selected: runs });
  };
  const onMenu = (event: MouseEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-key]");
    const line = row && lines[places.get(row.dataset.key!) ?? -1];
    if (line?.kind !== "run") return;
    event.preventDefault();
    const cell = (event.target as Element).closest<HTMLElement>("[data-column]");
    setActive(keyOf(line));
    open({
      row: line.row,
      column: columns.find(({ id }) => id === cell?.dataset.column),
      x: event.clientX,
      y: event.clientY,
    });
  };
  const grid = {
    role: groups.length ? ("treegrid" as const) : ("grid" as const),
    ...{ tabIndex: 0, "aria-label": l10n.t("Runs") },
    ...{ "aria-multiselectable": true, "aria-rowcount": lines.length + 1 },
    "aria-activedescendant": at >= first && at < last ? idOf(active!) : undefined,
  };
  return (
    <div class="runs-table">
      <table
        ref={scroller}
        class="runs-grid"
        {...grid}
        style={{ maxHeight: `${height}px`, "--columns": template }}
        onScroll={({ currentTarget }) => {
          setTop(currentTarget.scrollTop);
          keep(currentTarget.scrollTop);
        }}
        onKeyDown={(event) => {
          if (event.key === "F10" && event.shiftKey && lines[at]?.kind === "run") {
            const { left, bottom } = document.getElementById(idOf(active!))!.getBoundingClientRect();
            event.preventDefault();
            open({ row: (lines[at] as Line & { kind: "run" }).row, column: undefined, x: left + 40, y: bottom });
          } else onKeyDown(event);
        }}
        onContextMenu={onMenu}
      >
        <TableHeader columns={columns} />
        <tbody class="body" style={{ height: `${lines.length * ROW}px` }}>
          {visible.map((line, i) => {
            const place = first + i;
            const common = {
              ...{ id: idOf(keyOf(line)), place, columns, isActive: place === at },
              onClick: (event: MouseEvent) => onClick(line, event),
            };
            if (line.kind === "group") {
              const chosenOnes = line.group.rows.filter(({ run }) => isSelected.has(run)).length;
              return (
                <GroupRow
                  key={keyOf(line)}
                  group={line.group}
                  isCollapsed={line.collapsed}
                  isSelected={chosenOnes === line.group.rows.length}
                  slot={slots.get(line.group.key)}
                  {...common}
                />
              );
            }
            return (
              <RunRowView
                key={keyOf(line)}
                row={line.row}
                isSelected={isSelected.has(line.row.run)}
                isNested={groups.length > 0}
                slot={groups.length ? undefined : slots.get(line.row.run)}
                onOpen={onOpen}
                {...common}
              />
            );
          })}
        </tbody>
      </table>
      {opened && (
        <Menu
          label={l10n.t("Run")}
          items={itemsOf(opened, onOpen)}
          at={opened}
          onClose={(isDone) => {
            open(undefined);
            if (isDone) scroller.current!.focus();
          }}
        />
      )}
    </div>
  );
}

/** The id of a row's element; keys may contain any characters. */
const idOf = (key: string): string => `row-${encodeURIComponent(key)}`;

/** Scrolls as little as possible. */
function show(scroller: HTMLElement, place: number): void {
  const top = place * ROW;
  const room = scroller.clientHeight - ROW; // below the header
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
}
