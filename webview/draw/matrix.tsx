// One matrix on a canvas, with zoom, pan, sorting, and a weight that can be pinned.

import type { CSSProperties, TargetedPointerEvent } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Window } from "../../src/mask/grid.ts";
import { usePart } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { useTheme } from "../ui/theme.ts";
import { type Bands, isHeadShown, paintBands } from "./bands.ts";
import { Detail, type DetailStore } from "./detail.tsx";
import {
  type Arrangement,
  arranged,
  type MatrixData,
  MatrixPainter,
  type Orders,
  type Place,
  type Shape,
  shownAt,
  type Weight,
  weightAt,
} from "./matrix-painter.ts";
import { useTop, useWidth } from "./width.ts";
import { moved, zoomed } from "./window.ts";

export interface MatrixProps extends MatrixData {
  /** Matrices with the same name share their zoom, position and pinned weight, which are also saved with the page. */
  readonly name: string;
  readonly label: string;
  readonly orders?: Orders;
  readonly shape?: Shape;
  /** Names the heads beside their rows or columns and highlights one of them. */
  readonly bands?: Bands | undefined;
  /** A weight to show and pin (row and column of the unsorted matrix); takes effect whenever a new object is passed. */
  readonly goTo?: Partial<Weight> | undefined;
  /** Shows the pinned weight, or else the one under the pointer. */
  readonly detail: DetailStore;
  readonly textOf: (weight: Weight) => string;
  /** Called with the weight in the detail line (row and column of the unsorted matrix), or null if there is none. */
  readonly onWeight?: (weight: Weight | null) => void;
  /** "over": on top of another matrix. */
  readonly look?: "over";
  readonly style?: CSSProperties;
}

const OWN: Orders = { rows: "own", columns: "own" };

/** The detail line of a matrix: how to use it, then the weight under the pointer. */
export const WeightDetail = ({ detail }: { readonly detail: DetailStore }) => (
  <Detail
    live
    detail={detail}
    hint={l10n.t(
      "Ctrl/⌘+wheel or +/− zooms, drag or arrow keys pan, 0 fits. Click or Enter pins a weight, Shift+arrows moves the pin, Esc clears it.",
    )}
  />
);

/** A matrix as wide as its container. Its lines are sorted again whenever a new array is passed for `overlays` or z. */
export function Matrix(props: MatrixProps) {
  const {
    name,
    label,
    orders = OWN,
    shape = "fill",
    bands,
    goTo,
    detail,
    textOf,
    onWeight,
    look,
    style,
    ...data
  } = props;
  const { rows, columns, overlays, rowZ, columnZ, rowBand, columnBand } = data;
  const [place, setPlace] = usePlace(name, data);
  const arrangement = useMemo(
    () => arranged(data, orders),
    [overlays, rowZ, columnZ, rowBand, columnBand, orders.rows, orders.columns],
  );

  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [painter] = useState(() => new MatrixPainter());
  const width = useWidth(element);
  const top = useTop(element);
  const theme = useTheme();
  useLayoutEffect(() => {
    if (!width) return;
    painter.paint(canvas.current!, width, arrangement, place, shape, bands !== undefined);
    if (!bands) return;
    paintBands(canvas.current!, painter.frame, arrangement, place.window, bands);
    painter.paintPinned(canvas.current!, arrangement, place);
  }, [width, top, arrangement, place, theme, shape, bands?.layer, bands?.head]);
  useLayoutEffect(() => {
    if (bands && bands.head !== null && !isHeadShown(arrangement, place.window, bands.head))
      setPlace({ ...place, window: wholeOf(rows, columns) });
  }, [name, bands?.head]);
  useLayoutEffect(() => {
    if (goTo) setPlace(chosen(place, arrangement, shownFrom(goTo, place, arrangement)));
  }, [goTo]);

  const [hovered, hover] = useState<(Weight & { readonly of: string }) | null>(null);
  const over = hovered?.of === name ? hovered : null;
  const weight = place.chosen ?? over;
  const text = weight && textOf(weight);
  useLayoutEffect(() => {
    const item = text ? { key: name, text } : undefined;
    if (place.chosen) detail.change({ said: item, pinned: item });
    else {
      detail.release();
      if (item) detail.say(item);
    }
  }, [detail, place.chosen, text]);
  useLayoutEffect(() => onWeight?.(weight), [name, weight?.row, weight?.column]);

  const drag = useRef<{ x: number; y: number; isFar: boolean } | undefined>(undefined);
  const share = ({ offsetX, offsetY }: MouseEvent) => {
    const { frame } = painter;
    return { x: (offsetX - frame.left) / frame.width, y: (offsetY - frame.top) / frame.height };
  };
  /** The displayed position of the weight under the pointer. */
  const at = (event: MouseEvent): Weight | undefined => {
    const { top, left, bottom, right } = place.window;
    const { x, y } = share(event);
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return undefined;
    return { row: Math.floor(top + (bottom - top) * y), column: Math.floor(left + (right - left) * x) };
  };
  const show = (window: Window) => setPlace({ ...place, window });

  const onPointerDown = (event: TargetedPointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.offsetX, y: event.offsetY, isFar: false };
  };
  const onPointerUp = (event: PointerEvent) => {
    const isFar = drag.current?.isFar;
    drag.current = undefined;
    if (isFar) return;
    const pointed = at(event);
    const before = place.chosen && shownAt(arrangement, place.chosen);
    const isSame = pointed && before && pointed.row === before.row && pointed.column === before.column;
    setPlace(chosen(place, arrangement, isSame ? undefined : pointed));
  };
  const onPointerMove = (event: PointerEvent) => {
    const { offsetX: x, offsetY: y } = event;
    const from = drag.current;
    if (from && (from.isFar || Math.hypot(from.x - x, from.y - y) > 3)) {
      const { top, left, bottom, right } = place.window;
      const { frame } = painter;
      const down = ((from.y - y) * (bottom - top)) / frame.height;
      const across = ((from.x - x) * (right - left)) / frame.width;
      drag.current = { x, y, isFar: true };
      return show(moved(place.window, down, across, rows, columns)); // the weight under the pointer moves with it
    }
    const pointed = at(event);
    const own = pointed && weightAt(arrangement, pointed);
    if (own?.row !== over?.row || own?.column !== over?.column) hover(own ? { ...own, of: name } : null);
  };
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return; // lets the page scroll
    event.preventDefault();
    const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200);
    show(zoomed(place.window, factor, share(event), rows, columns));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = afterKey(event, place, arrangement);
    if (!next) return;
    if (event.key !== "Escape") event.preventDefault();
    setPlace(next);
  };
  const seen = place.window;
  return (
    <div class={look ? `matrix ${look}` : "matrix"} style={style} ref={element}>
      <canvas
        ref={canvas}
        class="view"
        tabIndex={0}
        role="img"
        aria-label={label}
        onPointerDown={onPointerDown}
        onPointerUp={onPointerUp}
        onPointerMove={onPointerMove}
        onPointerLeave={() => hover(null)}
        onWheel={onWheel}
        onKeyDown={onKeyDown}
      />
      <div class="axes">
        <span>
          {l10n.t("inputs: columns {0} to {1}", Math.floor(seen.left), Math.ceil(seen.right) - 1)}
          {orders.columns !== "own" && `, ${l10n.t("sorted")}`}
        </span>
        <span>
          {l10n.t("outputs: rows {0} to {1}", Math.floor(seen.top), Math.ceil(seen.bottom) - 1)}
          {orders.rows !== "own" && `, ${l10n.t("sorted")}`}
        </span>
      </div>
    </div>
  );
}

/** The visible part of a matrix (at first all of it) and its pinned weight (at first none), and a function to change them. */
function usePlace(name: string, { rows, columns }: MatrixData): readonly [Place, (next: Place) => void] {
  const whole = useMemo((): Place => ({ window: wholeOf(rows, columns), chosen: undefined }), [rows, columns]);
  const [kept, keep] = usePart(`place ${name}`, whole);
  return [kept.window.bottom > rows || kept.window.right > columns ? whole : kept, keep];
}

const wholeOf = (rows: number, columns: number): Window => ({ top: 0, left: 0, bottom: rows, right: columns });

/** Pins the weight at a displayed position and scrolls it into view; without a position, unpins. */
function chosen(place: Place, arrangement: Arrangement, at: Weight | undefined): Place {
  if (!at) return { ...place, chosen: undefined };
  const { rows, columns } = arrangement.data;
  const { top, left, bottom, right } = place.window;
  const down = Math.min(0, at.row - top) + Math.max(0, at.row + 1 - bottom);
  const across = Math.min(0, at.column - left) + Math.max(0, at.column + 1 - right);
  return { window: moved(place.window, down, across, rows, columns), chosen: weightAt(arrangement, at) };
}

/** The displayed position of a weight; if only a row or a column is given, the other coordinate stays the same. */
function shownFrom({ row, column }: Partial<Weight>, place: Place, arrangement: Arrangement): Weight {
  const from = middleOf(place, arrangement);
  const { rowOrder, columnOrder } = arrangement;
  return {
    row: row === undefined ? from.row : rowOrder.indexOf(row),
    column: column === undefined ? from.column : columnOrder.indexOf(column),
  };
}

/** The displayed position of the pinned weight or, if none is pinned, the middle of the visible part. */
function middleOf({ window: { top, left, bottom, right }, chosen }: Place, arrangement: Arrangement): Weight {
  if (chosen) return shownAt(arrangement, chosen);
  return { row: Math.floor((top + bottom) / 2), column: Math.floor((left + right) / 2) };
}

/** The visible part and pinned weight after a key press; undefined if the key has no effect. */
function afterKey({ key, shiftKey }: KeyboardEvent, place: Place, arrangement: Arrangement): Place | undefined {
  const { rows, columns } = arrangement.data;
  const { top, left, bottom, right } = place.window;
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  if (key === "Enter" || (shiftKey && step)) {
    const from = middleOf(place, arrangement);
    const [y, x] = place.chosen && step ? step : [0, 0];
    return chosen(place, arrangement, {
      row: Math.min(rows - 1, Math.max(0, from.row + y!)),
      column: Math.min(columns - 1, Math.max(0, from.column + x!)),
    });
  }
  if (key === "Escape") return place.chosen && { ...place, chosen: undefined };
  const centre = { x: 0.5, y: 0.5 };
  const zoom = (factor: number) => zoomed(place.window, factor, centre, rows, columns);
  const [down, across] = [((step?.[0] ?? 0) * (bottom - top)) / 8, ((step?.[1] ?? 0) * (right - left)) / 8];
  const windows: Readonly<Record<string, () => Window>> = {
    "+": () => zoom(0.7),
    "=": () => zoom(0.7),
    "-": () => zoom(1 / 0.7),
    "0": () => wholeOf(rows, columns),
  };
  const window = step ? moved(place.window, down, across, rows, columns) : windows[key]?.();
  return window && { ...place, window };
}
