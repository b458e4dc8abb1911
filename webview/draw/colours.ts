// Colours for numbers that people with colour blindness can distinguish, too: cividis for rates, purple to orange for
// deviations.

export type Rgb = readonly [number, number, number];

const hex = (text: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Rgb;

/** Cividis (Nuñez, Anderton and Renslow 2018) at ten equal steps. */
const CIVIDIS = [
  ...["#00224e", "#123570", "#3b496c", "#575d6d", "#707173"],
  ...["#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"],
].map(hex);

/** Deviations: fewer than expected, as expected, more. The ends are brighter in dark themes and darker in light ones. */
const DIVERGING = {
  dark: ["#c9b3ff", "#8b63d1", "#2b2b2b", "#c26a12", "#ffc063"].map(hex),
  light: ["#3c0a73", "#8073ac", "#ffffff", "#e08214", "#7f3b08"].map(hex),
};

/**
 * Colours for the weights of a matrix, on the editor's background: in the first mask or pruned, in the second mask or regrown
 * (orange and blue from Okabe and Ito), in both masks, and off both before and after training. Each has a contrast of at least
 * 3:1 with the background.
 */
export const WEIGHTS = {
  dark: { one: hex("#e69f00"), other: hex("#56b4e9"), both: hex("#ffffff"), off: hex("#707070") },
  light: { one: hex("#d55e00"), other: hex("#0072b2"), both: hex("#111111"), off: hex("#8f8f8f") },
};

type Brightness = "dark" | "light";

export function brightness(): Brightness {
  const { classList } = document.body;
  return classList.contains("vscode-light") || classList.contains("vscode-high-contrast-light") ? "light" : "dark";
}

/** The editor's own background. */
export function ground(): Rgb {
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--vscode-editor-background").trim();
  return hex(/^#[\da-f]{6}/i.test(colour) ? colour : { dark: "#1f1f1f", light: "#ffffff" }[brightness()]);
}

/** The colour at `share` (clamped to 0–1) of a list of stops. */
function between(stops: readonly Rgb[], share: number): Rgb {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[low]!, stops[low + 1]!, at - low);
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => a[i]! + (b[i]! - a[i]!) * share) as unknown as Rgb;
}

/** The colour of a rate on a scale from `low` to `high`. */
export const rateColour = (rate: number, low: number, high: number): Rgb =>
  between(CIVIDIS, high > low ? (rate - low) / (high - low) : 0.5);

/**
 * Colours for the lines of layers, from the lowest to the highest. With 12 layers, neighbours differ by at least 16 in CIE
 * L*a*b*, or 7 as seen with a colour vision deficiency; each colour has a contrast of at least 3:1 with the background.
 */
const LAYERS = {
  dark: ["#9a32ed", "#836bcf", "#1f96af", "#6fd7ac", "#9fe05f", "#fffb22"].map(hex),
  light: ["#03112a", "#6b007e", "#1e3ad1", "#2070b4", "#40923e", "#a9901f"].map(hex),
};

/** The colour of a layer's line, given the layer's height from 0 (lowest) to 1 (highest). */
export const layerColour = (height: number, mode: Brightness): Rgb => between(LAYERS[mode], height);

/** |z| at the ends of the scale; fixed, so that pictures are comparable. */
export const Z_END = 8;

export const zColour = (z: number, mode: Brightness): Rgb => between(DIVERGING[mode], (z / Z_END + 1) / 2);

export const css = ([r, g, b]: Rgb): string => `rgb(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)})`;

/** Black or white, whichever is more readable on this colour (WCAG relative luminance). */
export function textOn(colour: Rgb): string {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

/** The colours of the z scale from −Z_END to Z_END. */
export function zScale(mode: Brightness): Rgb[] {
  return Array.from({ length: 65 }, (_, i) => zColour(((i - 32) / 32) * Z_END, mode));
}
