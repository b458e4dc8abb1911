// docs/memory.md.

import { fixed } from "../../../src/numbers.ts";
import { markdown } from "../markdown.ts";

interface Both {
  readonly half: number;
  readonly wide: number;
}

/** The same work over weights in half precision and over the same weights as float32. */
export interface Compared {
  readonly model: string;
  readonly what: string;
  readonly milliseconds: Both;
  /** The median of the ratios of the rounds. */
  readonly ratio: number;
  /** Of the processes' peaks. */
  readonly megabytes: Both;
}

/** In MB. */
export interface Estimated {
  readonly what: string;
  readonly estimated: number;
  readonly measured: number;
}

interface Given {
  readonly processor: string;
  readonly rounds: number;
  readonly compared: readonly Compared[];
  readonly estimated: readonly Estimated[];
}

/** The most that an estimate may be off. */
const GOAL = 0.2;

const both = ({ half, wide }: Both, digits: number) => `${fixed(half, digits)} / ${fixed(wide, digits)}`;

function comparisonText({ rounds, compared }: Pick<Given, "rounds" | "compared">): string[] {
  return [
    `Median of ${rounds} processes each, alternating, whose threads blocked while they waited (MASKLENS_SPINNING=0): half precision / the same values as float32.`,
    "",
    ...markdown(
      ["model", "work", "ms", "ratio of times", "peak, MB", "saved, MB"],
      compared.map(({ model, what, milliseconds, ratio, megabytes }) => [
        ...[model, what, both(milliseconds, 0), fixed(ratio, 2), both(megabytes, 0)],
        fixed(megabytes.wide - megabytes.half, 0),
      ]),
    ),
  ];
}

export function pageOf(given: Given): string {
  const off = given.estimated.map(({ estimated, measured }) => estimated / measured - 1);
  const worst = Math.max(...off.map(Math.abs));
  return [
    "# Memory",
    "",
    `Made by \`npm run bench size\` (${given.processor.trim()}). 1 MB is 2²⁰ bytes; peaks are the largest resident memory of a process (VmHWM), with Node and ONNX Runtime.`,
    "",
    "## Weights in half precision",
    "",
    "On the CPU, matrices that a model's files store as float16 or bfloat16 stay so in memory, as long as they are not trained themselves. Graphs widen them to float32 where they compute: of embedding tables only the rows of a batch's tokens, of matrices one after another. float32 has all values of both types, so every number is the same as with weights in float32, bit by bit (`test/program/size/half.test.ts`). Scores, moments and everything that is trained directly are float32, and so are vectors, which would save nothing that counts, frozen matrices whose widened values a step would hold beside them until its backward pass, and everything on a GPU.",
    "",
    ...(given.compared.length ? comparisonText(given) : ["What this saves and costs was not measured yet."]),
    "",
    "## Estimates",
    "",
    "`masklens train` estimates the memory of a run before it reads the weights, from the headers of the files, the options and the length of the longest example, and refuses a run that needs more than there is. It counts weights, scores, moments and gradients as they are allocated, and what the graph of a step over the largest batch has between its inputs and outputs at its peak, in the graph's order. Tables of random numbers are counted whole, although a short run draws only a part of them. On the CPU it then takes that memory at once, in one piece: ONNX Runtime's arena keeps what it has got, and would take new memory for most tensors of each batch that is longer than all before. Below, the estimate of runs of four steps and three evaluations, and their peaks.",
    "",
    ...markdown(
      ["run", "estimated, MB", "measured, MB", "off by"],
      given.estimated.map(({ what, estimated, measured }, i) => [
        ...[what, fixed(estimated, 0), fixed(measured, 0)],
        `${off[i]! > 0 ? "+" : ""}${fixed(100 * off[i]!, 0)} %`,
      ]),
    ),
    "",
    `Goal: at most ${100 * GOAL} % off: ${worst <= GOAL ? "holds" : "**does not hold**"}.`,
    "",
    "On a GPU, the estimate is that of the computer's own memory, not of the GPU's; a batch for which the GPU has too little is divided.",
    "",
  ].join("\n");
}
