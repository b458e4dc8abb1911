// Reads a graph in PENMAN notation, such as those of Abstract Meaning Representation (Banarescu et al. 2013):
// (w / want-01 :ARG0 (b / boy) :ARG1 (g / go-02 :ARG0 b)).
//
// The grammar is that of Goodman 2020 ("Penman: an open-source library and tool for AMR graphs"). The only npm package for it,
// penman-js 2.0.2, has six dependencies, five of them lodash's discontinued packages of single functions.

import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import type { Branch, GraphNode } from "./graph.ts";

/** Maximum depth of nested nodes; the deepest graphs of AMR have about twenty. */
const DEEPEST = 200;

const TOKENS = /\s+|"(?:[^"\\]|\\.)*"|~(?:[a-z]\.?)?\d+(?:,\d+)*|:[^\s()/:~"]*|[()/]|[^\s()/:~"]+/gy;

/** The graph's root. Alignments (~e.4) are left out. Throws an InputError without a place if the text is not a graph. */
export function parsePenman(text: string): GraphNode {
  const tokens = new Tokens(text);
  const root = nodeOf(tokens, 0);
  const after = tokens.next();
  if (after !== undefined) throw broken(`${quoted(after)} follows the end of the graph`);
  return root;
}

function nodeOf(tokens: Tokens, depth: number): GraphNode {
  if (depth > DEEPEST) throw broken(`nodes are nested more than ${DEEPEST} deep`);
  tokens.take("(");
  const variable = tokens.symbol("a variable");
  let concept = "";
  if (tokens.peek() === "/") {
    tokens.next();
    concept = tokens.symbol("a concept");
  }
  const branches: Branch[] = [];
  while (tokens.peek()?.startsWith(":")) {
    const role = tokens.next()!;
    const target = tokens.peek() === "(" ? nodeOf(tokens, depth + 1) : tokens.symbol(`the target of ${quoted(role)}`);
    branches.push({ role, target });
  }
  tokens.take(")");
  return { variable, concept, branches };
}

class Tokens {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    TOKENS.lastIndex = 0;
    while (TOKENS.lastIndex < text.length) {
      const from = TOKENS.lastIndex;
      const token = TOKENS.exec(text)?.[0];
      if (token === undefined) throw broken(`${quoted(text.slice(from, from + 20))} is not part of a graph`);
      if (!/^[\s~]/.test(token)) this.#tokens.push(token);
    }
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): string | undefined {
    return this.#tokens[this.#at++];
  }

  take(wanted: string): void {
    const token = this.next();
    if (token !== wanted) throw broken(`${found(token)} where "${wanted}" should be`);
  }

  symbol(what: string): string {
    const token = this.next();
    if (token === undefined || /^[()/:]/.test(token)) throw broken(`${found(token)} where ${what} should be`);
    return token;
  }
}

const found = (token: string | undefined) => (token === undefined ? "the graph ends" : `${quoted(token)} is`);

const broken = (what: string) =>
  new InputError(`the graph is not in PENMAN notation: ${what}`, {}, "write it like (s / sleep-01 :ARG0 (c / cat))");
