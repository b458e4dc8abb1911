// Projections of vectors to two dimensions.

export const PROJECTIONS = ["pca", "umap"] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

/** The most vectors of a projection and of a silhouette: both compare all pairs. */
export const MOST_POINTS = 1000;

export interface Projection {
  /** A pair for each vector. */
  readonly coordinates: readonly (readonly [number, number])[];
  /** The share of the variance along each axis; null for a projection that is not linear. */
  readonly explained: readonly number[] | null;
}
