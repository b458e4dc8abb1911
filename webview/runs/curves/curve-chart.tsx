// One chart of the overlay: a canvas that zooms and pans with the others, by mouse and keyboard.

import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { drawings } from "../../draw/exports/drawings.ts";
import { useWidth } from "../../draw/width.ts";
import type { Store } from "../../ui/store.ts";
import { useTheme } from "../../ui/theme.ts";
import { pointed } from "../state.ts";
import type { Line } from "./lines.ts";
import { type Colours, type Frame, type Measure, paint, type XAxis } from "./paint.ts";
import { panned, type Range, zoomed } from "./range.ts";
import { SvgPen } from "./svg-pen.ts";

/** The visible part of the x axis of all charts; it may change at every frame, so components do not depend on it. */
export type View = Store<{ readonly range: Range }>;

interface CurveChartProps {
  readonly title: string;
  readonly aside: string;
  readonly lines: readonly Line[];
  readonly measure: Measure;
  readonly view: View;
  readonly whole: Range;
  readonly axis: XAxis;
  /** Called when zooming or panning has ended for now. */
  readonly onRest: () => void;
  /** Moves the cursor to the next point of any line, or back. */
  readonly onStep: (by: number) => void;
}

const HEIGHT = 210;
const ZOOM = 1.25;
/** The share of the visible range by which a key pans. */
const PAN = 0.1;

export function CurveChart(props: CurveChartProps) {
  const { title, aside, measure, lines, view, whole, axis } = props;
  const { quantity } = measure;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const frame = useRef<Frame | undefined>(undefined);
  const width = useWidth(canvas);
  const theme = useTheme();
  const colours = useMemo(coloursOfTheme, [theme]);
  const isEmpty = !lines.some(({ of }) => of[quantity]);

  useLayoutEffect(() => {
    if (!width) return;
    const element = canvas.current!;
    const density = window.devicePixelRatio || 1;
    element.width = Math.round(width * density);
    element.height = Math.round(HEIGHT * density);
    const context = element.getContext("2d")!;
    let asked = 0;
    const draw = () => {
      asked = 0;
      context.setTransform(density, 0, 0, density, 0, 0);
      const size = { width, height: HEIGHT };
      context.clearRect(0, 0, width, HEIGHT);
      frame.current = paint(context, size, lines, measure, view.state.range, colours, axis);
      placeCursor(cursor.current!, frame.current);
    };
    const soon = () => {
      asked ||= requestAnimationFrame(draw);
    };
    draw();
    drawings.set(element, () => {
      const pen = new SvgPen();
      paint(pen, { width, height: HEIGHT }, lines, measure, view.state.range, colours, axis);
      return pen.svg;
    });
    const stop = [view.watch(soon), pointed.watch(() => frame.current && placeCursor(cursor.current!, frame.current))];
    return () => {
      cancelAnimationFrame(asked);
      for (const one of stop) one();
    };
  }, [lines, measure, width, colours, view, axis]);

  useGestures(canvas, frame, props);

  const onKeyDown = (event: KeyboardEvent) => {
    const { from, to } = view.state.range;
    const at = pointed.state.x ?? (from + to) / 2;
    const by = (to - from) * PAN;
    const zoom = (factor: number) => zoomed(view.state.range, factor, at, whole);
    const range = {
      "+": () => zoom(1 / ZOOM),
      "=": () => zoom(1 / ZOOM),
      "-": () => zoom(ZOOM),
      "0": () => whole,
      ...(event.shiftKey && {
        ArrowLeft: () => panned(view.state.range, -by, whole),
        ArrowRight: () => panned(view.state.range, by, whole),
      }),
    }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (range) {
      view.change({ range: range() });
      props.onRest();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      props.onStep(event.key === "ArrowLeft" ? -1 : 1);
    } else if (event.key === "Escape") pointed.change({ x: undefined });
    else return;
    event.preventDefault();
  };
  return (
    <section class="curves">
      <h3 id={`${quantity}-title`}>
        {title} <span class="aside">{aside}</span>
      </h3>
      <div class="plot">
        <canvas
          ref={canvas}
          id={`curve-${quantity}`}
          class="plot"
          role="img"
          tabIndex={0}
          aria-labelledby={`${quantity}-title`}
          onKeyDown={onKeyDown}
        />
        <div ref={cursor} class="at" hidden />
        {isEmpty && <p class="hint none">{props.lines.length ? NOTHING[quantity]() : ""}</p>}
      </div>
    </section>
  );
}

import * as l10n from "../../ui/l10n.ts";

const NOTHING: Readonly<Record<Measure["quantity"], () => string>> = {
  loss: () => l10n.t("No steps yet."),
  metric: () => l10n.t("Not evaluated yet, or evaluated with different metrics."),
  sparsity: () => l10n.t("None of these runs trains masks."),
  flips: () => l10n.t("None of these runs has masks that were evaluated yet."),
};

/** Wheel, drag and pointer. The browser may treat wheel listeners set by the page's framework as passive. */
function useGestures(
  canvas: { readonly current: HTMLCanvasElement | null },
  frame: { readonly current: Frame | undefined },
  { view, whole, onRest }: CurveChartProps,
): void {
  useEffect(() => {
    const element = canvas.current!;
    const xAt = (clientX: number): number => {
      const { offset, scale } = frame.current!.x;
      return (clientX - element.getBoundingClientRect().left - offset) / scale;
    };
    let dragged: { readonly x: number; readonly range: Range } | undefined;
    let resting = 0;
    const restSoon = () => {
      window.clearTimeout(resting);
      resting = window.setTimeout(onRest, 200);
    };
    const onWheel = (event: WheelEvent) => {
      if (!frame.current || !(event.ctrlKey || event.metaKey)) return; // the page scrolls
      event.preventDefault();
      const factor = event.deltaY > 0 ? ZOOM : 1 / ZOOM;
      view.change({ range: zoomed(view.state.range, factor, xAt(event.clientX), whole) });
      restSoon();
    };
    const onDown = (event: PointerEvent) => {
      if (event.button !== 0 || !frame.current) return;
      dragged = { x: event.clientX, range: view.state.range };
      element.setPointerCapture(event.pointerId);
    };
    const onMove = (event: PointerEvent) => {
      if (!frame.current) return;
      if (dragged) {
        const by = (dragged.x - event.clientX) / frame.current.x.scale;
        view.change({ range: panned(dragged.range, by, whole) });
      } else pointed.change({ x: xAt(event.clientX) });
    };
    const onUp = () => {
      if (dragged) onRest();
      dragged = undefined;
    };
    const onLeave = () => {
      if (!dragged) pointed.change({ x: undefined });
    };
    const onDouble = () => {
      view.change({ range: whole });
      onRest();
    };
    const listeners = [
      ["wheel", onWheel],
      ["pointerdown", onDown],
      ["pointermove", onMove],
      ["pointerup", onUp],
      ["pointercancel", onUp],
      ["pointerleave", onLeave],
      ["dblclick", onDouble],
    ] as const;
    for (const [name, on] of listeners) element.addEventListener(name, on as EventListener, { passive: false });
    return () => {
      window.clearTimeout(resting);
      for (const [name, on] of listeners) element.removeEventListener(name, on as EventListener);
    };
  }, [view, whole, onRest]);
}

function placeCursor(cursor: HTMLElement, { x: { offset, scale }, left, right, top, bottom }: Frame): void {
  const { x } = pointed.state;
  const at = x === undefined ? Number.NaN : offset + scale * x;
  cursor.hidden = !(at >= left && at <= right);
  if (cursor.hidden) return;
  cursor.style.transform = `translateX(${at}px)`;
  cursor.style.top = `${top}px`;
  cursor.style.height = `${bottom - top}px`;
}

function coloursOfTheme(): Colours {
  const style = getComputedStyle(document.body);
  const { color, fontFamily } = style;
  const contrast = style.getPropertyValue("--vscode-contrastBorder").trim();
  return { text: color, grid: withAlpha(color, contrast ? 0.35 : 0.14), font: `11px ${fontFamily}` };
}

/** A computed colour with this opacity. */
function withAlpha(colour: string, alpha: number): string {
  const parts = colour.match(/[\d.]+/g)?.slice(0, 3);
  return parts ? `rgba(${parts.join(", ")}, ${alpha})` : colour;
}
