// On which examples attention is compared unless a command's flags say otherwise, and the mean over heads.

export const COMPARED = { rows: 64, seed: 1, split: "validation" } as const;

/** The mean over the heads of all layers. */
export function meanOf(all: readonly (readonly number[])[]): number {
  const values = all.flat();
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
