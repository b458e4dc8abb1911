// Turns options into flags: makes a flag and its help from an option's schema, and reads the option's value from the
// flag's text.

import { core, defOf, explanationOf, type Schema, wordsOf } from "../schema.ts";
import { type Flag, type Flags, flagName } from "./arguments.ts";

/** A flag for each option, with the option's explanation. */
export function optionFlags(options: Readonly<Record<string, Schema>>): Flags {
  return Object.fromEntries(Object.entries(options).map(([key, schema]) => [flagName(key), flagOf(schema)]));
}

function flagOf(schema: Schema): Flag {
  const explanation = explanationOf(schema);
  if (core(schema).type === "boolean") return { explanation };
  const def = defOf(schema);
  const initial = def.type === "default" ? def.defaultValue : null;
  const shown = initial === null ? "" : ` (default ${[initial].flat().join(",")})`;
  return { value: placeholder(wordsOf(schema).expected), explanation: `${explanation}${shown}` };
}

/** The placeholder of a flag's value, from the values that it accepts: "DIR", "N", "a|b|c". */
function placeholder(expected: string): string {
  if (/ or /.test(expected) && !/number/.test(expected))
    return expected
      .replace(/, (or )?| or /g, "|")
      .replace(/\(.*?\)/, "")
      .trim();
  if (/=/.test(expected)) return expected;
  if (/folder/.test(expected)) return "DIR";
  if (/file/.test(expected)) return "FILE";
  if (/whole number/.test(expected)) return "N";
  if (/number/.test(expected)) return "X";
  return /^any of/.test(expected) ? "LIST" : "TEXT";
}

/** Parses a flag's text into a JSON value. The schema checks whether it is allowed. */
export function fromText(schema: Schema, text: string): unknown {
  if (text === "none" && takesNull(schema)) return null;
  const def = core(schema);
  if (def.type === "boolean") return true;
  if (def.type === "array") return text.split(",").map((part) => part.trim());
  if (def.type === "object") return groupOf(def.shape, text);
  if (def.type === "union")
    return def.options.map((option) => fromText(option, text)).find((value) => value !== text) ?? text;
  return def.type === "number" && text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** Parses a group of options, such as "target=0.5,schedule=cubic". */
function groupOf(members: Readonly<Record<string, Schema>>, text: string): object {
  const pairs = text.split(",").map((part) => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(part) ?? [part, part, ""]);
  return Object.fromEntries(
    pairs.map(([, key, value]) => [key!, Object.hasOwn(members, key!) ? fromText(members[key!]!, value!) : value]),
  );
}

function takesNull(schema: Schema): boolean {
  const def = defOf(schema);
  return def.type === "nullable" || ("innerType" in def && takesNull(def.innerType));
}
