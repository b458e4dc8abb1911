// Proves that the runtime may write a result over one of its inputs: that all other readers of the input come before.
//
// The runtime runs one node after another, in some order in which each node follows those whose results it uses. So a node
// certainly runs before the writer only if the writer depends on it.

import { sizeOf } from "../tensor.ts";
import type { Graph, GraphNode, Value } from "./graph.ts";
import type { Op } from "./operators.ts";

/** Results that are views of the first input: whoever reads them reads the input's memory. */
export const VIEWS: ReadonlySet<Op> = new Set<Op>(["Reshape", "Identity"]);

/**
 * The elementwise operators that may write a result over what they read. Few, because the runtime fuses others with what
 * comes before them into kernels that read their inputs more than once: a Mul, for example, into a Gelu.
 */
const WRITERS: ReadonlySet<Op> = new Set<Op>(["Add", "Sub"]);

/** What may compute a writer's operands from the memory that is written: nothing that is fused with the writer. */
const OPERANDS: ReadonlySet<Op> = new Set<Op>(["Add", "Sub", "Mul", "Div"]);

/**
 * Whether the memory of the input `over` may receive the output `name` in the same run. Throws a RangeError if the graph has
 * no such input or output.
 */
export function mayOverwrite(graph: Graph, name: string, over: string): boolean {
  const output = graph.outputs.find((one) => one.name === name);
  const input = graph.inputs.find((one) => one.name === over);
  if (!output || !input) throw new RangeError(`${graph.name} has no output ${name} or no input ${over}`);
  return mayReceive(graph, input, output.value);
}

/** Whether the output `first` is certainly computed before anything of the output `second` is. */
export function comesBefore(graph: Graph, first: string, second: string): boolean {
  const [a, b] = [first, second].map((name) => graph.outputs.find((one) => one.name === name)?.value.node);
  if (!a || !b) throw new RangeError(`${graph.name} computes no output ${a ? second : first}`);
  return ancestorsOf(b).has(a);
}

function mayReceive(graph: Graph, input: Value, value: Value): boolean {
  const writer = value.node;
  // A view of memory that something else has written, an input, or another output's value.
  if (!writer || value.graph !== graph || VIEWS.has(writer.op) || value.type.dtype !== input.type.dtype) return false;
  if (graph.outputs.filter((output) => output.value === value).length > 1) return false;
  const memory = viewsOf(graph, input);
  if (graph.outputs.some((output) => memory.has(output.value))) return false; // copied at some time
  const before = ancestorsOf(writer);
  for (const node of graph.nodes)
    if (node !== writer && !VIEWS.has(node.op) && reads(node, memory) && !before.has(node)) return false;
  if (writer.op === "Scan") return readsSlices(writer as GraphNode<"Scan">, memory, value, input);
  // The shape of what is read does not matter where another node has read it before.
  const alike = (one: Value) => !memory.has(one) || sizeOf(one.type.shape) === sizeOf(value.type.shape);
  const fusible = ({ node }: Value) => node && !VIEWS.has(node.op) && !OPERANDS.has(node.op) && reads(node, memory);
  return WRITERS.has(writer.op) && writer.inputs.every((one) => alike(one) && !fusible(one));
}

/** Whether a Scan has read each slice of the memory when it writes the slice at the same place. */
function readsSlices(writer: GraphNode<"Scan">, memory: ReadonlySet<Value>, value: Value, input: Value): boolean {
  const { body } = writer.attributes;
  if (capturedBy(body).some((one) => memory.has(one))) return false; // each iteration would read all of it
  const result = body.outputs[writer.outputs.indexOf(value)]!.value;
  const isRead = writer.inputs.some((one) => memory.has(one));
  if (isRead && sizeOf(input.type.shape) !== sizeOf(value.type.shape)) return false;
  return writer.inputs.every((one, i) => !memory.has(one) || mayReceive(body, body.inputs[i]!, result));
}

/** The input and all values that are views of it. */
function viewsOf(graph: Graph, input: Value): ReadonlySet<Value> {
  const memory = new Set([input]);
  for (const { op, inputs, outputs } of graph.nodes)
    if (VIEWS.has(op) && memory.has(inputs[0]!)) for (const output of outputs) memory.add(output);
  return memory;
}

const reads = (node: GraphNode, memory: ReadonlySet<Value>) => readBy(node).some((value) => memory.has(value));

/** What a node reads, in the body of a Scan as well. */
export function readBy({ inputs, attributes }: GraphNode): readonly Value[] {
  return "body" in attributes ? [...inputs, ...capturedBy(attributes.body as Graph)] : inputs;
}

/** The values of outer graphs that a body uses. */
function capturedBy(body: Graph): Value[] {
  const inside = new Set<Graph>();
  const used: Value[] = [];
  const visit = (graph: Graph) => {
    inside.add(graph);
    for (const { inputs, attributes } of graph.nodes) {
      used.push(...inputs);
      if ("body" in attributes) visit(attributes.body as Graph);
    }
    used.push(...graph.outputs.map(({ value }) => value));
  };
  visit(body);
  return used.filter(({ graph }) => !inside.has(graph));
}

/** The nodes of a graph on which its outputs depend, in order. */
export function liveNodes(graph: Graph): GraphNode[] {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  const live = graph.nodes.toReversed().filter((node) => {
    const isLive = node.outputs.some((output) => needed.has(output));
    if (isLive) for (const value of readBy(node)) needed.add(value);
    return isLive;
  });
  return live.reverse();
}

/** The nodes whose results a node depends on. */
function ancestorsOf(node: GraphNode): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>();
  const open = [node];
  for (let next = open.pop(); next; next = open.pop())
    for (const { node } of readBy(next))
      if (node && !found.has(node)) {
        found.add(node);
        open.push(node);
      }
  return found;
}
