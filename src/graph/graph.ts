// A computation graph: nodes over typed values with static shapes, in the order they were added.
import type { Tensor } from "../tensor.ts";
import { type Attributes, type Op, operators, showType, type Type } from "./operators.ts";

/** An array in a graph, with its name, its type and the node that computes it (none for inputs and constants). */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly type: Type;
  readonly node?: GraphNode;
}

export interface GraphNode<K extends Op = Op> {
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes<Graph>[K];
  readonly outputs: readonly Value[];
}

export interface Output {
  readonly name: string;
  readonly type: Type;
  readonly value: Value;
}

/**
 * The number of values per block of an elementwise chain: 262,144 values (1 MB) stay in a CPU's cache between
 * operators, but are still enough work for two threads. On a GPU, launching kernels for each block costs more than the
 * cache saves, so chains are not divided into blocks.
 */
export const CACHED = 262_144;
export const WHOLE = Number.POSITIVE_INFINITY;

/**
 * A graph under construction. A graph with a parent is the body of a Scan and may use the parent's values;
 * names are unique among a root graph and all its bodies, as ONNX requires.
 */
export class Graph {
  readonly name: string;
  readonly parent: Graph | undefined;
  readonly inputs: Value[] = [];
  readonly constants: { value: Value; tensor: Tensor }[] = [];
  readonly nodes: GraphNode[] = [];
  readonly outputs: Output[] = [];
  /** Elementwise chains run over at most this many values at a time; bodies inherit this limit. */
  readonly block: number;
  readonly #root: Graph;
  readonly #scalars = new Map<string, Value>();
  #count = 0;

  constructor(name: string, parent?: Graph, block = parent?.block ?? CACHED) {
    this.name = name;
    this.parent = parent;
    this.block = block;
    this.#root = parent ? parent.#root : this;
  }

  /** A name that is unique among the root graph and all its bodies. */
  fresh(prefix: string): string {
    return `${prefix}.${this.#root.#count++}`;
  }

  /** Adds an input, whose value is supplied for each run. */
  input(name: string, type: Type): Value {
    const value: Value = { graph: this, name, type };
    this.inputs.push(value);
    return value;
  }

  /**
   * Adds a small tensor that is stored in the graph; weights are inputs instead, so that they are in memory only once.
   */
  constant(tensor: Tensor, name = this.fresh("constant")): Value {
    const value: Value = { graph: this, name, type: { dtype: tensor.dtype, shape: tensor.shape } };
    this.constants.push({ value, tensor });
    return value;
  }

  /** A float32 scalar constant; each distinct number is stored only once for a root graph and its bodies. */
  scalar(x: number): Value {
    const root = this.#root;
    const key = Object.is(x, -0) ? "-0" : String(x);
    let value = root.#scalars.get(key);
    if (!value) {
      value = root.constant({ dtype: "float32", shape: [], data: Float32Array.of(x) }, root.fresh(`scalar ${key}`));
      root.#scalars.set(key, value);
    }
    return value;
  }

  /** Adds an operator; the types of its outputs follow from the operator table. */
  apply<K extends Op>(op: K, inputs: readonly Value[], attributes: Attributes<Graph>[K]): Value[] {
    for (const input of inputs) {
      if (!this.#sees(input.graph))
        throw new Error(`${op} in ${this.name} uses ${input.name}, which belongs to ${input.graph.name}`);
    }
    let types: Type[];
    try {
      types = operators[op].infer(
        inputs.map(({ type }) => type),
        attributes,
      );
    } catch (cause) {
      const shapes = inputs.map(({ name, type }) => `${name}: ${showType(type)}`).join(", ");
      throw new RangeError(`${op}(${shapes}) in ${this.name}: ${(cause as Error).message}`, { cause });
    }
    const outputs: Value[] = [];
    const node: GraphNode<K> = { op, inputs, attributes, outputs };
    for (const type of types) outputs.push({ graph: this, name: this.fresh(op), type, node: node as GraphNode });
    this.nodes.push(node as GraphNode);
    return outputs;
  }

  /** Makes a value a named output of the graph. */
  output(name: string, value: Value): void {
    this.outputs.push({ name, type: value.type, value });
  }

  #sees(graph: Graph): boolean {
    for (let seen: Graph | undefined = this; seen; seen = seen.parent) if (seen === graph) return true;
    return false;
  }
}
