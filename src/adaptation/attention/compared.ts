// On which examples attention is compared unless a command's flags say otherwise.

export const COMPARED = { rows: 64, seed: 1, split: "validation" } as const;
