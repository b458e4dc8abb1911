// The command line's words against a table of flags: what is not in the table is refused with what was perhaps meant.

import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";

/** One flag, `--name`. */
export interface Flag {
  /** What stands for its value in help: "N", "FILE"; none for a switch. */
  readonly value?: string;
  readonly explanation: string;
  /** Whether all words up to the next flag are its values, and it may be given more than once. */
  readonly many?: true;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What was given. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The texts of the flags with a value, "" of the switches. A flag that was given twice has the last one. */
  readonly given: ReadonlyMap<string, string>;
  /** All values of the flags that take many, in order. */
  readonly many: ReadonlyMap<string, readonly string[]>;
}

/** InputError for an unknown flag, a flag without its value, and a switch with one. `help` names the way to the help. */
export function parseArguments(words: readonly string[], flags: Flags, help: string): Arguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
    ),
    strict: false, // its own messages know no suggestions
    tokens: true,
    allowPositionals: true,
  });
  const given = new Map<string, string>();
  const many = new Map<string, string[]>();
  const positionals: string[] = [];
  /** Where words go that belong to no flag by themselves. */
  let target = positionals;
  for (const token of tokens) {
    if (token.kind === "positional") target.push(token.value);
    if (token.kind === "option-terminator") target = positionals;
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name]! : undefined;
    if (!flag)
      throw new InputError(
        `there is no flag ${rawName}`,
        {},
        didYouMean(name, Object.keys(flags), `see ${help}`).replace(/"([^"]+)"/, '"--$1"'),
      );
    if (flag.value && (value === undefined || (!inlineValue && value.startsWith("--"))))
      throw new InputError(`${rawName} needs a value`, {}, `write ${rawName} ${flag.value}`);
    if (!flag.value && value !== undefined)
      throw new InputError(`${rawName} takes no value`, {}, `write ${rawName} alone`);
    given.set(name, value ?? "");
    target = positionals;
    if (!flag.many) continue;
    target = many.get(name) ?? [];
    target.push(value!);
    many.set(name, target);
  }
  return { positionals, given, many };
}

/** "learningRate" as a flag's name: "learning-rate". */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
