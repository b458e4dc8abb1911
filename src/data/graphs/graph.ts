// A graph to generate a text from: triples, or the tree of nodes that a PENMAN graph is written as.

/** Two entities and the relation of the first to the second. */
export interface Triple {
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
}

/** A node of a PENMAN graph with its branches, in the order in which they are written. */
export interface GraphNode {
  readonly variable: string;
  readonly concept: string;
  readonly branches: readonly Branch[];
}

export interface Branch {
  /** With its colon, as in ":ARG0". */
  readonly role: string;
  /** A node, or text: a constant, or the variable of a node elsewhere in the graph. */
  readonly target: GraphNode | string;
}

export type Graph = readonly Triple[] | GraphNode;

export const isTriples = (graph: Graph): graph is readonly Triple[] => Array.isArray(graph);
