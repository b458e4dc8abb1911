// Parallel coordinates: an axis per option that differs, then the metric; a line per run. A brush on an axis selects runs.

import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { RunRow } from "../../../src/messages.ts";
import { drawings } from "../../draw/exports/drawings.ts";
import { ExportRow } from "../../draw/exports/exports.tsx";
import { useWidth } from "../../draw/width.ts";
import { usePart } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { isShare } from "../../ui/numbers.ts";
import { Hint } from "../../ui/parts.tsx";
import { useStore } from "../../ui/store.ts";
import { named } from "../../ui/text.ts";
import { useTheme } from "../../ui/theme.ts";
import { Button } from "../../ui/toolkit.tsx";
import type { Column } from "../columns.ts";
import type { Pen } from "../curves/paint.ts";
import { SvgPen } from "../curves/svg-pen.ts";
import { select } from "../selection.ts";
import type { Shown } from "../shown.ts";
import { chosen } from "../state.ts";
import { axisOf, type Brush, isWithin } from "./axes.ts";
import { BrushedAxis, type PlacedAxis } from "./brushed-axis.tsx";

/** The maximum number of axes; the metric is always among them. */
const MOST_AXES = 10;
const HEIGHT = 250;
const MARGIN = { top: 40, side: 60, bottom: 14 };
const RESULTS = ["validation", "test"];
/** Columns that differ from run to run without being chosen. */
const OTHERS = new Set(["name", "state", "metric", "sparsity", "steps", "seconds", "date", ...RESULTS]);

type Brushes = Readonly<Record<string, Brush>>;
const NONE: Brushes = {};

export function Parallel({ shown: { columns, rows } }: { readonly shown: Shown }) {
  const [brushes, brush] = usePart<Brushes>("brushes", NONE);
  const selected = useStore(chosen, (state) => state.selected);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const theme = useTheme();
  const found = useMemo(() => chosenColumns(columns, rows), [columns, rows]);
  const axes = useMemo(() => placed(found, rows, width), [found, rows, width]);
  const metrics = [...new Set(rows.flatMap(({ metric }) => metric ?? []))];

  useLayoutEffect(() => {
    if (!width || !canvas.current) return;
    const chosenRuns = new Set(selected);
    paintOn(canvas.current, width, (pen) => paint(pen, axes, rows, chosenRuns));
    drawings.set(canvas.current, () => {
      const pen = new SvgPen();
      paint(pen, axes, rows, chosenRuns);
      return pen.svg + axes.map(({ x }) => lineOf(x)).join("");
    });
  }, [width, axes, rows, selected, theme]);

  const change = (id: string, next: Brush | undefined) => {
    const { [id]: _, ...rest } = brushes;
    const all = next ? { ...rest, [id]: next } : rest;
    brush(all);
    const isIn = (row: RunRow) =>
      axes.every(({ column, axis }) => isWithin(axis.placeOf(column.valueIn(row)), all[column.id]));
    select(Object.keys(all).length ? rows.filter(isIn).map(({ run }) => run) : []);
  };
  const hasOptions = found.some(({ id }) => !RESULTS.includes(id));
  return (
    <section class="parallel" aria-label={l10n.t("Parallel coordinates")}>
      <div class="heading-row">
        <h2>{headingText(rows.length, metrics)}</h2>
        <div class="choosers">
          <Button
            text={l10n.t("Clear brushes")}
            disabled={!Object.keys(brushes).length}
            onClick={() => {
              brush(NONE);
              select([]);
            }}
          />
        </div>
      </div>
      <div ref={box} class="axes-box figure" style={{ height: `${HEIGHT}px` }}>
        <canvas ref={canvas} />
        {axes.map((one) => (
          <BrushedAxis
            key={one.column.id}
            placed={one}
            top={MARGIN.top}
            height={HEIGHT - MARGIN.top - MARGIN.bottom}
            brush={brushes[one.column.id]}
            onBrush={(next) => change(one.column.id, next)}
          />
        ))}
      </div>
      <Hint>
        {hasOptions
          ? l10n.t(
              "Drag along an axis to select the runs in that range, or focus one of its ends and use the arrow keys; Escape removes the brush. Runs without a value on an axis have a gap there.",
            )
          : l10n.t("No option differs among these runs.")}
      </Hint>
      <ExportRow
        name="parallel"
        provenance={() => [headingText(rows.length, metrics), ...rows.map(({ run }) => `Run ${run}`)]}
        metadata={() => ({})}
        tables={[]}
        caption={{
          title: headingText(rows.length, metrics),
          notes: metrics.every(isShare) ? [l10n.t("Metrics in %.")] : [],
        }}
      />
    </section>
  );
}

function headingText(runs: number, metrics: readonly string[]): string {
  const lines = runs === 1 ? l10n.t("1 run") : l10n.t("{0} runs, a line each", runs);
  return metrics.length > 1 ? `${lines}; ${l10n.t("metrics: {0}", metrics.map(named).join(", "))}` : lines;
}

/** The options that differ among the shown rows, then the metric on both splits, as far as it is known. */
function chosenColumns(columns: readonly Column[], rows: readonly RunRow[]): Column[] {
  const differs = ({ valueIn }: Column) => new Set(rows.map(valueIn).filter((value) => value !== null)).size > 1;
  const options = columns.filter((column) => !OTHERS.has(column.id) && differs(column));
  const results = columns.filter(
    ({ id, valueIn }) => RESULTS.includes(id) && rows.some((row) => valueIn(row) !== null),
  );
  return [...options.slice(0, MOST_AXES - results.length), ...results];
}

function placed(columns: readonly Column[], rows: readonly RunRow[], width: number): PlacedAxis[] {
  const room = Math.max(0, width - 2 * MARGIN.side);
  return columns.map((column, i) => ({
    column,
    axis: axisOf(rows.map(column.valueIn)),
    isPercent: RESULTS.includes(column.id) && rows.every(({ metric }) => isShare(metric)),
    x: MARGIN.side + (columns.length > 1 ? (room * i) / (columns.length - 1) : room / 2),
  }));
}

function paintOn(canvas: HTMLCanvasElement, width: number, paint: (pen: Pen) => void): void {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(HEIGHT * density);
  const context = canvas.getContext("2d")!;
  context.scale(density, density);
  paint(context);
}

/** An axis in saved pictures; on the page it is an element. */
function lineOf(x: number): string {
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  return `<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom}" stroke="${getComputedStyle(document.body).color}" stroke-width="1"/>`;
}

/** Lines of selected runs on top of the others; all lines alike if none is selected. */
function paint(
  context: Pen,
  axes: readonly PlacedAxis[],
  rows: readonly RunRow[],
  selected: ReadonlySet<string>,
): void {
  const style = getComputedStyle(document.body);
  const blue = style.getPropertyValue("--vscode-charts-blue").trim() || style.color;
  const [above, below] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const draw = (some: readonly RunRow[], colour: string, alpha: number) => {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = 1.3;
    context.beginPath();
    for (const row of some) {
      let isDrawing = false;
      for (const { column, axis, x } of axes) {
        const place = axis.placeOf(column.valueIn(row));
        if (place === undefined) isDrawing = false;
        else {
          const y = below - place * (below - above);
          if (isDrawing) context.lineTo(x, y);
          else context.moveTo(x, y);
          isDrawing = true;
        }
      }
    }
    context.stroke();
  };
  const alpha = (count: number) => Math.max(0.15, Math.min(0.8, 20 / Math.max(1, count)));
  if (!selected.size) {
    draw(rows, blue, alpha(rows.length));
    return;
  }
  const [inside, outside] = [rows.filter(({ run }) => selected.has(run)), rows.filter(({ run }) => !selected.has(run))];
  draw(outside, style.color, alpha(outside.length) / 4);
  draw(inside, blue, Math.max(0.35, alpha(inside.length)));
}
