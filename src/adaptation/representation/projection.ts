// Projections of vectors to two dimensions.

export const PROJECTIONS = ["pca", "umap"] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

/** The most vectors of a projection and of a silhouette: both compare all pairs. */
export const MOST_POINTS = 1000;

/** How many training examples and vectors are drawn by default, and with which seed. */
export const DRAWN = { rows: 1000, seed: 1 } as const;

export interface Projection {
  /** A pair for each vector. */
  readonly coordinates: readonly (readonly [number, number])[];
  /** The share of the variance along each axis; null for a projection that is not linear. */
  readonly explained: readonly number[] | null;
}
