// Writes a graph as the text that a model reads, as Ribeiro et al. 2021 (arXiv 2007.08426) do, or with less of its structure.

import { Random } from "../random.ts";
import { type Graph, type GraphNode, isTriples } from "./graph.ts";

export const ORDERS = ["as-is", "shuffled"] as const;
export const STRUCTURES = ["full", "labels"] as const;

/** How graphs are written. */
export interface Layout {
  /** Whether the parts of a graph are in the order of the file: its triples, a node's branches or, without structure, its labels. */
  readonly order: (typeof ORDERS)[number];
  /** "full": with markers or parentheses; "labels": only the labels of nodes and edges, so that nothing but their order connects them. */
  readonly structure: (typeof STRUCTURES)[number];
  /** Of the orders that are drawn. */
  readonly seed: number;
}

/** As in the source. */
export const USUAL_LAYOUT: Layout = { order: "as-is", structure: "full", seed: 1 };

/** What precedes the subject, the relation and the object of a triple; text, because a frozen vocabulary has no room for new tokens. */
const MARKERS = ["<H>", "<R>", "<T>"] as const;
/** What precedes each label of triples without structure; it says nothing about the label. */
const SEPARATOR = "•";

/** The graph as text. A shuffled order depends only on the seed and on the graph. */
export function linearize(graph: Graph, { order, structure, seed }: Layout): string {
  const random = order === "shuffled" ? new Random(seed, `graph ${JSON.stringify(graph)}`) : undefined;
  const arranged = <T>(parts: readonly T[]): T[] => {
    const own = [...parts];
    random?.shuffle(own);
    return own;
  };
  if (isTriples(graph)) {
    const triples = graph.map(({ subject, relation, object }) => [entity(subject), words(relation), entity(object)]);
    if (structure === "labels")
      return arranged(triples.flat())
        .map((label) => `${SEPARATOR} ${label}`)
        .join(" ");
    return arranged(triples)
      .flatMap((labels) => labels.map((label, i) => `${MARKERS[i]} ${label}`))
      .join(" ");
  }
  const concepts = new Map(nodesOf(graph).map(({ variable, concept }) => [variable, concept]));
  if (structure === "labels") return arranged(labelsOf(graph, concepts)).join(" ");
  return written(graph, concepts, arranged);
}

/** A node with its branches: "( want :ARG0 ( boy ) )", without variables and senses. */
function written(
  { concept, branches }: GraphNode,
  concepts: ReadonlyMap<string, string>,
  arranged: <T>(parts: readonly T[]) => T[],
): string {
  const parts = arranged(branches).flatMap(({ role, target }) => [
    role,
    typeof target === "string" ? constant(target, concepts) : written(target, concepts, arranged),
  ]);
  return ["(", ...(concept ? [plain(concept)] : []), ...parts, ")"].join(" ");
}

/** The labels of nodes and edges, in the order in which they are written. */
function labelsOf({ concept, branches }: GraphNode, concepts: ReadonlyMap<string, string>): string[] {
  return [
    ...(concept ? [plain(concept)] : []),
    ...branches.flatMap(({ role, target }) => [
      role,
      ...(typeof target === "string" ? [constant(target, concepts)] : labelsOf(target, concepts)),
    ]),
  ];
}

const nodesOf = (node: GraphNode): GraphNode[] => [
  node,
  ...node.branches.flatMap(({ target }) => (typeof target === "string" ? [] : nodesOf(target))),
];

/** A constant without quotes; a variable as the concept of its node. */
const constant = (text: string, concepts: ReadonlyMap<string, string>): string => plain(concepts.get(text) || text);

/** A concept without its sense (want-01), a string without its quotes. */
const plain = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text.replace(/-\d\d$/, "");

/** The name of an entity as words: without quotes around it and with blanks for underscores. */
const entity = (text: string): string => blanks(/^".*"$/s.test(text) ? text.slice(1, -1) : text);

/** The name of a relation as words: "birthPlace" and "birth_place" are "birth place" — letters keep their case. */
const words = (text: string): string =>
  blanks(text.replace(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, " "));

const blanks = (text: string): string => text.replace(/[\s_]+/g, " ").trim();
