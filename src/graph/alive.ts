// What is in memory at the peak of a graph's run, by the graph's own order; the runtime may choose another order.

import { bytesOf } from "../tensor.ts";
import type { Graph, GraphNode, Value } from "./graph.ts";
import { liveNodes, readBy, VIEWS } from "./order.ts";

const sizeIn = ({ type }: Value) => bytesOf(type);

/** What is between a graph's inputs and outputs at the peak; most outputs are written over inputs. */
export function aliveAtPeak(graph: Graph): readonly Value[] {
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const base = (value: Value): Value => (value.node && VIEWS.has(value.node.op) ? base(value.node.inputs[0]!) : value);
  const nodes = liveNodes(graph);
  const last = new Map<Value, GraphNode>();
  for (const node of nodes) for (const value of readBy(node)) last.set(base(value), node);
  const read = new Map<GraphNode, Value[]>();
  for (const [value, node] of last) read.set(node, [...(read.get(node) ?? []), value]);
  const now = new Set<Value>();
  let [bytes, most] = [0, 0];
  let peak: Value[] = [];
  const free = (value: Value) => {
    if (now.delete(value)) bytes -= sizeIn(value);
  };
  for (const node of nodes) {
    const made = VIEWS.has(node.op) ? [] : node.outputs.filter((value) => !outputs.has(value));
    for (const value of made) {
      now.add(value);
      bytes += sizeIn(value);
    }
    if (bytes > most) [most, peak] = [bytes, [...now]];
    for (const value of [...(read.get(node) ?? []), ...made.filter((value) => !last.has(value))]) free(value);
  }
  return peak;
}

/** The size of values in bytes. */
export const bytesIn = (values: readonly Value[]): number => values.reduce((sum, value) => sum + sizeIn(value), 0);
