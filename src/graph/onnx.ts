// Writes a graph as ONNX bytes. Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto
// …).
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { DType, Tensor } from "../tensor.ts";
import type { Graph, Value } from "./graph.ts";
import { type Attribute, type Ints, integer, message, productAttributes, text, writeNode } from "./onnx-node.ts";
import { type Dialect, expansions } from "./onnx-parts.ts";
import { type Attributes, type Op, operators, type Type } from "./operators.ts";
import { liveNodes } from "./order.ts";

const IR_VERSION = 9;
const OPSET = 18;

/** TensorProto.DataType, and ONNXTensorElementDataType of ONNX Runtime's C API, which has the same numbers. */
export const dataType: Record<DType, number> = {
  ...{ float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, uint32: 12, bfloat16: 16 },
};

/** What holds for a graph and its bodies. */
interface Scope {
  /** Values that are written under a different name. */
  readonly names: Map<Value, string>;
  readonly dialect: Dialect;
}

/** An operator in ONNX: its name, its inputs if they differ from the node's inputs, and its attributes. */
interface Emitted {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Record<string, Attribute | undefined>;
}

const axisOnly = ({ axis }: { axis: number }) => ({ attributes: { axis: { int: axis } } });

const reduction = ({ axes, keepdims }: Attributes["ReduceSum"], [x]: readonly string[], ints: Ints) => ({
  inputs: [x!, ints(axes)],
  attributes: { keepdims: { int: +keepdims } },
});

/** How attributes and constant operands are written; operators that are not listed have neither. */
const spelling: {
  readonly [K in Op]?: (
    attributes: Attributes<Graph>[K],
    inputs: readonly string[],
    ints: Ints,
    scope: Scope,
  ) => Partial<Emitted>;
} = {
  Cast: ({ to }) => ({ attributes: { to: { int: dataType[to] } } }),
  Gemm: (attributes) => ({ attributes: productAttributes(attributes) }),
  FusedMatMul: (attributes) => ({ attributes: productAttributes(attributes) }),
  Softmax: axisOnly,
  LogSoftmax: axisOnly,
  Gather: axisOnly,
  Concat: axisOnly,
  LayerNormalization: ({ axis, epsilon }) => ({ attributes: { axis: { int: axis }, epsilon: { float: epsilon } } }),
  ReduceSum: reduction,
  ReduceLogSumExp: reduction,
  Transpose: ({ perm }) => ({ attributes: { perm: { ints: perm } } }),
  Reshape: ({ shape }, [x], ints) => ({ inputs: [x!, ints(shape)] }),
  Expand: ({ shape }, [x], ints) => ({ inputs: [x!, ints(shape)] }),
  Slice: ({ axis, start, end }, [x], ints) => ({ inputs: [x!, ints([start]), ints([end]), ints([axis])] }),
  Split: ({ axis, parts }) => ({ attributes: { axis: { int: axis }, num_outputs: { int: parts } } }),
  Scan: ({ body }, inputs, _ints, scope) => ({
    attributes: {
      body: { graph: (writer) => writeGraph(writer, body, scope) },
      num_scan_inputs: { int: inputs.length },
    },
  }),
};

function writeType(writer: BinaryWriter, field: number, name: string, { dtype, shape }: Type): void {
  message(writer, field, (w) => {
    text(w, 1, name); // ValueInfoProto.name
    message(w, 2, (type) =>
      message(type, 1, (tensor) => {
        integer(tensor, 1, dataType[dtype]);
        message(tensor, 2, (shapes) => {
          for (const extent of shape) message(shapes, 1, (dimension) => integer(dimension, 1, extent));
        });
      }),
    );
  });
}

function writeTensor(writer: BinaryWriter, field: number, name: string, { dtype, shape, data }: Tensor): void {
  message(writer, field, (w) => {
    for (const extent of shape) integer(w, 1, extent);
    integer(w, 2, dataType[dtype]);
    text(w, 8, name);
    w.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}

/**
 * Names values after the graph's outputs, so that the runtime writes the outputs directly, without a copy.
 * Returns the outputs that need a copy because their value is an input, a constant, a value of a parent graph, or
 * already another output.
 */
function nameResults(graph: Graph, { names }: Scope): { name: string; value: Value }[] {
  return graph.outputs.filter(({ name, value }) => {
    const own = value.node && value.graph === graph && !names.has(value);
    if (own) names.set(value, name);
    return !own;
  });
}

function writeGraph(writer: BinaryWriter, graph: Graph, scope: Scope): void {
  const copies = nameResults(graph, scope);
  const nameOf = (value: Value) => scope.names.get(value) ?? value.name;
  const vectors = new Map<string, { name: string; values: readonly number[] }>();
  const ints: Ints = (values) => {
    const key = values.join();
    let vector = vectors.get(key);
    if (!vector) {
      vector = { name: graph.fresh("ints"), values };
      vectors.set(key, vector);
    }
    return vector.name;
  };
  for (const node of liveNodes(graph)) {
    const inputNames = node.inputs.map(nameOf);
    const outputNames = node.outputs.map(nameOf);
    const expansion = expansions[scope.dialect][node.op] as ((...given: unknown[]) => void) | undefined;
    if (expansion) {
      expansion(node, inputNames, outputNames, writer, ints);
      continue;
    }
    const spell = spelling[node.op] as ((...parts: unknown[]) => Partial<Emitted>) | undefined;
    const { inputs = inputNames, attributes } = spell?.(node.attributes, inputNames, ints, scope) ?? {};
    writeNode(writer, node.op, inputs, outputNames, attributes, operators[node.op].domain);
  }
  for (const { name, value } of copies) writeNode(writer, "Identity", [nameOf(value)], [name]);
  text(writer, 2, graph.name);
  for (const { value, tensor } of graph.constants) writeTensor(writer, 5, value.name, tensor);
  for (const { name, values } of vectors.values())
    writeTensor(writer, 5, name, { dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  for (const { name, type } of graph.inputs) writeType(writer, 11, name, type);
  for (const { name, type } of graph.outputs) writeType(writer, 12, name, type);
}

/**
 * The graph as the bytes of an ONNX model (IR version 9, operator set 18, and version 1 of com.microsoft). `dialect`: the kind
 * of device for which some operators are written as several.
 */
export function onnxBytes(graph: Graph, dialect: Dialect = "any"): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, "masklens");
  message(writer, 7, (w) => writeGraph(w, graph, { names: new Map(), dialect }));
  for (const [domain, version] of [
    ["", OPSET],
    ["com.microsoft", 1],
  ] as const)
    message(writer, 8, (w) => {
      text(w, 1, domain);
      integer(w, 2, version);
    });
  return writer.finish();
}
