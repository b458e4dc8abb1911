// The precisions of products. Everything else is float32.

/** tf32 and bfloat16 round the factors to 10 and 7 bits after the leading one; tf32 is NVIDIA's. */
export const PRECISIONS = ["float32", "tf32", "bfloat16"] as const;
export type Precision = (typeof PRECISIONS)[number];
