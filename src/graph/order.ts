// Proves that the runtime may write a result over one of its inputs: that all other readers of the input come before.
//
// The runtime runs one node after another, in some order in which each node follows those whose results it uses. So a node
// certainly runs before the writer only if the writer depends on it.

import type { Graph, GraphNode, Value } from "./graph.ts";
import type { Op } from "./operators.ts";

/** Results that are views of the first input: whoever reads them reads the input's memory. */
const VIEWS: ReadonlySet<Op> = new Set<Op>(["Reshape", "Identity"]);

/** Operators that read each element only to write the element at the same place. */
const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>([
  ...(["Add", "Sub", "Mul", "Div", "Neg", "Sqrt", "Exp", "Erf", "Tanh", "Sigmoid", "Relu", "Abs", "Gelu"] as const),
  "Where",
]);

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
  return !reads(writer, memory) || readsInStep(writer, memory, value, input);
}

/** Whether the writer has read each element of the memory when it writes the element at the same place. */
function readsInStep(writer: GraphNode, memory: ReadonlySet<Value>, value: Value, input: Value): boolean {
  const alike = (one: Value) => !memory.has(one) || sizeOf(one) === sizeOf(value);
  if (ELEMENTWISE.has(writer.op)) return writer.inputs.every(alike);
  if (writer.op === "Loop") return true; // writes its results after the last iteration
  if (writer.op !== "Scan" || sizeOf(input) !== sizeOf(value)) return false;
  const { body } = (writer as GraphNode<"Scan">).attributes;
  if (capturedBy(body).some((one) => memory.has(one))) return false; // each iteration would read all of it
  const result = body.outputs[writer.outputs.indexOf(value)]!.value;
  return writer.inputs.every((one, i) => !memory.has(one) || mayReceive(body, body.inputs[i]!, result));
}

const sizeOf = ({ type }: Value) => type.shape.reduce((product, extent) => product * extent, 1);

/** The input and all values that are views of it. */
function viewsOf(graph: Graph, input: Value): ReadonlySet<Value> {
  const memory = new Set([input]);
  for (const { op, inputs, outputs } of graph.nodes)
    if (VIEWS.has(op) && memory.has(inputs[0]!)) for (const output of outputs) memory.add(output);
  return memory;
}

const reads = (node: GraphNode, memory: ReadonlySet<Value>) => readBy(node).some((value) => memory.has(value));

/** What a node reads, in the bodies of a Scan or Loop as well. */
function readBy({ inputs, attributes }: GraphNode): readonly Value[] {
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
