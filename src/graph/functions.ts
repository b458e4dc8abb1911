// Operators as functions, for model and training code. An operand that is a number becomes a scalar constant.
import type { DType, Shape } from "../tensor.ts";
import { Graph, type Value } from "./graph.ts";
import type { Attributes, Op } from "./operators.ts";

type Operand = Value | number;

/**
 * The innermost of the operands' graphs: an operator in a body may combine the body's values with its parent's values.
 */
function graphOf(values: readonly Value[]): Graph {
  const depth = (graph: Graph): number => (graph.parent ? 1 + depth(graph.parent) : 0);
  return values.map(({ graph }) => graph).reduce((a, b) => (depth(b) > depth(a) ? b : a));
}

function one<K extends Op>(op: K, inputs: readonly Value[], attributes: Attributes<Graph>[K]): Value {
  return graphOf(inputs).apply(op, inputs, attributes)[0]!;
}

function binary(op: "Add" | "Sub" | "Mul" | "Div" | "Greater" | "Less" | "Equal") {
  return (a: Operand, b: Operand): Value => {
    const graph = graphOf([a, b].filter((x): x is Value => typeof x !== "number"));
    const [x, y] = [a, b].map((v) => (typeof v === "number" ? graph.scalar(v) : v));
    return graph.apply(op, [x!, y!], {})[0]!;
  };
}

function unary(op: "Neg" | "Sqrt" | "Exp" | "Log" | "Erf" | "Tanh" | "Sigmoid" | "Relu" | "Abs" | "Gelu" | "Identity") {
  return (x: Value): Value => one(op, [x], {});
}

export const add = binary("Add");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("Div");
export const greater = binary("Greater");
export const less = binary("Less");
export const equal = binary("Equal");
export const neg = unary("Neg");
export const sqrt = unary("Sqrt");
export const exp = unary("Exp");
export const log = unary("Log");
export const erf = unary("Erf");
export const tanh = unary("Tanh");
export const sigmoid = unary("Sigmoid");
export const relu = unary("Relu");
export const abs = unary("Abs");
export const gelu = unary("Gelu");
export const identity = unary("Identity");

export const cast = (x: Value, to: DType) => (x.type.dtype === to ? x : one("Cast", [x], { to }));
export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const graph = graphOf([condition, ...[a, b].filter((x): x is Value => typeof x !== "number")]);
  const [x, y] = [a, b].map((v) => (typeof v === "number" ? graph.scalar(v) : v));
  return graph.apply("Where", [condition, x!, y!], {})[0]!;
};

/** A selection of x's values; if x is an input that is cast, only what is selected is cast. */
function before(x: Value, select: (from: Value) => Value): Value {
  const [input] = x.node?.op === "Cast" ? x.node.inputs : [];
  return input && !input.node ? cast(select(input), x.type.dtype) : select(x);
}

/** alpha·a·b + beta·c, where a is [m, k] and b is [k, n] after any transposition; c is broadcast to [m, n]. */
export const gemm = (a: Value, b: Value, c?: Value, attributes: Attributes["Gemm"] = {}) =>
  one("Gemm", c ? [a, b, c] : [a, b], attributes);
/**
 * alpha·a·b over leading batch axes. With transBatchA, a is stored as [rows, batch …, columns]; with transBatchB, b is
 * stored this way.
 */
export const matmul = (a: Value, b: Value, attributes: Attributes["FusedMatMul"] = {}) =>
  one("FusedMatMul", [a, b], attributes);
export const softmax = (x: Value, axis = -1) => one("Softmax", [x], { axis });
export const logSoftmax = (x: Value, axis = -1) => one("LogSoftmax", [x], { axis });
/** Normalizes over the last axis, then multiplies by scale and adds bias. */
export const layerNorm = (x: Value, scale: Value, bias: Value, epsilon: number) =>
  one("LayerNormalization", [x, scale, bias], { axis: -1, epsilon });
export const reduceSum = (x: Value, axes: readonly number[], keepdims = false) =>
  one("ReduceSum", [x], { axes, keepdims });
/** log Σ exp(x) over these axes. */
export const reduceLogSumExp = (x: Value, axes: readonly number[], keepdims = false) =>
  one("ReduceLogSumExp", [x], { axes, keepdims });
export const transpose = (x: Value, perm: readonly number[]) => one("Transpose", [x], { perm });
export const reshape = (x: Value, shape: Shape) =>
  shape.length === x.type.shape.length && shape.every((n, i) => n === x.type.shape[i])
    ? x
    : one("Reshape", [x], { shape });
export const expand = (x: Value, shape: Shape) => one("Expand", [x], { shape });
export const slice = (x: Value, axis: number, start: number, end: number) =>
  start === 0 && end === x.type.shape[axis] ? x : before(x, (from) => one("Slice", [from], { axis, start, end }));
/** `length` rows of x, starting at row `start`, an int64 of shape [1]. */
export const window = (x: Value, start: Value, length: number) => one("Window", [x, start], { length });
export const concat = (values: readonly Value[], axis: number) =>
  values.length === 1 ? values[0]! : one("Concat", values, { axis });
export const split = (x: Value, axis: number, parts: number) => x.graph.apply("Split", [x], { axis, parts });
export const gather = (x: Value, indices: Value, axis = 0) =>
  before(x, (from) => one("Gather", [from, indices], { axis }));
export const scatterRows = (indices: Value, updates: Value, rows: number) =>
  one("ScatterRows", [indices, updates], { rows });

/**
 * Applies elementwise operators to blocks of rows, so that intermediate values stay in the cache instead of crossing
 * the memory bus once per operator. The first dimension of each input is the number of blocks; `work` receives one
 * slice of each input.
 */
export function scan(inputs: readonly Value[], work: (slices: Value[]) => Value[]): Value[] {
  const graph = graphOf(inputs);
  const body = new Graph(graph.fresh("scan"), graph);
  const slices = inputs.map(({ type }) =>
    body.input(body.fresh("slice"), { dtype: type.dtype, shape: type.shape.slice(1) }),
  );
  for (const value of work(slices))
    body.output(body.fresh("row"), value.graph === body ? value : body.apply("Identity", [value], {})[0]!);
  return graph.apply("Scan", inputs, { body });
}
