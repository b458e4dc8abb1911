// One matrix on a canvas: each pixel is the exact mean of its weights; with strips of z beside it, zoom, pan and sorting.

import { combine } from "../../src/mask/algebra.ts";
import { type BitMatrix, fullBits } from "../../src/mask/bits.ts";
import type { MatrixDescription } from "../../src/mask/describe.ts";
import { type SummedAreas, summedAreas, type Window } from "../../src/mask/grid.ts";
import { headBands } from "../../src/mask/statistics.ts";
import type { MatrixView } from "../../src/messages.ts";
import { el } from "../ui/dom.ts";
import { keep, recall, t } from "../ui/host.ts";
import { brightness, css, mix, type Rgb, zColour } from "./colours.ts";
import { Detail } from "./detail.ts";
import { type Order, orderOf, reordered } from "./order.ts";
import { colourBoxes } from "./pixels.ts";
import { moved, zoomed } from "./window.ts";

/** A set of weights and the colour in which it is drawn. */
export interface Overlay {
  readonly bits: BitMatrix;
  readonly colour: Rgb;
}

/** The visible part of a matrix: kept when it is redrawn, shown in another view, or shown beside another mask's matrix. */
interface Place {
  window: Window;
  /** The weight pinned by click or keyboard, in the matrix's own indices; hovering has no effect while one is pinned. */
  chosen: { readonly row: number; readonly column: number } | undefined;
}

export interface MatrixOptions {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Disjoint sets; weights in none of them get the background colour. */
  readonly overlays: readonly Overlay[];
  readonly ground: Rgb;
  /** z of each line; null: no strip. */
  readonly rowZ: ArrayLike<number> | null;
  readonly columnZ: ArrayLike<number> | null;
  /** Rows or columns per attention head, for the lines between heads; 0: no lines. */
  readonly rowBand: number;
  readonly columnBand: number;
  readonly label: string;
  /** Called with the pinned weight, or else the one under the pointer, in the matrix's own indices. */
  readonly onWeight: (place: { row: number; column: number } | null, isLocked: boolean) => void;
  /** Called after each zoom, pan or pin, so that other views of the matrix can follow. */
  readonly onMove?: () => void;
}

const STRIP = 14;
const GAP = 4;
/** Space for the detail line below a matrix, in pixels. */
const BELOW = 90;
/** From this size in pixels on, grid lines separate single weights. */
const GRID_FROM = 6;

/** The bits of a view, packed as in the file. */
export function bitsOf(bytes: Uint8Array, { rows, columns }: Pick<MatrixView, "rows" | "columns">): BitMatrix {
  return { rows, columns, stride: Math.ceil(columns / 8), bytes };
}

/** Rows and columns per attention head; 0: they are not divided into heads. */
export function bandsOf(
  matrix: Pick<MatrixDescription, "layer" | "kind">,
  bits: BitMatrix,
  heads: number,
): Pick<MatrixOptions, "rowBand" | "columnBand"> {
  const bands = headBands({ ...matrix, bits }, heads);
  return {
    rowBand: bands && bands.rows < bits.rows ? bands.rows : 0,
    columnBand: bands && bands.columns < bits.columns ? bands.columns : 0,
  };
}

/** The detail line of a matrix: how to use it, then the weight under the pointer. */
export const weightDetail = (): Detail =>
  new Detail(
    t(
      "Wheel or +/− zooms, drag or arrow keys pan, 0 fits. Click or Enter pins a weight, Shift+arrows moves the pin, Esc clears it.",
    ),
    true,
  );

/** The weights that are not on both before and after training, as three sets. */
export function changesOf(bits: BitMatrix, initial: BitMatrix): Record<"pruned" | "regrown" | "off", BitMatrix> {
  return {
    pruned: combine("andNot", initial, bits),
    regrown: combine("andNot", bits, initial),
    off: combine("andNot", fullBits(bits.rows, bits.columns), combine("or", bits, initial)),
  };
}

export class MatrixCanvas {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly #options: MatrixOptions;
  readonly #place: Place;
  /** The visible columns and rows. */
  readonly #axes = el("div", { className: "axes" });
  #orders: { rows: Order; columns: Order } = { rows: "own", columns: "own" };
  #rowOrder: Uint32Array;
  #columnOrder: Uint32Array;
  #areas: readonly { readonly areas: SummedAreas; readonly colour: Rgb }[] = [];
  #asked = false;
  /** The position of the picture in the canvas when last painted, in CSS pixels. */
  #frame = { left: 0, top: 0, width: 1, height: 1 };
  /** The picture of the weights, reused while its size is right. */
  #image: ImageData | undefined;

  constructor(options: MatrixOptions) {
    this.#options = options;
    const { rows, columns, label, name } = options;
    const whole: Place = { window: { top: 0, left: 0, bottom: rows, right: columns }, chosen: undefined };
    const before = recall<Place>(`place ${name}`) ?? whole;
    this.#place = before.window.bottom > rows || before.window.right > columns ? whole : before;
    keep(`place ${name}`, this.#place);
    this.#rowOrder = orderOf(null, rows, "own");
    this.#columnOrder = orderOf(null, columns, "own");
    this.canvas = el("canvas", { className: "view", tabIndex: 0, aria: { role: "img", label } });
    this.element = el("div", { className: "matrix" }, this.canvas, this.#axes);
    this.#arrange();
    this.#listen();
    if (this.#place.chosen) options.onWeight(this.#place.chosen, true);
    // Called once at the start, after layout and before the frame is shown, so the first picture costs no extra frame.
    let width = -1;
    new ResizeObserver(() => {
      if (width === this.element.clientWidth) return; // its height follows from the picture
      width = this.element.clientWidth;
      this.#paint();
    }).observe(this.element);
  }

  sort(rows: Order, columns: Order): void {
    this.#orders = { rows, columns };
    this.#arrange();
    this.draw();
  }

  /** Draws in the next frame; several calls draw once. */
  draw(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#paint();
    });
  }

  #arrange(): void {
    const { rows, columns, rowZ, columnZ, overlays, rowBand, columnBand } = this.#options;
    this.#rowOrder = orderOf(rowZ, rows, this.#orders.rows, rowBand);
    this.#columnOrder = orderOf(columnZ, columns, this.#orders.columns, columnBand);
    const plain = this.#orders.rows === "own" && this.#orders.columns === "own";
    this.#areas = overlays.map(({ bits, colour }) => ({
      areas: summedAreas(plain ? bits : reordered(bits, this.#rowOrder, this.#columnOrder)),
      colour,
    }));
  }

  #change(window: Window): void {
    this.#place.window = window;
    keep(`place ${this.#options.name}`, this.#place);
    this.draw();
    this.#options.onMove?.();
  }

  #layOut(): { left: number; top: number; width: number; height: number } {
    const { rows, columns, rowZ, columnZ } = this.#options;
    const left = 0;
    const top = columnZ ? STRIP + GAP : 0;
    const width = Math.max(80, this.element.clientWidth - (rowZ ? STRIP + GAP : 0));
    // Tall enough for square weights or one pixel per row, as far as the window allows.
    const under = this.element.getBoundingClientRect().top + window.scrollY + BELOW;
    const height = Math.min(Math.max(160, rows, (width * rows) / columns), Math.max(240, window.innerHeight - under));
    return { left, top, width: Math.floor(width), height: Math.floor(height) };
  }

  #paint(): void {
    const { rowZ, columnZ, ground, rowBand, columnBand } = this.#options;
    const ratio = Math.max(1, window.devicePixelRatio);
    const frame = this.#layOut();
    this.#frame = frame;
    const outer = { width: frame.width + (rowZ ? STRIP + GAP : 0), height: frame.top + frame.height };
    const [deviceWidth, deviceHeight] = [Math.round(outer.width * ratio), Math.round(outer.height * ratio)];
    if (this.canvas.width !== deviceWidth || this.canvas.height !== deviceHeight) {
      this.canvas.width = deviceWidth;
      this.canvas.height = deviceHeight;
      this.canvas.style.width = `${outer.width}px`;
      this.canvas.style.height = `${outer.height}px`;
    }
    const context = this.canvas.getContext("2d")!;
    context.clearRect(0, 0, deviceWidth, deviceHeight);

    const { top, left, bottom, right } = this.#place.window;
    const span = (text: string, from: number, to: number, order: Order) =>
      el("span", {}, t(text, Math.floor(from), Math.ceil(to) - 1), order === "own" ? "" : `, ${t("sorted")}`);
    this.#axes.replaceChildren(
      span("inputs: columns {0} to {1}", left, right, this.#orders.columns),
      span("outputs: rows {0} to {1}", top, bottom, this.#orders.rows),
    );

    // 1. The weights: mean colour of each pixel's box.
    const width = Math.round(frame.width * ratio);
    const height = Math.round(frame.height * ratio);
    if (this.#image?.width !== width || this.#image.height !== height)
      this.#image = context.createImageData(width, height);
    const image = this.#image;
    colourBoxes(new Uint32Array(image.data.buffer), this.#areas, ground, this.#place.window, height, width);
    context.putImageData(image, 0, Math.round(frame.top * ratio));

    // 2. Lines between single weights where they are large enough, and between attention heads unless sorted by z.
    context.save();
    context.scale(ratio, ratio);
    context.translate(frame.left, frame.top);
    const [cellWidth, cellHeight] = [frame.width / (right - left), frame.height / (bottom - top)];
    const line = css(mix(ground, brightness() === "dark" ? [255, 255, 255] : [0, 0, 0], 0.35));
    context.strokeStyle = line;
    const lines = (every: number, from: number, to: number, size: number, vertical: boolean) => {
      context.beginPath();
      for (let at = Math.ceil(from / every) * every; at <= to; at += every) {
        const place = Math.round((at - from) * size) + 0.5;
        context.moveTo(vertical ? place : 0, vertical ? 0 : place);
        context.lineTo(vertical ? place : frame.width, vertical ? frame.height : place);
      }
      context.stroke();
    };
    context.lineWidth = 0.5;
    if (cellWidth >= GRID_FROM && cellHeight >= GRID_FROM) {
      lines(1, left, right, cellWidth, true);
      lines(1, top, bottom, cellHeight, false);
    }
    context.lineWidth = 1;
    if (rowBand && this.#orders.rows !== "z") lines(rowBand, top, bottom, cellHeight, false);
    if (columnBand && this.#orders.columns !== "z") lines(columnBand, left, right, cellWidth, true);

    // 3. The pinned weight, framed so that it can be found at any zoom.
    if (this.#chosen) {
      const { row, column } = this.#chosen;
      const [x, y] = [(column - left) * cellWidth, (row - top) * cellHeight];
      context.lineWidth = 2;
      context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--vscode-foreground") || line;
      context.strokeRect(x - 3, y - 3, cellWidth + 6, cellHeight + 6);
    }

    // 4. Strips of z: the mean of the lines under each pixel.
    if (columnZ)
      this.#strip(context, columnZ, this.#columnOrder, left, right, frame.width, (at) => [at, -STRIP - GAP, 1, STRIP]);
    if (rowZ)
      this.#strip(context, rowZ, this.#rowOrder, top, bottom, frame.height, (at) => [frame.width + GAP, at, STRIP, 1]);
    context.restore();
  }

  #strip(
    context: CanvasRenderingContext2D,
    z: ArrayLike<number>,
    order: Uint32Array,
    from: number,
    to: number,
    pixels: number,
    place: (at: number) => [number, number, number, number],
  ): void {
    const mode = brightness();
    for (let at = 0; at < pixels; at++) {
      const first = Math.floor(from + ((to - from) * at) / pixels);
      const last = Math.max(first + 1, Math.floor(from + ((to - from) * (at + 1)) / pixels));
      let [sum, count] = [0, 0];
      for (let i = first; i < last && i < order.length; i++) {
        const value = z[order[i]!]!;
        if (Number.isNaN(value)) continue;
        sum += value;
        count++;
      }
      context.fillStyle = css(zColour(count ? sum / count : 0, mode));
      context.fillRect(...place(at));
    }
  }

  /** The position of the pinned weight in the displayed order. */
  get #chosen(): { row: number; column: number } | undefined {
    const { chosen } = this.#place;
    return chosen && { row: this.#rowOrder.indexOf(chosen.row), column: this.#columnOrder.indexOf(chosen.column) };
  }

  /** The weight under the pointer, in the displayed order. */
  #at(event: MouseEvent): { row: number; column: number } | undefined {
    const { top, left, bottom, right } = this.#place.window;
    const { x, y } = this.#placeOf(event);
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return undefined;
    return { row: Math.floor(top + (bottom - top) * y), column: Math.floor(left + (right - left) * x) };
  }

  /** In the matrix's own indices. */
  #own(at: { row: number; column: number } | undefined): Place["chosen"] {
    return at && { row: this.#rowOrder[at.row]!, column: this.#columnOrder[at.column]! };
  }

  /** Pins a weight and scrolls it into view; without one, unpins. */
  #choose(at: { row: number; column: number } | undefined): void {
    const { rows, columns, onWeight } = this.#options;
    const { top, left, bottom, right } = this.#place.window;
    this.#place.chosen = this.#own(at);
    onWeight(this.#place.chosen ?? null, at !== undefined);
    const down = at ? Math.min(0, at.row - top) + Math.max(0, at.row + 1 - bottom) : 0;
    const across = at ? Math.min(0, at.column - left) + Math.max(0, at.column + 1 - right) : 0;
    this.#change(moved(this.#place.window, down, across, rows, columns));
  }

  #placeOf({ offsetX, offsetY }: MouseEvent): { x: number; y: number } {
    const frame = this.#frame;
    return { x: (offsetX - frame.left) / frame.width, y: (offsetY - frame.top) / frame.height };
  }

  #listen(): void {
    const { rows, columns, onWeight } = this.#options;
    const { canvas } = this;
    let dragged: { x: number; y: number } | undefined;
    let far = false;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      dragged = { x: event.offsetX, y: event.offsetY };
      far = false;
    });
    canvas.addEventListener("pointerup", (event) => {
      dragged = undefined;
      if (far) return;
      const at = this.#at(event);
      const same = at && this.#chosen && at.row === this.#chosen.row && at.column === this.#chosen.column;
      this.#choose(same ? undefined : at);
    });
    canvas.addEventListener("pointermove", (event) => {
      const { top, left, bottom, right } = this.#place.window;
      if (dragged && (far || Math.hypot(dragged.x - event.offsetX, dragged.y - event.offsetY) > 3)) {
        far = true;
        const frame = this.#frame;
        const down = ((dragged.y - event.offsetY) * (bottom - top)) / frame.height;
        const across = ((dragged.x - event.offsetX) * (right - left)) / frame.width;
        dragged = { x: event.offsetX, y: event.offsetY };
        this.#change(moved(this.#place.window, down, across, rows, columns));
      }
      if (!this.#place.chosen) onWeight(this.#own(this.#at(event)) ?? null, false);
    });
    canvas.addEventListener("pointerleave", () => this.#place.chosen || onWeight(null, false));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200);
        this.#change(zoomed(this.#place.window, factor, this.#placeOf(event), rows, columns));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      const { top, left, bottom, right } = this.#place.window;
      const [down, across] = [(bottom - top) / 8, (right - left) / 8];
      const centre = { x: 0.5, y: 0.5 };
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.key === "Enter" || (event.shiftKey && step)) {
        const from = this.#chosen ?? { row: Math.floor((top + bottom) / 2), column: Math.floor((left + right) / 2) };
        const [y, x] = this.#chosen && step ? step : [0, 0];
        event.preventDefault();
        return this.#choose({
          row: Math.min(rows - 1, Math.max(0, from.row + y!)),
          column: Math.min(columns - 1, Math.max(0, from.column + x!)),
        });
      }
      if (event.key === "Escape" && this.#place.chosen) return this.#choose(undefined);
      const next: Record<string, () => Window> = {
        "+": () => zoomed(this.#place.window, 0.7, centre, rows, columns),
        "=": () => zoomed(this.#place.window, 0.7, centre, rows, columns),
        "-": () => zoomed(this.#place.window, 1 / 0.7, centre, rows, columns),
        "0": () => ({ top: 0, left: 0, bottom: rows, right: columns }),
        ArrowUp: () => moved(this.#place.window, -down, 0, rows, columns),
        ArrowDown: () => moved(this.#place.window, down, 0, rows, columns),
        ArrowLeft: () => moved(this.#place.window, 0, -across, rows, columns),
        ArrowRight: () => moved(this.#place.window, 0, across, rows, columns),
      };
      const change = next[event.key];
      if (!change) return;
      event.preventDefault();
      this.#change(change());
    });
  }
}
