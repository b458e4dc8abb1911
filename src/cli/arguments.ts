// Parses the command line against a table of flags. An unknown flag is an error with a suggestion.

import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";

/** One flag, `--name`. */
export interface Flag {
  /** The placeholder for the flag's value in help, such as "N" or "FILE"; absent for a switch. */
  readonly value?: string;
  readonly explanation: string;
  /** Takes every word up to the next flag as a value, and may be repeated. */
  readonly many?: true;
  /** May be repeated, with one value each time. */
  readonly repeats?: true;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The parsed command line. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** Flag values as text, "" for switches. If a flag is repeated, the last value wins. */
  readonly given: ReadonlyMap<string, string>;
  /** For flags that take several values or may be repeated, all values in order. */
  readonly many: ReadonlyMap<string, readonly string[]>;
}

/**
 * Throws an InputError for an unknown flag, a flag without its value, and a switch with one. `help` is the command that
 * prints the help.
 */
export function parseArguments(words: readonly string[], flags: Flags, help: string): Arguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
    ),
    strict: false, // its own error messages make no suggestions
    tokens: true,
    allowPositionals: true,
  });
  const given = new Map<string, string>();
  const many = new Map<string, string[]>();
  const positionals: string[] = [];
  /** Where words that are not flags are collected. */
  let target = positionals;
  for (const token of tokens) {
    if (token.kind === "positional") target.push(token.value);
    if (token.kind === "option-terminator") target = positionals;
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name]! : undefined;
    if (!flag)
      throw new InputError(
        `unknown flag ${rawName}`,
        {},
        didYouMean(name, Object.keys(flags), `see ${help}`).replace(/"([^"]+)"/, '"--$1"'),
      );
    if (flag.value && (value === undefined || (!inlineValue && value.startsWith("--"))))
      throw new InputError(`${rawName} needs a value`, {}, `write ${rawName} ${flag.value}`);
    if (!flag.value && value !== undefined)
      throw new InputError(`${rawName} takes no value`, {}, `write ${rawName} alone`);
    given.set(name, value ?? "");
    target = positionals;
    if (!flag.many && !flag.repeats) continue;
    const values = many.get(name) ?? [];
    values.push(value!);
    many.set(name, values);
    if (flag.many) target = values;
  }
  return { positionals, given, many };
}

/** "learningRate" as a flag's name: "learning-rate". */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
