// masklens initialize: writes a base model with random weights, to be trained from nothing.

import path from "node:path";
import { NEW_FAMILIES, type NewFamily, type NewFamilyName } from "../../adaptation/initialize/families.ts";
import { type InitializeOptions, initialize } from "../../adaptation/initialize/initialize.ts";
import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import { type Command, JSON_FLAG } from "../command.ts";
import { integerOf, oneOf, outOf } from "../flag-values.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

const NAMES = Object.keys(NEW_FAMILIES) as NewFamilyName[];
/** The special tokens and the bytes. */
const FEWEST_TOKENS = 260;

export const command: Command = {
  summary: "write a base model with random weights, to be trained from nothing",
  usage: ["initialize --family NAME (--task FILE | --texts FILE) --out DIR [flags]"],
  about:
    "Writes a model folder in the Hub's layout: config.json, a tokenizer (byte-level byte-pair encoding, trained on the training texts of a task or on a text file), and weights as transformers initializes them, drawn from the seed. Train it with --method finetune on a language or generation task and export the result; the exported folder is a base model for masks.",
  flags: {
    family: { value: "NAME", explanation: `${NAMES.join(", ")} (an encoder–decoder)` },
    task: { value: "FILE", explanation: "task file; its training texts train the tokenizer" },
    texts: { value: "FILE", explanation: "text file that trains the tokenizer, instead of a task" },
    out: { value: "DIR", explanation: "a new or empty folder" },
    "hidden-size": { value: "N", explanation: "width of the hidden states (default 128)" },
    layers: { value: "N", explanation: "layers, of T5 in each stack (default 4)" },
    heads: { value: "N", explanation: "attention heads; they divide the hidden size (default 4)" },
    "key-value-heads": { value: "N", explanation: "heads of keys and values, of Llama (default: as many as heads)" },
    "intermediate-size": {
      value: "N",
      explanation: "width of the feed-forward network (default 4 hidden sizes, of Llama 8/3)",
    },
    positions: { value: "N", explanation: "longest sequence in tokens, except of T5 (default 512)" },
    "vocab-size": { value: "N", explanation: "tokens, at most; at least 260 (default 512)" },
    seed: { value: "N", explanation: "seed of the weights (default 1)" },
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens initialize --family gpt2 --task corpus.task.json --out models/new",
      "then masklens train --model models/new --task corpus.task.json --method finetune --out runs/corpus, and masklens export runs/corpus/corpus.tuned.safetensors --out models/base",
    ],
  ],
  flagsOnly: true,
  async run({ given }, terminal) {
    const found = await initialize(optionsOf(given));
    if (given.has("json")) return printJson(terminal, found);
    const { folder, architecture, parameters, vocabSize } = found;
    print(
      terminal.out,
      `${shorter(folder)}: a new ${architecture} with ${grouped(parameters)} parameters and ${grouped(vocabSize)} tokens\n`,
    );
  },
};

function optionsOf(given: ReadonlyMap<string, string>): InitializeOptions {
  if (!given.has("family"))
    throw new InputError("no family is specified", { at: "--family" }, `choose ${NAMES.join(", ")}`);
  const family = oneOf(NAMES, "family", given);
  const { sharesKeys, limitsPositions, rotates }: NewFamily = NEW_FAMILIES[family];
  const count = (flag: string, to: number, otherwise: number, from = 1) =>
    integerOf(flag, given, { from, to, otherwise });
  const [hiddenSize, heads] = [count("hidden-size", 8192, 128), count("heads", 1024, 4)];
  requireDivisor("heads", heads, hiddenSize, "the hidden size");
  if (rotates && (hiddenSize / heads) % 2)
    throw new InputError(
      `the size of a head, ${hiddenSize / heads}, is odd, but ${family} rotates pairs of its values`,
      { at: "--heads" },
      "choose sizes with an even quotient",
    );
  refuse(given, "key-value-heads", sharesKeys, `${family} has keys and values for each head`);
  refuse(given, "positions", limitsPositions, `${family} has no limit on the length of a sequence`);
  const keyHeads = given.has("key-value-heads") ? count("key-value-heads", heads, heads) : undefined;
  if (keyHeads) requireDivisor("key-value-heads", keyHeads, heads, "the number of heads");
  const feedForward = given.has("intermediate-size") ? count("intermediate-size", 65_536, 512) : undefined;
  return {
    ...{ family, hiddenSize, heads, keyHeads, feedForward, layers: count("layers", 200, 4) },
    ...{ positions: count("positions", 1_000_000, 512), vocabSize: count("vocab-size", 65_536, 512, FEWEST_TOKENS) },
    ...{ seed: count("seed", 2 ** 32 - 1, 1, 0), out: outOf(given), texts: textsOf(given) },
  };
}

function requireDivisor(flag: string, value: number, of: number, what: string): void {
  if (of % value === 0) return;
  throw new InputError(`${value} does not divide ${what}, ${of}`, { at: `--${flag}` }, "choose a divisor");
}

function refuse(given: ReadonlyMap<string, string>, flag: string, isKnown: boolean, why: string): void {
  if (given.has(flag) && !isKnown) throw new InputError(why, { at: `--${flag}` }, "omit the flag");
}

function textsOf(given: ReadonlyMap<string, string>): InitializeOptions["texts"] {
  const [task, file] = [given.get("task"), given.get("texts")];
  if ((task === undefined) === (file === undefined))
    throw new InputError(
      task === undefined ? "no texts for the tokenizer are specified" : "the task has texts of its own",
      { at: "--texts" },
      "give either --task or --texts",
    );
  return task === undefined ? { file: path.resolve(file!) } : { task: path.resolve(task) };
}
