// Sets of weights as pixels: each pixel is the mean colour of the box of weights it covers.

import { BoxLines, type SummedAreas, type Window } from "../../src/mask/grid.ts";
import type { Rgb } from "./colours.ts";

/** Writes the mean colour of each pixel's box into `pixels` [height × width]: the background plus each overlay's colour by its share. */
export function colourBoxes(
  pixels: Uint32Array,
  overlays: readonly { readonly areas: SummedAreas; readonly colour: Rgb }[],
  ground: Rgb,
  window: Window,
  height: number,
  width: number,
): void {
  const lines = overlays.map(({ areas }) => new BoxLines(areas, window, height, width));
  const differences = overlays.map(({ colour }) => colour.map((value, i) => value - ground[i]!));
  const channels = ground.map(() => new Float32Array(width));
  for (let y = 0; y < height; y++) {
    // All overlays cover the same rows of weights.
    if (!lines.map((line) => line.next()).includes(true)) {
      pixels.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    for (const [i, channel] of channels.entries()) {
      channel.fill(ground[i]! + 0.5); // a half, so that the integer part is the nearest
      for (const [k, { means }] of lines.entries()) addShares(channel, means, differences[k]![i]!);
    }
    packLine(pixels.subarray(y * width, (y + 1) * width), channels[0]!, channels[1]!, channels[2]!);
  }
}

function addShares(channel: Float32Array, shares: Float32Array, difference: number): void {
  for (let x = 0; x < channel.length; x++) channel[x]! += shares[x]! * difference;
}

/** Opaque pixels as a canvas keeps them, on the little-endian machines that VS Code runs on. */
function packLine(pixels: Uint32Array, red: Float32Array, green: Float32Array, blue: Float32Array): void {
  for (let x = 0; x < pixels.length; x++)
    pixels[x] = (255 << 24) | ((blue[x]! | 0) << 16) | ((green[x]! | 0) << 8) | (red[x]! | 0);
}
