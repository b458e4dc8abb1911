// The kinds of matrices that can be masked.

/** The linear layers of a block: query, key, value, attention output, intermediate, output. */
export const BLOCK_KINDS = ["Q", "K", "V", "AO", "I", "O"] as const;
/** Those above the blocks: the pooler or its like, and the task's classifier. */
export const TOP_KINDS = ["P", "T"] as const;
export const MATRIX_KINDS = [...BLOCK_KINDS, ...TOP_KINDS] as const;
/** Those whose rows (of the attention output, whose columns) fall into attention heads. */
export const HEAD_KINDS = ["Q", "K", "V", "AO"] as const;

export type BlockKind = (typeof BLOCK_KINDS)[number];
export type TopKind = (typeof TOP_KINDS)[number];
export type MatrixKind = (typeof MATRIX_KINDS)[number];
export type HeadKind = (typeof HEAD_KINDS)[number];

export function isHeadKind(kind: MatrixKind): kind is HeadKind {
  return HEAD_KINDS.some((known) => known === kind);
}
