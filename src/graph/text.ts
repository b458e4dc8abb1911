// A graph as text, one line per node, for tests and debugging.
import type { Graph, Value } from "./graph.ts";
import { showType } from "./operators.ts";

const named = ({ name, type }: Value) => `${name}: ${showType(type)}`;

/** The graph's inputs, its nodes in order (with their bodies indented below them) and its outputs. */
export function textOf(graph: Graph, indent = ""): string {
  const lines = [`${indent}${graph.name}(${graph.inputs.map(named).join(", ")})`];
  for (const { op, inputs, attributes, outputs } of graph.nodes) {
    const { body, ...plain } = attributes as { body?: Graph } & Record<string, unknown>;
    const settings = Object.entries(plain).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const operands = [...inputs.map(({ name }) => name), ...settings].join(", ");
    lines.push(`${indent}  ${outputs.map(named).join(", ")} = ${op}(${operands})`);
    if (body) lines.push(textOf(body, `${indent}    `));
  }
  lines.push(`${indent}  → ${graph.outputs.map(({ name, value }) => `${name} = ${value.name}`).join(", ")}`);
  return lines.join("\n");
}
