// Products of bfloat16 factors, with results in bfloat16; everything between them stays float32.

import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { GraphNode } from "./graph.ts";
import { productAttributes, writeNode } from "./onnx-node.ts";
import { operators } from "./operators.ts";

/** TensorProto.DataType. */
const [FLOAT32, BFLOAT16] = [1, 16];

type Product = GraphNode<"Gemm"> | GraphNode<"FusedMatMul">;
type Write = (node: Product, inputs: readonly string[], outputs: readonly string[], writer: BinaryWriter) => void;

/**
 * How products are written. `isRounded`: for devices that have no such products: factors and results are rounded to bfloat16,
 * and the product is float32's. Devices that have them add up in float32, too.
 */
export function products(isRounded: boolean): { readonly Gemm: Write; readonly FusedMatMul: Write } {
  /** The names of factors in bfloat16, of each graph that is written: most weights are factors twice. */
  const made = new WeakMap<BinaryWriter, Map<string, string>>();
  const write: Write = (node, [a, b, added], [result], writer) => {
    const { graph } = node.outputs[0]!;
    const { beta, ...attributes } = { beta: undefined, ...node.attributes };
    const cast = (from: string, type: number, to = graph.fresh("cast")) => {
      writeNode(writer, "Cast", [from], [to], { to: { int: type } });
      return to;
    };
    const rounded = (from: string) => (isRounded ? cast(cast(from, BFLOAT16), FLOAT32) : cast(from, BFLOAT16));
    const known = made.get(writer) ?? new Map<string, string>();
    made.set(writer, known);
    const factors = [a!, b!].map((name) => {
      const factor = known.get(name) ?? rounded(name);
      known.set(name, factor);
      return factor;
    });
    const product = graph.fresh("product");
    writeNode(writer, node.op, factors, [product], productAttributes(attributes), operators[node.op].domain);
    const narrow = isRounded ? cast(product, BFLOAT16) : product;
    if (added === undefined) return void cast(narrow, FLOAT32, result!);
    const wide = cast(narrow, FLOAT32);
    const scaled = beta === undefined ? added : graph.fresh("scaled");
    if (beta !== undefined) writeNode(writer, "Mul", [added, graph.scalar(beta).name], [scaled]);
    writeNode(writer, "Add", [wide, scaled], [result!]);
  };
  return { Gemm: write, FusedMatMul: write };
}
