// The time of an answer when each comes from another mask than the last, beside answers of one mask.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Loaded } from "../../../src/adaptation/loaded.ts";
import { readMask } from "../../../src/adaptation/read.ts";
import { encodeTuned } from "../../../src/mask/file.ts";

/** 32 tokens, with the special ones, in the vocabulary of BERT. */
const TEXT =
  "It is a film that one does not easily forget, with two fine actors in it and a long story that takes its time to reach the end.";

/** Rounds: as many of the masks, evenly spaced, answer once. */
const ROUNDS = 301;

/** Milliseconds: the lower quartile, the median and the upper quartile. */
export type Quartiles = readonly [number, number, number];

export interface Times {
  readonly tokens: number;
  readonly masks: number;
  readonly rounds: number;
  /** Each answer by the mask that gave the last one. */
  readonly same: Quartiles;
  /** Each answer by another mask than the last. */
  readonly other: Quartiles;
  /** other / same, round by round. */
  readonly ratio: Quartiles;
  /** The 95 % interval of its median. */
  readonly interval: readonly [low: number, high: number];
  /** The same tensors without masks. */
  readonly unmasked: Quartiles;
}

function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.25), at(0.5), at(0.75)];
}

/** The 95 % interval of the median, by order statistics (the normal approximation of a binomial count). */
function medianInterval(values: readonly number[]): Times["interval"] {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.floor((values.length - 1.96 * Math.sqrt(values.length)) / 2);
  return [sorted[rank - 1]!, sorted.at(-rank)!];
}

/** The adaptation of a mask's file with its tensors alone. */
async function unmaskedOf(file: string, folder: string): Promise<string> {
  const { metadata, tensors } = await readMask(file);
  const target = path.join(folder, `${path.basename(file).split(".")[0]}.tuned.safetensors`);
  writeFileSync(target, Buffer.concat(await encodeTuned({ metadata: { ...metadata, initial: null }, tensors })));
  return target;
}

/** `files`: all masks, of which the first `real` are real, and the others are of the same tasks in turn. */
export async function timesOf(files: readonly string[], real: number, folder: string): Promise<Times> {
  const loaded = new Loaded();
  const unmasked: string[] = [];
  for (const file of files.slice(0, real)) unmasked.push(await unmaskedOf(file, folder));
  await loaded.load([...files, ...unmasked], {}, "cpu");
  let tokens = 0;
  const timed = async (file: string) => {
    const start = performance.now();
    for await (const { pieces } of loaded.predict([TEXT], undefined, [file])) tokens = pieces.length;
    return performance.now() - start;
  };
  for (const file of [...files.slice(0, real), ...unmasked]) await timed(file); // compiles each graph
  const times: Record<"same" | "other" | "unmasked", number[]> = { same: [], other: [], unmasked: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const task = round % real;
    times.unmasked.push(await timed(unmasked[task]!));
    await timed(files[task]!);
    times.same.push(await timed(files[task]!));
    times.other.push(await timed(files[real + Math.floor((round * (files.length - real)) / ROUNDS)]!));
  }
  await loaded.load([], {}, "cpu");
  const ratios = times.other.map((time, i) => time / times.same[i]!);
  assert.equal(tokens, 32);
  return {
    ...{ tokens, masks: files.length, rounds: ROUNDS },
    same: quartilesOf(times.same),
    other: quartilesOf(times.other),
    ...{ ratio: quartilesOf(ratios), interval: medianInterval(ratios) },
    unmasked: quartilesOf(times.unmasked),
  };
}
