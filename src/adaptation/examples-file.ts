// Writes the lines of evaluated examples to a file, and knows where each line begins.

import { writeAtomic } from "../files.ts";
import { tick } from "../pulse.ts";
import { confidenceOf, type GeneratedLined, generatedLineOf, type Lined, lineOf, lossOf } from "./example-lines.ts";

/** An adaptation's examples in numbers: E examples, U words, sentences or examples, each with a label. */
export interface ExampleNumbers {
  /** [E + 1]: the labels of example i are those from starts[i] up to, but not including, starts[i + 1]. */
  readonly starts: Uint32Array;
  /** [U]: indices of labels. */
  readonly targets: Int32Array;
  /** [U]: −1 for words that the model did not see. */
  readonly predictions: Int32Array;
  /** [E]: the mean over the example's predictions; NaN if it has none. */
  readonly losses: Float32Array;
  /** [E]: the lowest one of the example's predictions; NaN if it has none. */
  readonly confidences: Float32Array;
  /** [E + 1]: where the example's line begins in the file, in bytes, and where the last one ends. */
  readonly lines: Float64Array;
}

/** Of an adaptation whose task has no labels. */
export const NO_EXAMPLES: ExampleNumbers = {
  ...{ starts: new Uint32Array(1), targets: new Int32Array(0), predictions: new Int32Array(0) },
  ...{ losses: new Float32Array(0), confidences: new Float32Array(0), lines: new Float64Array(1) },
};

/** The number of lines written at a time. */
const AT_ONCE = 256;

/**
 * Writes one line for each adaptation and example, adaptation by adaptation; the file is replaced as a whole. Throws an
 * InputError if it cannot be written.
 */
export async function writeExamples(
  file: string,
  all: readonly (Lined | GeneratedLined)[],
  most: number,
): Promise<ExampleNumbers[]> {
  const lines = all.map(({ examples }) => new Float64Array(examples.length + 1));
  await writeAtomic(file, chunksOf(all, lines, most));
  return all.map((lined, i) => {
    if (!("units" in lined)) return NO_EXAMPLES;
    const { units, examples } = lined;
    const { starts, targets, predictions } = units;
    return {
      ...{ starts, targets, predictions, lines: lines[i]! },
      losses: Float32Array.from(examples, (_, example) => lossOf(units, example)),
      confidences: Float32Array.from(examples, (_, example) => confidenceOf(units, example)),
    };
  });
}

function* chunksOf(
  all: readonly (Lined | GeneratedLined)[],
  lines: readonly Float64Array[],
  most: number,
): Generator<Uint8Array, void> {
  let position = 0;
  for (const [a, lined] of all.entries()) {
    const begins = lines[a]!;
    for (let from = 0; from < lined.examples.length; from += AT_ONCE) {
      const texts: Buffer[] = [];
      for (let example = from; example < Math.min(lined.examples.length, from + AT_ONCE); example++) {
        const text = Buffer.from(
          `${JSON.stringify("units" in lined ? lineOf(lined, example, most) : generatedLineOf(lined, example))}\n`,
        );
        begins[example] = position;
        position += text.length;
        texts.push(text);
      }
      tick();
      yield Buffer.concat(texts);
    }
    begins[lined.examples.length] = position;
  }
}
