// The kinds of matrices that can be masked: one list for all families, each of which has some of them.

/** The kinds of self-attention: query, key, value, attention output. */
export const SELF_KINDS = ["Q", "K", "V", "AO"] as const;
/** The same of cross attention, in which a decoder's layer reads the encoder's hidden states. */
export const CROSS_KINDS = ["CQ", "CK", "CV", "CAO"] as const;
/**
 * The kinds of the feed-forward network: its gate, if it has one, intermediate ("up" if there is a gate) and output
 * ("down").
 */
export const NEURON_KINDS = ["G", "I", "O"] as const;
/** The linear modules of a transformer layer. */
export const LAYER_KINDS = [...SELF_KINDS, ...CROSS_KINDS, ...NEURON_KINDS] as const;
/** The modules above the layers: the pooler or its equivalent, and the task's classifier. */
export const TOP_KINDS = ["P", "T"] as const;
export const MATRIX_KINDS = [...LAYER_KINDS, ...TOP_KINDS] as const;
/** The kinds whose rows (for attention outputs, columns) are divided among attention heads; see heads.ts. */
export const HEAD_KINDS = [...SELF_KINDS, ...CROSS_KINDS] as const;

export type LayerKind = (typeof LAYER_KINDS)[number];
export type TopKind = (typeof TOP_KINDS)[number];
export type MatrixKind = (typeof MATRIX_KINDS)[number];
export type CrossKind = (typeof CROSS_KINDS)[number];
export type HeadKind = (typeof HEAD_KINDS)[number];

export function isHeadKind(kind: string): kind is HeadKind {
  return HEAD_KINDS.some((known) => known === kind);
}
