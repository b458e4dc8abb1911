// Operators that are written as several ONNX nodes, everywhere or for one kind of device.

import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Shape } from "../tensor.ts";
import type { GraphNode } from "./graph.ts";
import { products } from "./onnx-bfloat16.ts";
import { type Ints, writeNode } from "./onnx-node.ts";
import type { Op } from "./operators.ts";

/** How operators are written, by name. */
export type Expansions = {
  readonly [K in Op]?: (
    node: GraphNode<K>,
    inputs: readonly string[],
    outputs: readonly string[],
    writer: BinaryWriter,
    ints: Ints,
  ) => void;
};

/** Of every device. */
const everywhere: Expansions = {
  Window: ({ outputs, attributes: { length } }, [x, start], [y], writer, ints) => {
    const end = outputs[0]!.graph.fresh("end");
    writeNode(writer, "Add", [start!, ints([length])], [end]);
    writeNode(writer, "Slice", [x!, start!, end, ints([0])], [y!]);
  },
  ScatterRows: ({ outputs, inputs }, [indices, updates], [y], writer, ints) => {
    const { graph, type } = outputs[0]!;
    const [zero, column, places] = [graph.fresh("zeros"), graph.fresh("column"), graph.fresh("places")];
    const [count, ...row] = inputs[1]!.type.shape;
    writeNode(writer, "Expand", [graph.scalar(0).name, ints(type.shape)], [zero]);
    writeNode(writer, "Reshape", [indices!, ints([count!, ...row.map(() => 1)])], [column]);
    writeNode(writer, "Expand", [column, ints([count!, ...row])], [places]);
    // ScatterND is unsuitable: on the CPU it adds in parallel, in any order, and loses concurrent additions to a row.
    writeNode(writer, "ScatterElements", [zero, places, updates!], [y!], {
      axis: { int: 0 },
      reduction: { text: "add" },
    });
  },
};

/**
 * Operators that ONNX Runtime's CPU provider computes faster in parts: its LayerNormalization takes over four times as long as
 * these (docs/speed.md).
 */
const cpu: Expansions = {
  LayerNormalization: (
    { inputs: [x], outputs: results, attributes: { epsilon } },
    [input, scale, bias],
    [y, mean, inverse],
    writer,
    ints,
  ) => {
    const { graph } = results[0]!;
    const width = x!.type.shape.at(-1)!;
    const write = (op: string, operands: readonly string[], output = graph.fresh("part")) => {
      writeNode(writer, op, operands, [output], op === "ReduceSum" ? { keepdims: { int: 1 } } : {});
      return output;
    };
    const axis = ints([x!.type.shape.length - 1]);
    const meanOf = (value: string, output?: string) =>
      write("Mul", [write("ReduceSum", [value, axis]), graph.scalar(1 / width).name], output);
    const centred = write("Sub", [input!, meanOf(input!, mean!)]);
    const variance = meanOf(write("Mul", [centred, centred]));
    const deviation = write("Sqrt", [write("Add", [variance, graph.scalar(epsilon).name])]);
    const normal = write("Mul", [centred, write("Div", [graph.scalar(1).name, deviation], inverse!)]);
    write("Add", [write("Mul", [normal, scale!]), bias!], y!);
  },
};

/** Operators that ONNX Runtime's WebGPU provider lacks: it would copy their operands to the CPU and back. */
const webgpu: Expansions = {
  FusedMatMul: ({ inputs, outputs, attributes }, [a, b], [y], writer) => {
    const { graph } = outputs[0]!;
    const { transA, transB, transBatchA, transBatchB, alpha } = attributes;
    const operand = (name: string, shape: Shape, swap = false, batch = false): string => {
      const perm = order(shape.length, swap, batch);
      if (perm.every((axis, i) => axis === i)) return name;
      const turned = graph.fresh("turned");
      writeNode(writer, "Transpose", [name], [turned], { perm: { ints: perm } });
      return turned;
    };
    const [left, right] = [
      operand(a!, inputs[0]!.type.shape, transA, transBatchA),
      operand(b!, inputs[1]!.type.shape, transB, transBatchB),
    ];
    const product = alpha === undefined ? y! : graph.fresh("product");
    writeNode(writer, "MatMul", [left, right], [product]);
    if (alpha !== undefined) writeNode(writer, "Mul", [product, graph.scalar(alpha).name], [y!]);
  },
  LogSoftmax: ({ inputs, outputs, attributes: { axis } }, [x], [y], writer, ints) => {
    const { graph } = outputs[0]!;
    const write = (op: string, operands: readonly string[], output = graph.fresh("part")) => {
      writeNode(writer, op, operands, [output], op.startsWith("Reduce") ? { keepdims: { int: 1 } } : {});
      return output;
    };
    const axes = ints([axis < 0 ? axis + inputs[0]!.type.shape.length : axis]);
    const centred = write("Sub", [x!, write("ReduceMax", [x!, axes])]);
    write("Sub", [centred, write("Log", [write("ReduceSum", [write("Exp", [centred]), axes])])], y!);
  },
};

/** The axes of a FusedMatMul's operand in the order in which MatMul wants them. */
function order(rank: number, swap: boolean, batch: boolean): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  if (batch) axes.splice(rank - 2, 0, axes.shift()!);
  return swap ? [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!] : axes;
}

/**
 * What some operators are written for: a kind of device, or products of another precision. "any": as ONNX has them. "rounded":
 * the CPU, with the results of "bfloat16".
 */
export type Dialect = "any" | "cpu" | "webgpu" | "bfloat16" | "rounded";

export const expansions: Readonly<Record<Dialect, Expansions>> = {
  any: everywhere,
  cpu: { ...everywhere, ...cpu },
  webgpu: { ...everywhere, ...webgpu },
  bfloat16: { ...everywhere, ...products(false) },
  rounded: { ...everywhere, ...cpu, ...products(true) },
};
