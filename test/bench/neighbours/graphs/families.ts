// Generated graphs of one or two triples, whose direction decides what they say: Anna parentOf Bert is not Bert parentOf Anna. Each
// graph has two texts, which name its triples in the order of the graph.

import { Random } from "../../../../src/data/random.ts";

/** A graph and the texts that say the same, as a line of a data file. */
export interface GraphLine {
  readonly graph: readonly (readonly [string, string, string])[];
  readonly texts: readonly string[];
}

const PEOPLE = "Anna Bert Cleo Dan Eva Finn Greta Hugo Ida Jonas Klara Leo".split(" ");
const EVENTS = "flood storm fair vote strike feast trial race parade siege".split(" ");

/** Each family: what it relates, and its relations with the words of their text. */
const FAMILIES = [
  { of: PEOPLE, relations: { parentOf: "is the parent of", teacherOf: "is the teacher of" } },
  { of: PEOPLE, relations: { tallerThan: "is taller than", olderThan: "is older than" } },
  {
    of: EVENTS.map((event) => `the_${event}`),
    relations: { before: "took place before", causeOf: "was the cause of" },
  },
] as const;

interface Fact {
  readonly triple: GraphLine["graph"][number];
  readonly text: string;
}

function fact(random: Random): Fact {
  const of = <T>(items: readonly T[]) => items[random.below(items.length)]!;
  const { of: things, relations } = of<(typeof FAMILIES)[number]>(FAMILIES);
  const [relation, words] = of(Object.entries(relations));
  const subject = of<string>(things);
  const object = of<string>((things as readonly string[]).filter((thing) => thing !== subject));
  return { triple: [subject, relation, object], text: `${subject} ${words} ${object}`.replaceAll("_", " ") };
}

/** So many different graphs; every second one has two triples. */
export function graphLines(count: number): GraphLine[] {
  const random = new Random(1, "graphs");
  const lines = new Map<string, GraphLine>();
  while (lines.size < count) {
    const facts = Array.from({ length: 1 + (lines.size % 2) }, () => fact(random));
    const graph = facts.map(({ triple }) => triple);
    const [one, other] = facts.map(({ text }) => text);
    const texts = other ? [`${one} and ${other}.`, `${one}, and ${other} as well.`] : [`${one}.`, `${one}, they say.`];
    lines.set(JSON.stringify(graph), { graph, texts });
  }
  return [...lines.values()];
}
