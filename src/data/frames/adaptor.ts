// What reads frames: how many features, and how many frames become one position of the encoder.

import type { Frames } from "./read.ts";

export interface Adaptor {
  readonly features: number;
  readonly framesPerPosition: number;
}

/** The first of a file's frames, as many as become `maxLength` positions, and whether others are cut off. */
export function framesRead(
  { length: all, features, data }: Frames,
  { framesPerPosition }: Adaptor,
  maxLength: number,
): { readonly frames: Frames; readonly cut: boolean } {
  const length = Math.min(all, framesPerPosition * maxLength);
  return { frames: { length, features, data: data.subarray(0, length * features) }, cut: length < all };
}
