// The gradient table: for each operator, the gradients of its inputs, given the gradients of its outputs.
import {
  add,
  concat,
  div,
  erf,
  exp,
  expand,
  gemm,
  greater,
  matmul,
  mul,
  neg,
  reduceSum,
  reshape,
  scan,
  scatterRows,
  slice,
  sub,
  transpose,
  where,
} from "./functions.ts";
import { CACHED, type GraphNode, type Value } from "./graph.ts";
import type { Op } from "./operators.ts";

/**
 * A node in the backward pass: the gradients of its outputs (undefined for an output that does not affect the loss),
 * and which inputs need a gradient.
 */
export interface Step<K extends Op> {
  readonly node: GraphNode<K>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: GraphNode<K>["attributes"];
  /** The gradient of the first output. */
  readonly grad: Value;
  readonly grads: readonly (Value | undefined)[];
  readonly wants: readonly boolean[];
}

/**
 * Returns the gradients of the inputs; undefined for an input without a gradient. `backward` sums the gradients over
 * broadcast axes.
 */
export type Rule<K extends Op> = (step: Step<K>) => (Value | undefined)[];

/**
 * Marks an operator without a gradient. `none` is the reason, quoted in the error that is thrown if a gradient would
 * have to pass through the operator.
 */
export interface Barrier {
  readonly none: string;
}

const barrier = (none: string): Barrier => ({ none });
const piecewiseConstant = barrier("its derivative is zero wherever the derivative exists");

/** x [rows, …] as [runs, rows / runs, …]. */
export function inBlocks(x: Value, runs: number): Value {
  return reshape(x, [runs, x.type.shape[0]! / runs, ...x.type.shape.slice(1)]);
}

/**
 * The smallest number of equal blocks of whole rows, each of at most `block` values, for `rows` rows of `width` values.
 */
export function blocksOf(rows: number, width: number, block = CACHED): number {
  for (let runs = Math.max(1, Math.ceil((rows * width) / block)); runs < rows; runs++)
    if (rows % runs === 0) return runs;
  return rows;
}

/**
 * Applies `work` to blocks of rows; all values have the shape [rows …, width] or [rows …, 1], with the same leading
 * dimensions.
 */
function rowwise(values: readonly Value[], work: (slices: Value[]) => Value): Value {
  const shape = values[0]!.type.shape;
  const width = shape.at(-1)!;
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const runs = blocksOf(rows, width, values[0]!.graph.block);
  const flat = values.map((value) => reshape(value, [rows, value.type.shape.at(-1)!]));
  if (runs === 1) return reshape(work(flat), shape);
  return reshape(
    scan(
      flat.map((value) => inBlocks(value, runs)),
      (slices) => [work(slices)],
    )[0]!,
    shape,
  );
}

/** Gradients of a batched product y = a·b, for operands as stored in memory. Derived from dA = dY·Bᵀ, dB = Aᵀ·dY. */
const matmulRule: Rule<"FusedMatMul"> = ({ inputs: [a, b], attributes, grad, wants }) => {
  const { transA = false, transB = false, transBatchA = false, transBatchB = false, alpha = 1 } = attributes;
  /** From [batch …, rows, columns] back to [rows, batch …, columns]. */
  const unmove = (x: Value) => {
    const rank = x.type.shape.length;
    return transpose(x, [rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1]);
  };
  const dA = () =>
    transA
      ? matmul(b!, grad, { transA: transB, transB: true, transBatchA: transBatchB, alpha })
      : matmul(grad, b!, { transB: !transB, transBatchB, alpha });
  const dB = () =>
    transB
      ? matmul(grad, a!, { transA: true, transB: transA, transBatchB: transBatchA, alpha })
      : matmul(a!, grad, { transA: !transA, transBatchA, alpha });
  return [
    wants[0] ? (transBatchA ? unmove(dA()) : dA()) : undefined,
    wants[1] ? (transBatchB ? unmove(dB()) : dB()) : undefined,
  ];
};

const gemmRule: Rule<"Gemm"> = ({ inputs: [a, b], attributes, grad, wants }) => {
  const { transA = false, transB = false, alpha = 1, beta = 1 } = attributes;
  return [
    wants[0]
      ? transA
        ? gemm(b!, grad, undefined, { transA: transB, transB: true, alpha })
        : gemm(grad, b!, undefined, { transB: !transB, alpha })
      : undefined,
    wants[1]
      ? transB
        ? gemm(grad, a!, undefined, { transA: true, transB: transA, alpha })
        : gemm(a!, grad, undefined, { transA: !transA, alpha })
      : undefined,
    wants[2] ? (beta === 1 ? grad : mul(grad, beta)) : undefined,
  ];
};

/** d gelu(x) = Φ(x) + x·φ(x). */
const geluRule: Rule<"Gelu"> = ({ inputs, grad }) => [
  rowwise([inputs[0]!, grad], ([x, g]) => {
    const half = mul(x!, Math.SQRT1_2);
    const cdf = add(mul(erf(half), 0.5), 0.5);
    const pdf = mul(exp(neg(mul(half, half))), 1 / Math.sqrt(2 * Math.PI));
    return mul(g!, add(cdf, mul(x!, pdf)));
  }),
];

/**
 * LayerNorm, y = x̂ ⊙ γ + β with x̂ = (x − mean)·inv: dx = inv·(h − mean(h) − x̂·mean(h ⊙ x̂)), h = dy ⊙ γ. Reuses the
 * mean and the inverse standard deviation from the forward pass (outputs 1 and 2).
 */
const layerNormRule: Rule<"LayerNormalization"> = ({ inputs: [x, scale], outputs: [, mean, inverse], grad, wants }) => {
  const width = x!.type.shape.at(-1)!;
  const rows = x!.type.shape.slice(0, -1).map((_, i) => i);
  const normal = () => mul(sub(x!, mean!), inverse!);
  return [
    wants[0]
      ? rowwise([x!, grad, mean!, inverse!], ([x, g, mean, inverse]) => {
          const normal = mul(sub(x!, mean!), inverse!);
          const h = mul(g!, scale!);
          const a = mul(reduceSum(h, [1], true), 1 / width);
          const b = mul(reduceSum(mul(h, normal), [1], true), 1 / width);
          return mul(inverse!, sub(sub(h, a), mul(normal, b)));
        })
      : undefined,
    wants[1] ? reduceSum(mul(grad, normal()), rows) : undefined,
    wants[2] ? reduceSum(grad, rows) : undefined,
  ];
};

/** Softmax over the last axis: dx = y ⊙ (dy − Σ dy ⊙ y). */
const softmaxRule: Rule<"Softmax"> = ({ outputs, grad }) => [
  rowwise([outputs[0]!, grad], ([y, g]) => mul(y!, sub(g!, reduceSum(mul(g!, y!), [1], true)))),
];

/** What was reduced from x, in a shape that is broadcast to that of x. */
const alongside = (x: Value, reduced: Value, axes: readonly number[]): Value => {
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + x.type.shape.length : axis)));
  return reshape(
    reduced,
    x.type.shape.map((extent, i) => (gone.has(i) ? 1 : extent)),
  );
};

const zeros = (x: Value, axis: number, extent: number): Value =>
  expand(
    x.graph.scalar(0),
    x.type.shape.map((old, i) => (i === axis ? extent : old)),
  );

export const gradients: { readonly [K in Op]: Rule<K> | Barrier } = {
  Add: ({ grad }) => [grad, grad],
  Sub: ({ grad, wants }) => [grad, wants[1] ? neg(grad) : undefined],
  Mul: ({ inputs: [a, b], grad, wants }) => [
    wants[0] ? mul(grad, b!) : undefined,
    wants[1] ? mul(grad, a!) : undefined,
  ],
  Div: ({ inputs: [, b], outputs: [y], grad, wants }) => [
    wants[0] ? div(grad, b!) : undefined,
    wants[1] ? neg(div(mul(grad, y!), b!)) : undefined,
  ],
  Neg: ({ grad }) => [neg(grad)],
  Sqrt: ({ outputs: [y], grad }) => [div(mul(grad, 0.5), y!)],
  Exp: ({ outputs: [y], grad }) => [mul(grad, y!)],
  Log: ({ inputs: [x], grad }) => [div(grad, x!)],
  Erf: ({ inputs: [x], grad }) => [mul(grad, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  Tanh: ({ outputs: [y], grad }) => [mul(grad, sub(1, mul(y!, y!)))],
  Sigmoid: ({ outputs: [y], grad }) => [mul(grad, mul(y!, sub(1, y!)))],
  Relu: ({ inputs: [x], grad }) => [where(greater(x!, 0), grad, 0)],
  Abs: ({ inputs: [x], grad }) => [where(greater(x!, 0), grad, neg(grad))],
  Gelu: geluRule,
  Greater: piecewiseConstant,
  Less: piecewiseConstant,
  Equal: piecewiseConstant,
  Where: ({ inputs: [condition], grad, wants }) => [
    undefined,
    wants[1] ? where(condition!, grad, 0) : undefined,
    wants[2] ? where(condition!, 0, grad) : undefined,
  ],
  Cast: barrier("a cast changes the element type"),
  Identity: ({ grad }) => [grad],
  Gemm: gemmRule,
  FusedMatMul: matmulRule,
  Softmax: softmaxRule,
  LogSoftmax: ({ outputs: [y], grad }) => [sub(grad, mul(exp(y!), reduceSum(grad, [-1], true)))],
  LayerNormalization: layerNormRule,
  ReduceSum: ({ inputs: [x], attributes, grad }) => [expand(alongside(x!, grad, attributes.axes), x!.type.shape)],
  ReduceLogSumExp: ({ inputs: [x], outputs: [y], attributes: { axes }, grad }) => [
    mul(exp(sub(x!, alongside(x!, y!, axes))), alongside(x!, grad, axes)),
  ],
  Transpose: ({ attributes: { perm }, grad }) => [
    transpose(
      grad,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  Reshape: ({ inputs: [x], grad }) => [reshape(grad, x!.type.shape)],
  Expand: ({ grad }) => [grad],
  Slice: ({ inputs: [x], attributes: { axis, start, end }, grad }) => {
    const extent = x!.type.shape[axis]!;
    const parts = [
      ...(start > 0 ? [zeros(grad, axis, start)] : []),
      grad,
      ...(end < extent ? [zeros(grad, axis, extent - end)] : []),
    ];
    return [concat(parts, axis)];
  },
  Window: barrier("it reads tables of random numbers"),
  Concat: ({ inputs, attributes: { axis }, grad, wants }) => {
    let at = 0;
    return inputs.map(({ type }, i) => {
      const start = at;
      at += type.shape[axis]!;
      return wants[i] ? slice(grad, axis, start, at) : undefined;
    });
  },
  Split: ({ outputs, attributes: { axis }, grads }) => [
    concat(
      outputs.map((output, i) => grads[i] ?? zeros(output, axis, output.type.shape[axis]!)),
      axis,
    ),
  ],
  Gather: ({ inputs: [x, indices], attributes: { axis }, grad }) => {
    if (axis !== 0) throw new Error("the gradient of Gather is implemented only for axis 0");
    const count = indices!.type.shape.reduce((a, b) => a * b, 1);
    const updates = reshape(grad, [count, ...x!.type.shape.slice(1)]);
    return [scatterRows(reshape(indices!, [count]), updates, x!.type.shape[0]!)];
  },
  ScatterRows: barrier("the operator itself computes a gradient"),
  Scan: barrier("it contains fused operators of the backward pass"),
};
