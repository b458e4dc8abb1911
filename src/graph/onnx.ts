// A graph as ONNX bytes. Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto …).
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { DType, Tensor } from "../tensor.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { type Attributes, type Op, operators, type Type } from "./operators.ts";

const IR_VERSION = 9;
const OPSET = 18;

/** TensorProto.DataType */
const dataType: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, uint32: 12 };

/** AttributeProto.AttributeType with the field that holds the value. */
type Attribute = { float: number } | { int: number } | { ints: readonly number[] } | { graph: Graph };

type Emit = (writer: BinaryWriter) => void;

const message = (writer: BinaryWriter, field: number, emit: Emit) => {
  writer.tag(field, WireType.LengthDelimited).fork();
  emit(writer);
  writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const integer = (writer: BinaryWriter, field: number, value: number | bigint) =>
  writer.tag(field, WireType.Varint).int64(value);

/** What an operator becomes in ONNX: its name there, extra constant inputs, attributes. */
interface Emitted {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Record<string, Attribute | undefined>;
}

const flag = (value: boolean | undefined): Attribute | undefined => (value ? { int: 1 } : undefined);
const factor = (value: number | undefined): Attribute | undefined =>
  value === undefined ? undefined : { float: value };
const axisOnly = ({ axis }: { axis: number }) => ({ attributes: { axis: { int: axis } } });

/** An int64 vector, stored once more as an initializer of the graph that is being written. */
type Ints = (values: readonly number[]) => string;

/** How attributes and constant operands are spelled; an operator that is not here has neither. */
const spelling: {
  readonly [K in Op]?: (attributes: Attributes[K], inputs: readonly string[], ints: Ints) => Partial<Emitted>;
} = {
  HardSigmoid: ({ alpha, beta }) => ({ attributes: { alpha: { float: alpha }, beta: { float: beta } } }),
  Cast: ({ to }) => ({ attributes: { to: { int: dataType[to] } } }),
  Gemm: ({ transA, transB, alpha, beta }) => ({
    attributes: { transA: flag(transA), transB: flag(transB), alpha: factor(alpha), beta: factor(beta) },
  }),
  FusedMatMul: ({ transA, transB, transBatchA, transBatchB, alpha }) => ({
    attributes: {
      transA: flag(transA),
      transB: flag(transB),
      transBatchA: flag(transBatchA),
      transBatchB: flag(transBatchB),
      alpha: factor(alpha),
    },
  }),
  Softmax: axisOnly,
  LogSoftmax: axisOnly,
  Gather: axisOnly,
  Concat: axisOnly,
  LayerNormalization: ({ axis, epsilon }) => ({ attributes: { axis: { int: axis }, epsilon: { float: epsilon } } }),
  ReduceSum: ({ axes, keepdims }, [x], ints) => ({
    inputs: [x!, ints(axes)],
    attributes: { keepdims: { int: +keepdims } },
  }),
  ReduceMean: ({ axes, keepdims }, [x], ints) => ({
    inputs: [x!, ints(axes)],
    attributes: { keepdims: { int: +keepdims } },
  }),
  Transpose: ({ perm }) => ({ attributes: { perm: { ints: perm } } }),
  Reshape: ({ shape }, [x], ints) => ({ inputs: [x!, ints(shape)] }),
  Expand: ({ shape }, [x], ints) => ({ inputs: [x!, ints(shape)] }),
  Slice: ({ axis, start, end }, [x], ints) => ({ inputs: [x!, ints([start]), ints([end]), ints([axis])] }),
  Split: ({ axis, parts }) => ({ attributes: { axis: { int: axis }, num_outputs: { int: parts } } }),
  Scan: ({ body }, inputs) => ({ attributes: { body: { graph: body }, num_scan_inputs: { int: inputs.length } } }),
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

function writeAttribute(writer: BinaryWriter, name: string, attribute: Attribute): void {
  message(writer, 5, (w) => {
    text(w, 1, name);
    if ("float" in attribute) w.tag(2, WireType.Bit32).float(attribute.float);
    else if ("int" in attribute) integer(w, 3, attribute.int);
    else if ("ints" in attribute) for (const value of attribute.ints) integer(w, 8, value);
    else message(w, 6, (body) => writeGraph(body, attribute.graph));
    integer(w, 20, "float" in attribute ? 1 : "int" in attribute ? 2 : "ints" in attribute ? 7 : 5);
  });
}

function writeNode(
  writer: BinaryWriter,
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, Attribute | undefined> = {},
  domain?: string,
): void {
  message(writer, 1, (w) => {
    for (const input of inputs) text(w, 1, input);
    for (const output of outputs) text(w, 2, output);
    text(w, 3, outputs[0]!);
    text(w, 4, op);
    for (const [name, attribute] of Object.entries(attributes)) if (attribute) writeAttribute(w, name, attribute);
    if (domain) text(w, 7, domain);
  });
}

/** Operators that are spelled as several ONNX nodes. */
const expansions: {
  readonly [K in Op]?: (
    node: GraphNode<K>,
    names: readonly string[],
    writer: BinaryWriter,
    ints: Ints,
    graph: Graph,
  ) => void;
} = {
  Window: ({ attributes: { length }, outputs }, [x, start], writer, ints, graph) => {
    const end = graph.fresh("end");
    writeNode(writer, "Add", [start!, ints([length])], [end]);
    writeNode(writer, "Slice", [x!, start!, end, ints([0])], [outputs[0]!.name]);
  },
  ScatterRows: ({ outputs, inputs }, [indices, updates], writer, ints, graph) => {
    const [zero, column] = [graph.fresh("zeros"), graph.fresh("column")];
    writeNode(writer, "Expand", [graph.scalar(0).name, ints(outputs[0]!.type.shape)], [zero]);
    writeNode(writer, "Reshape", [indices!, ints([inputs[0]!.type.shape[0]!, 1])], [column]);
    message(writer, 1, (w) => {
      for (const input of [zero, column, updates!]) text(w, 1, input);
      text(w, 2, outputs[0]!.name);
      text(w, 4, "ScatterND");
      message(w, 5, (a) => {
        text(a, 1, "reduction");
        a.tag(4, WireType.LengthDelimited).bytes(new TextEncoder().encode("add"));
        integer(a, 20, 3);
      });
    });
  },
  Loop: ({ attributes: { body, steps }, inputs, outputs }, _names, writer, ints) => {
    const count = ints([steps]);
    writeNode(
      writer,
      "Loop",
      [count, "", ...inputs.map(({ name }) => name)],
      outputs.map(({ name }) => name),
      { body: { graph: body } },
    );
  },
};

function writeGraph(writer: BinaryWriter, graph: Graph): void {
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
  for (const node of graph.nodes as readonly GraphNode[]) {
    const names = node.inputs.map(({ name }) => name);
    const expansion = expansions[node.op] as ((...parts: unknown[]) => void) | undefined;
    if (expansion) {
      expansion(node, names, writer, ints, graph);
      continue;
    }
    const spell = spelling[node.op] as ((a: unknown, i: readonly string[], v: Ints) => Partial<Emitted>) | undefined;
    const { inputs = names, attributes } = spell?.(node.attributes, names, ints) ?? {};
    writeNode(
      writer,
      node.op,
      inputs,
      node.outputs.map(({ name }) => name),
      attributes,
      operators[node.op].domain,
    );
  }
  // A result that is an input, a constant or a second name of a value is copied under the result's own name.
  for (const { name, value } of graph.outputs) writeNode(writer, "Identity", [value.name], [name]);
  text(writer, 2, graph.name);
  for (const { value, tensor } of graph.constants) writeTensor(writer, 5, value.name, tensor);
  for (const { name, values } of vectors.values())
    writeTensor(writer, 5, name, { dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  for (const { name, type } of graph.inputs) writeType(writer, 11, name, type);
  for (const { name, type } of graph.outputs) writeType(writer, 12, name, type);
}

/** The model's bytes (ONNX IR 9, operator set 18 with com.microsoft 1). */
export function onnxBytes(graph: Graph): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, "masklens");
  message(writer, 7, (w) => writeGraph(w, graph));
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
