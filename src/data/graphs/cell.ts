// Reads the graph in a cell of a table: a list of triples, their text, or PENMAN notation.

import { InputError } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { grouped } from "../../numbers.ts";
import { quoted } from "../../visible.ts";
import { written } from "../table.ts";
import type { Graph, Triple } from "./graph.ts";
import { parsePenman } from "./penman.ts";

/** Maximum number of triples in a graph; a model reads a few dozen. */
const MOST_TRIPLES = 10_000;

/** The names that the parts of a triple have in the data sets that are in use. */
const PARTS = [
  ["subject", "head", "h"],
  ["relation", "property", "predicate", "r"],
  ["object", "tail", "t"],
] as const;

const REMEDY = 'write triples such as [["Oslo", "country", "Norway"]] or "Oslo | country | Norway", or a PENMAN graph';

/** Throws an InputError without a place if the value is not a graph. */
export function graphOf(value: unknown): Graph {
  if (typeof value === "string" && value.trimStart().startsWith("(")) return parsePenman(value);
  const parts = typeof value === "string" ? value.split(/[\r\n]+|&&/).filter((part) => part.trim() !== "") : value;
  if (!Array.isArray(parts)) throw new InputError(`${quoted(value)} is not a graph`, {}, REMEDY);
  if (!parts.length) throw new InputError("the graph has no triples", {}, REMEDY);
  if (parts.length > MOST_TRIPLES)
    throw new InputError(
      `the graph has ${grouped(parts.length)} triples, over the limit of ${grouped(MOST_TRIPLES)}`,
      {},
      "split it: a model reads a few dozen",
    );
  return parts.map(tripleOf);
}

function tripleOf(value: unknown): Triple {
  const parts = typeof value === "string" ? value.split("|") : isJsonObject(value) ? partsOf(value) : value;
  const texts = Array.isArray(parts) ? parts.map(textOf) : [];
  if (texts.length !== PARTS.length || texts.includes(""))
    throw new InputError(`${quoted(value)} is not a triple of subject, relation and object`, {}, REMEDY);
  const [subject, relation, object] = texts as [string, string, string];
  return { subject, relation, object };
}

const partsOf = (value: Readonly<Record<string, unknown>>) =>
  PARTS.map((names) => value[names.find((name) => Object.hasOwn(value, name)) ?? ""]);

/** A part as text; "" if it is not a string, a number, true or false. */
const textOf = (part: unknown): string => written(part)?.trim() ?? "";
