#!/usr/bin/env node
// The command line `masklens`: finds the command, runs it, and turns the outcome into an exit code and one sentence.

import { version } from "../../package.json";
import { InputError, messageOf } from "../errors.ts";
import { codeOf, explained } from "../files.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";
import { Stopped } from "../worker/errors.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, helpOf } from "./command.ts";
import { stopCode } from "./signals.ts";
import { standardStreams } from "./streams.ts";
import { print, type Terminal } from "./terminal.ts";

/** Loaded on demand, so that `info` does not load what only training needs. */
const COMMANDS: Record<string, () => Promise<{ readonly command: Command }>> = {
  train: () => import("./train.ts"),
  evaluate: () => import("./evaluate.ts"),
  predict: () => import("./texts/predict.ts"),
  which: () => import("./texts/which.ts"),
  info: () => import("./info.ts"),
  diff: () => import("./diff.ts"),
  import: () => import("./import.ts"),
  combine: () => import("./analyses/combine.ts"),
  pack: () => import("./analyses/pack.ts"),
  effect: () => import("./analyses/effect.ts"),
  attention: () => import("./analyses/attention.ts"),
  landscape: () => import("./analyses/landscape.ts"),
  represent: () => import("./analyses/represent.ts"),
  initialize: () => import("./analyses/initialize.ts"),
  reinitialize: () => import("./analyses/reinitialize.ts"),
  bitdelta: () => import("./bitdelta.ts"),
  export: () => import("./export.ts"),
  study: () => import("./study/study.ts"),
  devices: () => import("./devices.ts"),
  demo: () => import("./demo.ts"),
};

const HELP = { help: { explanation: "show this help" } };

async function main(words: readonly string[], terminal: Terminal): Promise<void> {
  const [name = "--help", ...rest] = words.map((word) => (word === "-h" ? "--help" : word));
  if (name === "--version") return void print(terminal.out, `${version}\n`);
  if (name === "--help" || name === "help") {
    if (rest[0] === undefined) return void print(terminal.out, await overview());
    return main([rest[0], "--help"], terminal);
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load)
    throw new InputError(
      `unknown command ${quoted(name)}`,
      {},
      didYouMean(name, Object.keys(COMMANDS), `choose from ${Object.keys(COMMANDS).join(", ")}`),
    );
  const { command } = await load();
  const flags = { ...command.flags, ...HELP };
  const given = parseArguments(rest, flags, `masklens ${name} --help`);
  if (given.given.has("help")) print(terminal.out, helpOf({ ...command, flags }));
  else {
    const [word] = given.positionals;
    if (command.flagsOnly && word !== undefined)
      throw new InputError(`unexpected argument ${quoted(word)}`, {}, `see masklens ${name} --help`);
    await command.run(given, terminal);
  }
}

async function overview(): Promise<string> {
  const longest = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(
      async ([name, load]) => `  ${name.padEnd(longest)}  ${(await load()).command.summary}\n`,
    ),
  );
  return `masklens: train, inspect and compare binary masks over frozen language models

Commands
${lines.join("")}
masklens COMMAND --help explains a command with examples. Start with: masklens demo
`;
}

/** The exit code for an error: 2 for bad input, 130, 143 or 129 if stopped by a signal, 1 for anything else. */
function exitCode(error: unknown): number {
  if (error instanceof InputError) return 2;
  return error instanceof Stopped ? stopCode() : 1;
}

/** If the system runs out of file handles or memory, the file that failed may be this program's own, so it is not named. */
function known(error: unknown): unknown {
  return ["EMFILE", "ENFILE", "ENOMEM"].includes(codeOf(error)) ? explained(error, "") : error;
}

function tell(error: unknown): void {
  print(process.stderr, `masklens: ${messageOf(error)}\n`);
  if (process.env.MASKLENS_DEBUG && error instanceof Error) print(process.stderr, `${error.stack}\n`);
}

// Unexpected errors are also reported in one sentence. This event includes unhandled rejections.
process.on("uncaughtException", (thrown) => {
  const error = known(thrown);
  tell(error);
  process.exit(exitCode(error));
});

const terminal = standardStreams();
try {
  await main(process.argv.slice(2), terminal);
} catch (thrown) {
  const error = known(thrown);
  tell(error);
  process.exitCode = exitCode(error);
}
