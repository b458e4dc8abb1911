import assert from "node:assert/strict";
import test from "node:test";
import { layerColour, type Rgb, WEIGHTS } from "../../webview/draw/colours.ts";
import { THEMES } from "./browser.ts";

const linear = (value: number) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const luminance = (colour: Rgb) => {
  const [r, g, b] = colour.map(linear);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};

/** WCAG's ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

/** What people without one kind of cone see, in linear light (Machado, Oliveira and Fernandes 2009, severity 1). */
const EYES: Readonly<Record<string, readonly (readonly number[])[]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  "no long waves": [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  "no middle waves": [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  "no short waves": [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* of linear light. */
function lab([r, g, b]: readonly number[]): number[] {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
  const x = f((0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.9505);
  const y = f(0.2126 * r! + 0.7152 * g! + 0.0722 * b!);
  const z = f((0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(colour: Rgb, eye: readonly (readonly number[])[]): number[] {
  const light = colour.map(linear);
  return lab(
    eye.map((row) =>
      Math.min(
        1,
        Math.max(
          0,
          row.reduce((sum, share, i) => sum + share * light[i]!, 0),
        ),
      ),
    ),
  );
}

/** How different two colours look. */
function apart(one: Rgb, other: Rgb, eye: readonly (readonly number[])[]): number {
  const [p, q] = [seen(one, eye), seen(other, eye)];
  return Math.hypot(...p.map((value, k) => value - q[k]!));
}

const rgbOf = (text: string) => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Rgb;

test("the colours of twelve layers stand out from the ground of each theme, get lighter, and neighbours differ to all eyes", () => {
  for (const [theme, { body, variables }] of Object.entries(THEMES)) {
    const ground = rgbOf(variables["--vscode-editor-background"]!);
    const mode = /light/.test(body) ? "light" : "dark";
    const colours = Array.from({ length: 12 }, (_, i) => layerColour(i / 11, mode));
    for (const [i, colour] of colours.entries()) {
      assert.ok(contrast(colour, ground) >= 3, `${theme}, layer ${i}`);
      if (!i) continue;
      const before = colours[i - 1]!;
      assert.ok(luminance(colour) > luminance(before), `${theme}, layer ${i} is lighter`);
      for (const [who, eye] of Object.entries(EYES)) {
        const far = apart(colour, before, eye);
        assert.ok(
          far >= (who === "all" ? 15 : 7),
          `${theme}, ${who}: layers ${i - 1} and ${i} are ${far.toFixed(0)} apart`,
        );
      }
    }
  }
});

test("the colours of weights stand out from the ground of each theme, and from each other to all eyes", () => {
  for (const [theme, { body, variables }] of Object.entries(THEMES)) {
    const ground = rgbOf(variables["--vscode-editor-background"]!);
    const colours = Object.entries(WEIGHTS[/light/.test(body) ? "light" : "dark"]);
    for (const [name, colour] of colours) assert.ok(contrast(colour, ground) >= 3, `${theme}, ${name}`);
    for (const [who, eye] of Object.entries(EYES))
      for (const [i, [a, one]] of colours.entries())
        for (const [b, other] of colours.slice(i + 1)) {
          const far = apart(one, other, eye);
          assert.ok(far >= 25, `${theme}, ${who}: ${a} and ${b} are ${far.toFixed(0)} apart`);
        }
  }
});
