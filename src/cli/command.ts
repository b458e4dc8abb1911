// The interface of a `masklens` command, and its help text.

import type { Arguments, Flags } from "./arguments.ts";
import { type Terminal, wrap } from "./terminal.ts";

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Usage lines, without the leading "masklens". */
  readonly usage: readonly string[];
  /** What the command does, in sentences. */
  readonly about: string;
  readonly flags: Flags;
  /** Example commands, each with a description. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Whether positional arguments are refused. */
  readonly flagsOnly?: boolean;
  run(given: Arguments, terminal: Terminal): Promise<void>;
}

export const JSON_FLAG = { explanation: "print one JSON document and nothing else on standard output" } as const;
export const MODEL_FLAG = { value: "DIR", explanation: "folder of the base model, if it has moved" } as const;
export const DEVICE_FLAG = { value: "DEVICE", explanation: "auto, cpu, webgpu, cuda:0 … (default auto)" } as const;
export const MEMORY_FLAG = {
  value: "SIZE",
  explanation: "memory that may be used, such as 64GB (default: what is available)",
} as const;

/** The width of help texts. */
const WIDTH = 100;
/** A flag longer than this gets its own line, so that a flag with many choices leaves room for the explanations. */
const LONGEST = 28;

export function helpOf({ usage, about, flags, examples }: Command): string {
  const names = Object.entries(flags).map(([name, { value, explanation }]) => ({
    left: `  --${name}${value ? ` ${value}` : ""}`,
    explanation,
  }));
  const lengths = names.map(({ left }) => left.length).filter((length) => length <= LONGEST);
  const indent = Math.max(4, ...lengths) + 2;
  return [
    ...usage.map((line) => `masklens ${line}`),
    "",
    ...wrap(about, WIDTH),
    ...(names.length ? ["", "Flags"] : []),
    ...names.flatMap(({ left, explanation }) => {
      const lines = wrap(explanation, WIDTH - indent).map((line) => " ".repeat(indent) + line);
      return left.length > LONGEST
        ? [left, ...lines]
        : [left.padEnd(indent) + lines[0]!.slice(indent), ...lines.slice(1)];
    }),
    ...(examples.length ? ["", "Examples"] : []),
    ...examples.flatMap(([command, what]) => [`  ${command}`, ...wrap(what, WIDTH - 6).map((line) => `      ${line}`)]),
    "",
  ].join("\n");
}
