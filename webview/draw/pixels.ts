// Draws sets of weights as pixels: each pixel is the mean colour of the box of weights that it covers.

import { BoxLines, type SummedAreas, type Window } from "../../src/mask/grid.ts";
import type { Rgb } from "./colours.ts";

/**
 * Writes the mean colour of each pixel's box to `pixels` [height × width]: the background and the overlays' colours, weighted
 * by their shares of the box.
 */
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
    // A pixel row that covers the same rows of weights as the one above (alike in all overlays) is copied from it.
    if (!lines.map((line) => line.next()).includes(true)) {
      pixels.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    for (const [i, channel] of channels.entries()) {
      channel.fill(ground[i]! + 0.5); // so that truncating rounds to the nearest integer
      for (const [k, { means }] of lines.entries()) addShares(channel, means, differences[k]![i]!);
    }
    packLine(pixels.subarray(y * width, (y + 1) * width), channels[0]!, channels[1]!, channels[2]!);
  }
}

function addShares(channel: Float32Array, shares: Float32Array, difference: number): void {
  for (let x = 0; x < channel.length; x++) channel[x]! += shares[x]! * difference;
}

/** Packs opaque pixels as canvases store them on little-endian machines, the only ones that VS Code runs on. */
function packLine(pixels: Uint32Array, red: Float32Array, green: Float32Array, blue: Float32Array): void {
  for (let x = 0; x < pixels.length; x++)
    pixels[x] = (255 << 24) | ((blue[x]! | 0) << 16) | ((green[x]! | 0) << 8) | (red[x]! | 0);
}
