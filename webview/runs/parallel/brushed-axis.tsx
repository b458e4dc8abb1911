// An axis of the parallel coordinates, with a brush: its two ends are sliders for the keyboard.

import { useRef } from "preact/hooks";
import * as l10n from "../../ui/l10n.ts";
import { named } from "../../ui/text.ts";
import type { Column } from "../columns.ts";
import type { Axis, Brush } from "./axes.ts";

export interface PlacedAxis {
  readonly column: Column;
  readonly axis: Axis;
  /** In pixels from the left. */
  readonly x: number;
  /** Whether its values are shares, shown in percent. */
  readonly isPercent: boolean;
}

interface BrushedAxisProps {
  readonly placed: PlacedAxis;
  readonly top: number;
  readonly height: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
}

/** The share of a numeric axis by which an arrow key moves an end of the brush. */
const STEP = 0.05;
/** A drag that begins or ends this close to an end of the axis includes it. */
const SNAP = 0.03;
/** The least height of a brush that a drag makes, in shares of the axis: shorter drags are clicks, which remove it. */
const LEAST = 0.01;

export function BrushedAxis({ placed: { column, axis, x, isPercent }, top, height, brush, onBrush }: BrushedAxisProps) {
  const line = useRef<HTMLDivElement>(null);
  const from = useRef<number | undefined>(undefined);
  const placeAt = (clientY: number): number => {
    const box = line.current!.getBoundingClientRect();
    const place = 1 - (clientY - box.top) / box.height;
    if (place < SNAP) return 0;
    return place > 1 - SNAP ? 1 : place;
  };
  const onMove = (event: PointerEvent) => {
    if (from.current === undefined) return;
    const place = placeAt(event.clientY);
    const [low, high] = [Math.min(from.current, place), Math.max(from.current, place)];
    if (high - low >= LEAST) onBrush({ low, high });
  };
  const { low, high } = brush ?? { low: 0, high: 1 };
  const note = axis.kind === "log" ? ` (${l10n.t("log scale")})` : "";
  const move = (end: "low" | "high", to: number) => {
    const next = end === "low" ? { low: Math.min(to, high), high } : { low, high: Math.max(to, low) };
    onBrush(next.low <= 0 && next.high >= 1 ? undefined : next);
  };
  return (
    <div class="axis-column" style={{ left: `${x}px` }}>
      <div class="axis-title" title={column.meaning}>
        {named(column.title)}
        {note}
      </div>
      <div
        ref={line}
        class="axis-line"
        style={{ top: `${top}px`, height: `${height}px` }}
        onPointerDown={(event) => {
          if (event.button !== 0 || (event.target as Element).matches("[role=slider]")) return;
          from.current = placeAt(event.clientY);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onMove}
        onPointerUp={(event) => {
          if (from.current !== undefined && Math.abs(placeAt(event.clientY) - from.current) < LEAST) onBrush(undefined);
          from.current = undefined;
        }}
      >
        {brush && (
          <div class="brush" style={{ top: `${100 * (1 - high)}%`, height: `${Math.max(1, 100 * (high - low))}%` }} />
        )}
        {(["high", "low"] as const).map((end) => (
          <div
            key={end}
            class={`end ${end}`}
            role="slider"
            tabIndex={0}
            aria-orientation="vertical"
            aria-label={
              end === "low" ? l10n.t("{0}: least", named(column.title)) : l10n.t("{0}: greatest", named(column.title))
            }
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(100 * (end === "low" ? low : high))}
            aria-valuetext={valueText(axis, end === "low" ? low : high)}
            style={{ bottom: `${100 * (end === "low" ? low : high)}%` }}
            onKeyDown={(event) => {
              const now = end === "low" ? low : high;
              const to = {
                ArrowUp: stepped(axis, now, 1),
                ArrowDown: stepped(axis, now, -1),
                Home: 0,
                End: 1,
              }[event.key];
              if (event.key === "Escape") onBrush(undefined);
              else if (to === undefined) return;
              else move(end, to);
              event.preventDefault();
            }}
          />
        ))}
        {axis.ticks.map(({ value, place }) => (
          <span key={String(value)} class="tick" style={{ bottom: `${100 * place}%` }}>
            {named(tickText(isPercent, value))}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The next position: of the next value, or a step on an axis of numbers. */
function stepped(axis: Axis, now: number, by: 1 | -1): number {
  if (axis.kind !== "values") return Math.max(0, Math.min(1, now + by * STEP));
  const places = axis.ticks.map(({ place }) => place);
  const next = by > 0 ? places.find((place) => place > now + 1e-9) : places.findLast((place) => place < now - 1e-9);
  return next ?? (by > 0 ? 1 : 0);
}

function valueText(axis: Axis, place: number): string {
  const nearest = axis.ticks.reduce<Axis["ticks"][number] | undefined>(
    (best, tick) => (!best || Math.abs(tick.place - place) < Math.abs(best.place - place) ? tick : best),
    undefined,
  );
  return nearest ? l10n.t("near {0}", String(nearest.value)) : "";
}

/** Metrics that are shares are in percent, as in the table. */
function tickText(isPercent: boolean, value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (isPercent) return (100 * value).toFixed(1);
  return String(Number(value.toPrecision(6)));
}
