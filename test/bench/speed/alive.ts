// What is in memory at the peak of a graph's run, by the graph's own order; the runtime may choose another order.

import type { Graph, GraphNode, Value } from "../../../src/graph/graph.ts";
import { VIEWS } from "../../../src/graph/order.ts";
import { sizeOf } from "../../../src/tensor.ts";

const BYTES = { float32: 4, int32: 4, uint32: 4, int64: 8, uint8: 1, bool: 1 } as const;

const bytesOf = ({ type }: Pick<Value, "type">) => sizeOf(type.shape) * BYTES[type.dtype];

export interface Alive {
  /** The inputs, over which most outputs are written. */
  readonly inputs: number;
  /** What is between inputs and outputs at the peak, in bytes, the largest first. */
  readonly between: readonly { readonly operator: string; readonly shape: string; count: number; bytes: number }[];
}

export function aliveAtPeak(graph: Graph): Alive {
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const base = (value: Value): Value => (value.node && VIEWS.has(value.node.op) ? base(value.node.inputs[0]!) : value);
  const last = new Map<Value, number>();
  const reads = (nodes: readonly GraphNode[], at?: number) => {
    nodes.forEach(({ inputs, attributes }, i) => {
      for (const input of inputs) last.set(base(input), at ?? i);
      if ("body" in attributes) reads((attributes.body as Graph).nodes, at ?? i);
    });
  };
  reads(graph.nodes);
  const now = new Set<Value>();
  let [bytes, most] = [0, 0];
  let peak: Value[] = [];
  graph.nodes.forEach((node, i) => {
    for (const made of VIEWS.has(node.op) ? [] : node.outputs)
      if (!outputs.has(made)) {
        now.add(made);
        bytes += bytesOf(made);
      }
    if (bytes > most) [most, peak] = [bytes, [...now]];
    for (const value of now)
      if ((last.get(value) ?? i) <= i) {
        now.delete(value);
        bytes -= bytesOf(value);
      }
  });
  const groups = new Map<string, Alive["between"][number]>();
  for (const value of peak) {
    const { op } = value.node!;
    const shape = `${value.type.dtype} ${value.type.shape.join("×")}`;
    const group = groups.get(`${op} ${shape}`) ?? { operator: op, shape, count: 0, bytes: 0 };
    group.count++;
    group.bytes += bytesOf(value);
    groups.set(`${op} ${shape}`, group);
  }
  return {
    inputs: graph.inputs.reduce((sum, input) => sum + bytesOf(input), 0),
    between: [...groups.values()].sort((a, b) => b.bytes - a.bytes),
  };
}
