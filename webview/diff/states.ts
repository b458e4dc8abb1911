// The four states of a weight in two masks: in both sets, only the first, only the second, or neither. The sets are the weights
// that each mask pruned, or those that it kept.

import { combine } from "../../src/mask/algebra.ts";
import { type BitMatrix, bitAt, countOnes, fullBits } from "../../src/mask/bits.ts";
import { brightness, ground, type Rgb, WEIGHTS } from "../draw/colours.ts";
import type { Overlay } from "../draw/matrix-painter.ts";
import type { StatesDrawn } from "./state.ts";

export const STATES = ["both", "onlyA", "onlyB", "neither"] as const;
export type State = (typeof STATES)[number];

/** The weights in each state, and their number. */
interface Sets {
  readonly bits: Readonly<Record<State, BitMatrix>>;
  readonly counts: Readonly<Record<State, number>>;
}

export function setsOf(first: BitMatrix, second: BitMatrix): Sets {
  const bits = {
    both: combine("and", first, second),
    onlyA: combine("andNot", first, second),
    onlyB: combine("andNot", second, first),
    neither: combine("andNot", fullBits(first.rows, first.columns), combine("or", first, second)),
  };
  return {
    bits,
    counts: {
      ...{ both: countOnes(bits.both), onlyA: countOnes(bits.onlyA) },
      ...{ onlyB: countOnes(bits.onlyB), neither: countOnes(bits.neither) },
    },
  };
}

export const stateAt = ({ bits }: Sets, row: number, column: number): State =>
  STATES.find((state) => bitAt(bits[state], row, column))!;

/** The state of most weights, drawn in the editor's background colour. */
const mostOf = (of: "pruned" | "kept"): State => (of === "kept" ? "both" : "neither");

/** The rare state, which is of most interest. */
export const rareOf = (of: "pruned" | "kept"): State => (of === "kept" ? "neither" : "both");

export function coloursOf(of: "pruned" | "kept"): Readonly<Record<State, Rgb>> {
  const { one, other, both } = WEIGHTS[brightness()];
  return { both, onlyA: one, onlyB: other, neither: both, [mostOf(of)]: ground() };
}

/** What to draw over the background. Weights in the rare state may be enlarged, which hides weights in other states. */
export function overlaysOf(
  { bits }: Sets,
  colours: Readonly<Record<State, Rgb>>,
  of: "pruned" | "kept",
  drawn: StatesDrawn,
  enlarge: (bits: BitMatrix) => BitMatrix,
): Overlay[] {
  const rare = rareOf(of);
  const states = statesOf(of, drawn);
  if (!isEnlarged(drawn)) return states.map((state) => ({ bits: bits[state], colour: colours[state] }));
  const large = enlarge(bits[rare]);
  return states.map((state) => ({
    bits: state === rare ? large : combine("andNot", bits[state], large),
    colour: colours[state],
  }));
}

export const isEnlarged = (drawn: StatesDrawn): boolean => drawn === "enlarged" || drawn === "rare";

/** The states that are drawn in a colour of their own. */
function statesOf(of: "pruned" | "kept", drawn: StatesDrawn): State[] {
  if (drawn === "rare") return [rareOf(of)];
  if (drawn === "onlyA" || drawn === "onlyB") return [drawn];
  return STATES.filter((state) => state !== mostOf(of));
}
