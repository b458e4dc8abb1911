// The operator table: every ONNX operator that MaskLens uses, its attributes, and how output types follow from its
// inputs.
import type { DType, Shape } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";

/** Element type and static shape of a value. */
export interface Type {
  readonly dtype: DType;
  readonly shape: Shape;
}

type None = Record<never, never>;

/** What the table needs to know about an operator's body, which is a graph. */
export interface Body {
  readonly outputs: readonly { readonly type: Type }[];
}

/** The attributes of each operator, with ONNX's names and defaults. Bodies are graphs, defined in graph.ts. */
export interface Attributes<B extends Body = Body> {
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Neg: None;
  Sqrt: None;
  Exp: None;
  Log: None;
  Erf: None;
  Tanh: None;
  Sigmoid: None;
  Relu: None;
  Abs: None;
  Gelu: None;
  Greater: None;
  Less: None;
  Equal: None;
  Where: None;
  Cast: { to: DType };
  Identity: None;
  Gemm: { transA?: boolean; transB?: boolean; alpha?: number; beta?: number };
  FusedMatMul: { transA?: boolean; transB?: boolean; transBatchA?: boolean; transBatchB?: boolean; alpha?: number };
  Softmax: { axis: number };
  LogSoftmax: { axis: number };
  LayerNormalization: { axis: number; epsilon: number };
  ReduceSum: { axes: readonly number[]; keepdims: boolean };
  ReduceLogSumExp: { axes: readonly number[]; keepdims: boolean };
  Transpose: { perm: readonly number[] };
  Reshape: { shape: Shape };
  Expand: { shape: Shape };
  Slice: { axis: number; start: number; end: number };
  /**
   * A slice along axis 0 whose start is computed in the graph. Inputs: the tensor, and the start as an int64 of shape
   * [1].
   */
  Window: { length: number };
  Concat: { axis: number };
  Split: { axis: number; parts: number };
  Gather: { axis: number };
  /** Starts from `rows` rows of zeros, and adds update i to row indices[i]. Inputs: indices [n], updates [n, …]. */
  ScatterRows: { rows: number };
  /**
   * Runs the body once per slice along axis 0: body inputs are the slices, and body outputs are stacked. No state is
   * carried between slices.
   */
  Scan: { body: B };
}

export type Op = keyof Attributes;

export interface Operator<K extends Op> {
  /** The operator's ONNX domain, unless it is the default domain. */
  readonly domain?: "com.microsoft";
  /**
   * The types of the outputs. Throws if the inputs do not fit; the caller adds the operator and the shapes to the
   * error.
   */
  readonly infer: (inputs: readonly Type[], attributes: Attributes[K]) => Type[];
}

const show = ({ dtype, shape }: Type) => `${dtype}[${shape.join(", ")}]`;
export const showType = show;

/** The shape to which shapes `a` and `b` broadcast (by the rules of ONNX and NumPy). */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new RangeError("the shapes cannot be broadcast");
    return x === 1 ? y : x;
  });
}

const first = (inputs: readonly Type[]): Type => inputs[0]!;
const same = (inputs: readonly Type[]): Type[] => [first(inputs)];
const elementwise = ([a, b]: readonly Type[]): Type[] => {
  if (a!.dtype !== b!.dtype) throw new TypeError("the element types differ");
  return [{ dtype: a!.dtype, shape: broadcast(a!.shape, b!.shape) }];
};
const comparison = (inputs: readonly Type[]): Type[] => [{ ...elementwise(inputs)[0]!, dtype: "bool" }];
const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
const replaced = (shape: Shape, axis: number, extent: number) =>
  shape.map((old, i) => (i === axisOf(axis, shape.length) ? extent : old));
const reduced = ([x]: readonly Type[], { axes, keepdims }: Attributes["ReduceSum"]): Type[] => {
  const gone = new Set(axes.map((axis) => axisOf(axis, x!.shape.length)));
  const shape = x!.shape.flatMap((extent, i) => (gone.has(i) ? (keepdims ? [1] : []) : [extent]));
  return [{ dtype: x!.dtype, shape }];
};
/** The logical operand of a batched product, [batch …, rows, columns], after the operator's own transpositions. */
const operand = (shape: Shape, trans = false, transBatch = false): number[] => {
  const rank = shape.length;
  const moved = transBatch ? [...shape.slice(1, rank - 1), shape[0]!, shape[rank - 1]!] : [...shape];
  return trans ? [...moved.slice(0, -2), moved.at(-1)!, moved.at(-2)!] : moved;
};

export const operators: { readonly [K in Op]: Operator<K> } = {
  Add: { infer: elementwise },
  Sub: { infer: elementwise },
  Mul: { infer: elementwise },
  Div: { infer: elementwise },
  Neg: { infer: same },
  Sqrt: { infer: same },
  Exp: { infer: same },
  Log: { infer: same },
  Erf: { infer: same },
  Tanh: { infer: same },
  Sigmoid: { infer: same },
  Relu: { infer: same },
  Abs: { infer: same },
  Gelu: { domain: "com.microsoft", infer: same },
  Greater: { infer: comparison },
  Less: { infer: comparison },
  Equal: { infer: comparison },
  Where: {
    infer: ([condition, a, b]) => [
      { dtype: a!.dtype, shape: broadcast(condition!.shape, elementwise([a!, b!])[0]!.shape) },
    ],
  },
  Cast: { infer: ([x], { to }) => [{ dtype: to, shape: x!.shape }] },
  Identity: { infer: same },
  Gemm: {
    infer: ([a, b, c], { transA, transB }) => {
      const [m, k] = operand(a!.shape, transA);
      const [k2, n] = operand(b!.shape, transB);
      if (a!.shape.length !== 2 || b!.shape.length !== 2 || k !== k2)
        throw new RangeError("the inner dimensions differ");
      if (c) broadcast(c.shape, [m!, n!]);
      return [{ dtype: a!.dtype, shape: [m!, n!] }];
    },
  },
  FusedMatMul: {
    domain: "com.microsoft",
    infer: ([a, b], { transA, transB, transBatchA, transBatchB }) => {
      const x = operand(a!.shape, transA, transBatchA);
      const y = operand(b!.shape, transB, transBatchB);
      if (x.at(-1) !== y.at(-2)) throw new RangeError("the inner dimensions differ");
      return [{ dtype: a!.dtype, shape: [...broadcast(x.slice(0, -2), y.slice(0, -2)), x.at(-2)!, y.at(-1)!] }];
    },
  },
  Softmax: { infer: same },
  LogSoftmax: { infer: same },
  LayerNormalization: {
    infer: ([x, scale], { axis }) => {
      if (scale!.shape[0] !== x!.shape.at(axis))
        throw new RangeError("the size of the scale differs from the size of the axis");
      const moments = { dtype: x!.dtype, shape: replaced(x!.shape, axis, 1) };
      return [x!, moments, moments];
    },
  },
  ReduceSum: { infer: reduced },
  ReduceLogSumExp: { infer: reduced },
  Transpose: { infer: ([x], { perm }) => [{ dtype: x!.dtype, shape: perm.map((axis) => x!.shape[axis]!) }] },
  Reshape: {
    infer: ([x], { shape }) => {
      if (sizeOf(x!.shape) !== sizeOf(shape)) throw new RangeError("the numbers of elements differ");
      return [{ dtype: x!.dtype, shape }];
    },
  },
  Expand: { infer: ([x], { shape }) => [{ dtype: x!.dtype, shape: broadcast(x!.shape, shape) }] },
  Slice: {
    infer: ([x], { axis, start, end }) => {
      if (start < 0 || end > x!.shape[axis]! || start >= end)
        throw new RangeError("the range is empty or out of bounds");
      return [{ dtype: x!.dtype, shape: replaced(x!.shape, axis, end - start) }];
    },
  },
  Window: { infer: ([x], { length }) => [{ dtype: x!.dtype, shape: replaced(x!.shape, 0, length) }] },
  Concat: {
    infer: (inputs, { axis }) => {
      const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
      return [{ dtype: first(inputs).dtype, shape: replaced(first(inputs).shape, axis, total) }];
    },
  },
  Split: {
    infer: ([x], { axis, parts }) => {
      if (x!.shape[axis]! % parts) throw new RangeError("the axis cannot be split evenly");
      return Array.from({ length: parts }, () => ({
        dtype: x!.dtype,
        shape: replaced(x!.shape, axis, x!.shape[axis]! / parts),
      }));
    },
  },
  Gather: {
    infer: ([x, indices], { axis }) => [
      { dtype: x!.dtype, shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)] },
    ],
  },
  ScatterRows: {
    infer: ([_, updates], { rows }) => [{ dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(1)] }],
  },
  Scan: {
    infer: (inputs, { body }) => {
      const runs = first(inputs).shape[0]!;
      return body.outputs.map(({ type }) => ({ dtype: type.dtype, shape: [runs, ...type.shape] }));
    },
  },
};
