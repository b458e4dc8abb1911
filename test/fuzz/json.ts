// Edits of a JSON text as a tree: replaces values by hostile ones; drops, duplicates, renames and moves keys and
// entries.

import { parseJson } from "../../src/json-text.ts";
import { mutateBytes } from "./bytes.ts";
import { type Draw, HOSTILE_NUMBERS, HOSTILE_STRINGS } from "./draw.ts";

/** Text that is written verbatim where JSON.stringify would change it: "1e309", a duplicate key, deep nesting. */
class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Tree = Record<string, unknown> | unknown[];

/**
 * The JSON text `bytes` after some edits, sometimes of its bytes instead of its tree. `known` are keys and words of the
 * format.
 */
export function mutateJson(draw: Draw, bytes: Uint8Array, known: readonly string[] = []): Uint8Array {
  if (draw.chance(0.15)) return mutateBytes(draw, bytes);
  let root: unknown;
  try {
    root = parseJson(Buffer.from(bytes).toString("utf8")); // also for a line that was already changed
  } catch {
    return mutateBytes(draw, bytes);
  }
  return Buffer.from(print(mutateTree(draw, root, known)));
}

/** A JSON value after one to three edits; the result is to be printed by `print`. */
export function mutateTree(draw: Draw, value: unknown, known: readonly string[] = []): unknown {
  let root = copyOf(value);
  for (let edits = 1 + draw.below(3); edits > 0; edits--) root = edit(draw, root, known);
  return root;
}

function edit(draw: Draw, root: unknown, known: readonly string[]): unknown {
  const trees = draw.chance(0.5) ? shallow(root) : all(root);
  if (!trees.length || draw.chance(0.02)) return hostile(draw, root, known);
  const tree = draw.pick(trees);
  const keys = Object.keys(tree);
  const key = draw.pick(keys.length ? keys : ["0"]);
  const at = tree as Record<string, unknown>;
  const set = (name: string, value: unknown) =>
    Object.defineProperty(tree, name, { value, enumerable: true, writable: true, configurable: true });
  draw.one<unknown>(
    () => set(key, hostile(draw, root, known)),
    () => set(key, hostile(draw, at[key], known)),
    () => set(key, near(draw, at[key])),
    () => {
      if (Array.isArray(tree)) tree.splice(draw.below(tree.length), 1);
      else delete at[key];
    },
    () => {
      if (Array.isArray(tree))
        tree.splice(draw.below(tree.length), 0, ...tree.slice(draw.below(tree.length)).slice(0, 20));
      else set(draw.pick([...HOSTILE_STRINGS, ...known]), at[key]);
    },
    () => {
      if (Array.isArray(tree)) tree.push(hostile(draw, root, known));
      else set(draw.pick([...HOSTILE_STRINGS, ...known]), hostile(draw, root, known));
    },
    () => set(key, copyOf(at[draw.pick(keys.length ? keys : ["0"])])),
    () => set(key, copyOf(draw.pick(trees))), // from elsewhere in the document
    () => {
      if (Array.isArray(tree)) tree.length = Math.min(tree.length, draw.below(3));
      else for (const name of keys) if (draw.chance(0.5)) delete at[name];
    },
  );
  return root;
}

/** A value that is slightly wrong. */
function near(draw: Draw, value: unknown): unknown {
  if (typeof value === "number")
    return draw.pick([value + 1, value - 1, -value, value * 1000, value / 3, new Raw(`${value}e5`)]);
  if (typeof value === "boolean") return !value;
  if (typeof value === "string")
    return draw.pick([
      value.toUpperCase(),
      `${value} `,
      value.slice(1),
      value + value,
      value.replace(/\w/, "\0"),
      [value],
    ]);
  if (Array.isArray(value))
    return draw.pick([value.concat(value), value.slice(1), value.toReversed(), { ...value }, value[0]]);
  if (typeof value === "object" && value !== null)
    return draw.pick([Object.entries(value), Object.values(value), [value]]);
  return draw.pick([0, "", [], {}]);
}

const DEPTHS = [3, 100, 2000, 20_000];

function hostile(draw: Draw, old: unknown, known: readonly string[]): unknown {
  return draw.one<unknown>(
    () => new Raw(draw.pick(HOSTILE_NUMBERS)),
    () => new Raw(draw.pick(HOSTILE_NUMBERS)),
    () => draw.pick(HOSTILE_STRINGS),
    () => draw.pick(known.length ? known : HOSTILE_STRINGS),
    () => draw.pick<unknown>([null, true, false, [], {}, [null], [[]], [{}], { "": null }]),
    () => new Raw(draw.pick(["NaN", "Infinity", "undefined", "'a'", "0x10", "01", "-", "//"])),
    () => {
      const depth = draw.pick(DEPTHS);
      const [open, close] = draw.pick([
        ["[", "]"],
        ['{"a":', "}"],
      ] as const);
      return new Raw(open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth));
    },
    () => new Raw(`[${"0,".repeat(draw.pick([10, 1000, 20_000]))}0]`),
    () => new Raw(`{"a":1,"a":${draw.pick(HOSTILE_NUMBERS)}}`),
    () => ({ __proto__: null, toString: 1, constructor: { prototype: 1 }, length: 1e9 }),
    () => (typeof old === "string" ? old.repeat(50).slice(0, 5000) : [copyOf(old), copyOf(old)]),
    () => Object.fromEntries(Array.from({ length: draw.pick([2, 100, 2000]) }, (_, i) => [`k${i}`, i])),
  );
}

/** The objects and lists near the top, which most readers check. */
function shallow(root: unknown): Tree[] {
  if (!isTree(root)) return [];
  const children = Object.values(root).filter(isTree);
  return [root, root, ...children.slice(0, 50)];
}

function all(root: unknown): Tree[] {
  const found: Tree[] = [];
  const open = [root];
  while (open.length && found.length < 2000) {
    const value = open.pop();
    if (!isTree(value)) continue;
    found.push(value);
    open.push(...Object.values(value).slice(0, 1000));
  }
  return found;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !(value instanceof Raw);
}

/** Copies a value, including raw text and keys with a special meaning in assignments. */
function copyOf(value: unknown): unknown {
  if (!isTree(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]));
}

/** Like JSON.stringify, with raw text written verbatim. */
export function print(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${Array.from(value, print).join(",")}]`;
  if (isTree(value))
    return `{${Object.entries(value)
      .map(([key, entry]) => `${JSON.stringify(key)}:${print(entry)}`)
      .join(",")}}`;
  return JSON.stringify(value) ?? "null";
}
