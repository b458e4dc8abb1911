// The colours of curves. Each has a contrast of at least 3:1 with the editor's background; after ten curves the colours
// repeat, dashed.

import { brightness } from "../../draw/colours.ts";

const COLOURS = {
  dark: [
    ...["#4fb3ff", "#f2a33c", "#5fc98f", "#f07a7a", "#b794f6"],
    ...["#d9c34a", "#45c9d0", "#e58ac0", "#a9b665", "#c3a58a"],
  ],
  light: [
    ...["#0a6cbd", "#b35a00", "#1f8a4c", "#c73434", "#7a4ec9"],
    ...["#8a7400", "#0e8288", "#b0388a", "#5f7a1c", "#8a5c3a"],
  ],
};

const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [14, 4]];

export interface Look {
  readonly colour: string;
  /** Lengths of dashes and gaps in pixels; empty: a solid line. */
  readonly dash: readonly number[];
}

/** The look of the curve with this number. */
export function lookOf(slot: number): Look {
  const colours = COLOURS[brightness()];
  return {
    colour: colours[slot % colours.length]!,
    dash: DASHES[Math.floor(slot / colours.length) % DASHES.length]!,
  };
}
