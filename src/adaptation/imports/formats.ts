// The formats in which other programs keep masks, or what masks are made from: which one a file is in, and how it becomes bits.

import { InputError } from "../../errors.ts";
import { listed } from "../../model/weights/pretrained.ts";
import { type Arrays, UNNAMED } from "./arrays.ts";
import { readMovement, readPacked, readPlain, readPrune, readScores } from "./masks.ts";
import type { Part, Sorted } from "./named.ts";
import { MASK_PARTS, nameIn, type Reading, type ReadMasks, type Source, WEIGHT_PARTS } from "./reading.ts";
import { readWeights } from "./weights.ts";

interface Format {
  /** A noun phrase for messages. */
  readonly holds: string;
  readonly options: readonly (keyof Reading)[];
  readonly read: (from: Source) => Promise<ReadMasks>;
}

const FORMATS = {
  movement: {
    holds: "scores of movement pruning (mask_scores)",
    options: ["threshold", "pruningMethod"],
    read: readMovement,
  },
  prune: { holds: "masks of torch.nn.utils.prune (weight_orig, weight_mask)", options: [], read: readPrune },
  scores: { holds: "real-valued mask scores (weight_mask)", options: ["threshold"], read: readScores },
  plain: { holds: "zeros and ones", options: ["invert"], read: readPlain },
  packed: { holds: "one array of packed bits", options: ["invert"], read: readPacked },
  weights: { holds: "weights", options: ["zeros", "moved", "over", "threshold", "pruningMethod"], read: readWeights },
} satisfies Record<string, Format>;

/** The names of the options on the command line, for messages. */
const FLAGS: Record<keyof Reading, string> = {
  threshold: "--threshold",
  pruningMethod: "--pruning-method",
  zeros: "--zeros",
  moved: "--moved",
  over: "--over",
  invert: "--invert",
};

/** The options as words of the command line. */
export const wordsOf = (reading: Reading): string[] =>
  givenIn(reading).flatMap((option) =>
    reading[option] === true ? [FLAGS[option]] : [FLAGS[option], String(reading[option])],
  );

const givenIn = (reading: Reading) =>
  (Object.keys(FLAGS) as (keyof Reading)[]).filter(
    (option) => reading[option] !== undefined && reading[option] !== false,
  );

/**
 * The masks in a file. Throws an InputError if it is in none of the formats or could be in several, if an option that decides is
 * missing or is not one of the format's, and for arrays of the wrong shape.
 */
export async function readMasks(from: Source): Promise<ReadMasks> {
  const format: Format = FORMATS[await formatOf(from)];
  const { file } = from.source;
  const alien = givenIn(from.reading).find((option) => !format.options.includes(option));
  if (alien)
    throw new InputError(
      `it contains ${format.holds}, to which ${FLAGS[alien]} does not apply`,
      { file },
      `omit ${FLAGS[alien]}`,
    );
  return format.read(from);
}

async function formatOf({ source, sorted, reading }: Source): Promise<keyof typeof FORMATS> {
  const { file, arrays } = source;
  const has = (part: Part) => sorted.matrices.some(({ parts }) => parts.has(part));
  if (!sorted.matrices.length) {
    const [only] = arrays.values();
    if (arrays.size === 1 && only!.type === "U8" && only!.shape.length === 1) return "packed";
    if (arrays.has(UNNAMED))
      throw new InputError(
        `it contains an array of ${only!.type} [${only!.shape.join(", ")}] without a name, which is not packed bits (U8 with one axis)`,
        { file },
        "save arrays under the names of the weights with numpy.savez",
      );
    throw new InputError(
      arrays.size
        ? `none of its arrays is named like a matrix of the base model (it contains ${listed([...arrays.keys()])})`
        : "it contains no arrays",
      { file },
      `name the arrays like the weights, such as ${sorted.all[0]!.name}.weight, and check that --model is the right base model`,
    );
  }
  if (has("mask_scores") && (has("weight_mask") || has("weight_orig")))
    throw new InputError(
      "it contains both mask_scores and weight_mask, so it is unclear which are the masks",
      { file },
      "save only those that count",
    );
  if (has("mask_scores")) return "movement";
  if (has("weight_orig")) return "prune";
  const { threshold, zeros, moved, pruningMethod } = reading;
  if (has("weight_mask") || has("mask"))
    return threshold === undefined && (await areBinary(source, namesOf(sorted, MASK_PARTS))) ? "plain" : "scores";
  if (zeros || moved !== undefined || pruningMethod) return "weights";
  return (await areBinary(source, namesOf(sorted, WEIGHT_PARTS))) ? "plain" : "weights";
}

/** Whether the arrays are zeros and ones: all of their values, or if any has a type that neither scores nor weights have. */
async function areBinary(source: Arrays, names: readonly string[]): Promise<boolean> {
  if (names.some((name) => !["F64", "F32", "F16", "BF16"].includes(source.arrays.get(name)!.type))) return true;
  for (const name of names) if (!(await source.values(name)).every((value) => value === 0 || value === 1)) return false;
  return true;
}

const namesOf = ({ matrices }: Sorted, wanted: readonly Part[]): string[] =>
  matrices.flatMap(({ parts }) => nameIn(parts, wanted) ?? []);
