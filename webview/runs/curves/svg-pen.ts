// Draws a chart as SVG, for saved pictures, with the calls that draw it on a canvas.

import { escaped } from "../../draw/exports/caption.ts";
import type { Pen } from "./paint.ts";

/** What save and restore keep. */
type Look = Omit<Pen, { [K in keyof Pen]: Pen[K] extends (...args: never[]) => unknown ? K : never }[keyof Pen]>;

const ANCHORS: Readonly<Record<string, string>> = { center: "middle", right: "end" };
const FULL = 2 * Math.PI - 1e-9;

/** Collects SVG elements. A clip is a rectangle and lasts until the next restore; arcs are full circles. */
export class SvgPen implements Pen {
  font = "10px sans-serif";
  fillStyle: Pen["fillStyle"] = "#000";
  strokeStyle: Pen["strokeStyle"] = "#000";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  globalAlpha = 1;
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  readonly #measuring = document.createElement("canvas").getContext("2d")!;
  readonly #elements: string[] = [];
  readonly #saved: { readonly look: Look; readonly end: string }[] = [];
  #dash: readonly number[] = [];
  #path = "";
  #rectangle: readonly [number, number, number, number] | undefined;
  #end = "";

  /** The elements so far. */
  get svg(): string {
    return this.#elements.join("");
  }

  save(): void {
    const { font, fillStyle, strokeStyle, lineWidth, lineJoin, globalAlpha, textAlign, textBaseline } = this;
    const look = { font, fillStyle, strokeStyle, lineWidth, lineJoin, globalAlpha, textAlign, textBaseline };
    this.#saved.push({ look, end: this.#end });
    this.#end = "";
  }

  restore(): void {
    const { look, end } = this.#saved.pop()!;
    this.#elements.push(this.#end);
    this.#end = end;
    Object.assign(this, look);
  }

  beginPath(): void {
    this.#path = "";
    this.#rectangle = undefined;
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${placed(x)} ${placed(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `${this.#path ? "L" : "M"}${placed(x)} ${placed(y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#rectangle = [x, y, width, height];
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    if (to - from < FULL) throw new RangeError("only full circles can be drawn");
    const [r, left, right] = [placed(radius), placed(x - radius), placed(x + radius)];
    this.#path += `M${left} ${placed(y)}A${r} ${r} 0 1 0 ${right} ${placed(y)}A${r} ${r} 0 1 0 ${left} ${placed(y)}Z`;
  }

  clip(): void {
    if (!this.#rectangle) throw new RangeError("only a rectangle can clip");
    const [x, y, width, height] = this.#rectangle.map(placed);
    const box = `x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}"`;
    this.#elements.push(`<svg ${box} overflow="hidden">`);
    this.#end = "</svg>";
  }

  setLineDash(segments: number[]): void {
    this.#dash = segments;
  }

  stroke(): void {
    const dash = this.#dash.length ? ` stroke-dasharray="${this.#dash.join(" ")}"` : "";
    const look = `stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-linejoin="${this.lineJoin}"`;
    this.#elements.push(`<path d="${this.#path}" fill="none" ${look}${dash} opacity="${this.globalAlpha}"/>`);
  }

  fill(): void {
    this.#elements.push(`<path d="${this.#path}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const size = /[\d.]+px/.exec(this.font)?.[0] ?? "10px";
    const anchor = ANCHORS[this.textAlign] ?? "start";
    const baseline = this.textBaseline === "middle" ? "central" : "auto";
    this.#elements.push(
      `<text x="${placed(x)}" y="${placed(y)}" fill="${this.fillStyle}" font-size="${size}" text-anchor="${anchor}" dominant-baseline="${baseline}">${escaped(text)}</text>`,
    );
  }

  measureText(text: string): TextMetrics {
    this.#measuring.font = this.font;
    return this.#measuring.measureText(text);
  }
}

/** A hundredth of a pixel is invisible. */
const placed = (value: number): number => Math.round(100 * value) / 100;
