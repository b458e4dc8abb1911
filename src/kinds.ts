// The kinds of matrices that can be masked.

/**
 * The linear modules of a transformer layer: query, key, value and attention output of self-attention; the same of
 * cross-attention; of the feed-forward network, gate (if it is gated), intermediate and output. Families have some of them.
 */
export const LAYER_KINDS = ["Q", "K", "V", "AO", "CQ", "CK", "CV", "CAO", "G", "I", "O"] as const;
/** The modules above the layers: the pooler or its equivalent, and the task's classifier. */
export const TOP_KINDS = ["P", "T"] as const;
export const MATRIX_KINDS = [...LAYER_KINDS, ...TOP_KINDS] as const;
/** The kinds whose rows (for the attention output, columns) are divided among attention heads. */
export const HEAD_KINDS = ["Q", "K", "V", "AO"] as const;

export type LayerKind = (typeof LAYER_KINDS)[number];
export type TopKind = (typeof TOP_KINDS)[number];
export type MatrixKind = (typeof MATRIX_KINDS)[number];
export type HeadKind = (typeof HEAD_KINDS)[number];

export function isHeadKind(kind: MatrixKind): kind is HeadKind {
  return HEAD_KINDS.some((known) => known === kind);
}
