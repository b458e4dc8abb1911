// Files of masks and of scores that decide them: torch.nn.utils.prune, maskbert, movement pruning, SMP, and plain zeros and ones.

import { isByColumn } from "../../anatomy/heads.ts";
import { InputError } from "../../errors.ts";
import { isHeadKind } from "../../kinds.ts";
import { combine } from "../../mask/algebra.ts";
import { type BitMatrix, fullBits, packBits } from "../../mask/bits.ts";
import { sum } from "../../mask/statistics.ts";
import { bytesOf } from "../../model/stored-tensor.ts";
import { grouped } from "../../numbers.ts";
import type { StoredArray } from "./arrays.ts";
import { aboveThreshold, topShare, unpacked, type Values } from "./binarize.ts";
import type { Sorted } from "./named.ts";
import {
  MASK_PARTS,
  masksFrom,
  nameIn,
  type Reading,
  type ReadMask,
  type ReadMasks,
  type Source,
  thresholdOf,
  valuesOf,
  WEIGHT_PARTS,
} from "./reading.ts";

/** Arrays named like masks that belong to no matrix of the model, nor to a pruned bias above the layers (see `topTensors`). */
function strayMasks({ others, all }: Sorted): string[] {
  const used = new Set(
    all
      .filter(({ layer, name }) => layer === null && others.has(`${name}.bias_orig`))
      .map(({ name }) => `${name}.bias_mask`),
  );
  return [...others]
    .filter(([name]) => /mask/.test(name) && !/structured_mask_expanding$/.test(name) && !used.has(name))
    .map(([, stored]) => stored);
}

function readBinary({ rows, columns, data }: Values, place: { readonly file: string; readonly at: string }): BitMatrix {
  const bad = data.findIndex((value) => value !== 0 && value !== 1);
  if (bad < 0) return packBits(data, rows, columns, 0.5);
  throw new InputError(
    `its value at [${Math.floor(bad / columns)}, ${bad % columns}] is ${data[bad]}, neither 0 nor 1`,
    place,
    "save a mask of zeros and ones",
  );
}

export async function readPrune(from: Source): Promise<ReadMasks> {
  const masks = await masksFrom(from, ["weight_mask"], readBinary);
  if (!masks.length)
    throw new InputError(
      "it contains weight_orig but no weight_mask",
      { file: from.source.file },
      "save the whole state_dict of the pruned model, which has both",
    );
  const unmasked = from.sorted.matrices.filter(({ parts }) => !parts.has("weight_mask"));
  return {
    ...{ format: "torch.nn.utils.prune", masks },
    weights: "masked",
    known: ["weight_mask is 1 where torch.nn.utils.prune keeps a weight of weight_orig, and 0 where it prunes it."],
    assumed: [],
    leftOut: [...unmasked.flatMap(({ parts }) => parts.get("weight_orig") ?? []), ...strayMasks(from.sorted)],
  };
}

const opposite = (bits: BitMatrix): BitMatrix => combine("andNot", fullBits(bits.rows, bits.columns), bits);

/** What a 1 means, which no file of bits says. */
const meaning = ({ invert }: Reading): string =>
  invert ? "1 means pruned, 0 kept (--invert)." : "1 means kept, 0 pruned (with --invert, the opposite).";

export async function readPlain(from: Source): Promise<ReadMasks> {
  const { sorted, reading } = from;
  const masksOnly = sorted.matrices.some(({ parts }) => nameIn(parts, MASK_PARTS) !== undefined);
  const masks = await masksFrom(from, masksOnly ? MASK_PARTS : WEIGHT_PARTS, readBinary);
  return {
    format: "zeros and ones",
    masks: reading.invert ? masks.map((mask) => ({ ...mask, bits: opposite(mask.bits) })) : masks,
    weights: masksOnly && sorted.matrices.some(({ parts }) => parts.has("weight")) ? "masked" : "none",
    known: ["The file contains zeros and ones under the names of weights."],
    assumed: [meaning(reading)],
    leftOut: masksOnly ? strayMasks(sorted) : [...sorted.others.values()],
  };
}

/** maskbert's default. */
const MASKBERT_THRESHOLD = 0.01;

/** Scores of Zhao et al. 2020: of each weight or, in structured masking, one for each head or for the whole matrix. */
export async function readScores(from: Source): Promise<ReadMasks> {
  const { source, sorted, reading } = from;
  const { heads } = from.base.config;
  const besideWeights = sorted.matrices.every(({ parts }) => !nameIn(parts, MASK_PARTS) || parts.has("weight"));
  if (reading.threshold === undefined && !besideWeights)
    throw new InputError(
      "it contains real-valued mask scores without the weights, so it is unclear which program wrote them",
      { file: source.file },
      `specify the threshold above which a weight is kept with --threshold (maskbert's default: ${MASKBERT_THRESHOLD})`,
    );
  const threshold = reading.threshold ?? MASKBERT_THRESHOLD;
  const masks: ReadMask[] = [];
  let byHead = false;
  for (const { matrix, parts } of sorted.matrices) {
    const name = nameIn(parts, MASK_PARTS);
    if (name === undefined) continue;
    const { rows, columns, kind } = matrix;
    const { shape } = source.arrays.get(name)!;
    const isVector = shape.length === 1;
    const hasHeads = isHeadKind(kind) && !isByColumn(kind); // maskbert has no scores by head for AO
    if (isVector && shape[0] !== 1 && !(hasHeads && shape[0] === heads))
      throw new InputError(
        `its ${shape[0]} scores are neither one for the matrix nor${hasHeads ? "" : ", in Q, K or V,"} one for each of the ${heads} heads`,
        { file: source.file, at: `tensor ${name}` },
        "choose the base model that it was made for with --model",
      );
    byHead ||= isVector && shape[0] !== 1;
    const { data } = isVector ? { data: await source.values(name) } : await valuesOf(source, name, matrix);
    const scores = isVector ? spread(data, rows, columns) : data;
    masks.push({ matrix, bits: packBits(scores, rows, columns, threshold) });
  }
  const chosen = reading.threshold === undefined ? "maskbert's default; --threshold sets another" : "--threshold";
  return {
    format: "maskbert",
    ...{ masks, weights: sorted.matrices.some(({ parts }) => parts.has("weight")) ? "masked" : "none" },
    known: ["weight_mask contains real-valued scores, and a weight is kept if its score exceeds the threshold."],
    assumed: [
      `The threshold is ${threshold} (${chosen}). Maskers 2 and 3 of maskbert (sign, Bernoulli) need --threshold 0, and the Bernoulli mask is read as its most probable one.`,
      ...(byHead ? ["A vector of scores has one for each head, whose rows are adjacent."] : []),
    ],
    leftOut: strayMasks(sorted),
  };
}

/** The scores of groups of as many adjacent rows as the values of the rows. */
function spread(scores: Float32Array, rows: number, columns: number): Float32Array {
  const size = (rows / scores.length) * columns;
  return Float32Array.from({ length: rows * columns }, (_, i) => scores[Math.floor(i / size)]!);
}

export async function readMovement(from: Source): Promise<ReadMasks> {
  const { source, sorted, reading } = from;
  const { pruningMethod: method } = reading;
  const place = { file: source.file };
  if (method === undefined || method === "magnitude")
    throw new InputError(
      method
        ? "it contains mask_scores, but magnitude pruning has no scores"
        : "it contains scores of movement pruning, but not how they become a mask",
      place,
      "specify --pruning-method topK, threshold or sigmoied_threshold, as in training, and the final --threshold",
    );
  const threshold = thresholdOf(from, method);
  return {
    format: `movement pruning, ${method}`,
    masks: await masksFrom(from, ["mask_scores"], (values) =>
      method === "topK" ? topShare(values, threshold) : aboveThreshold(values, threshold, method !== "threshold"),
    ),
    weights: "masked",
    known: ["mask_scores contains movement pruning's scores."],
    assumed: [
      `The mask is that of ${method} at the final threshold ${threshold}${method === "topK" ? ", the share kept of each matrix; of equal scores at the limit, the first are kept" : `, with at least 0.5 % of each matrix kept`}.`,
    ],
    ...(method === "topK" && { isEven: true }),
    leftOut: strayMasks(sorted),
  };
}

/** Masks of SMP (Jiang et al. 2022): the matrices of all layers in the order of their names. */
export async function readPacked({ source, sorted, reading }: Source): Promise<ReadMasks> {
  const [[name, array]] = [...source.arrays] as [[string, StoredArray]];
  const { file } = source;
  const matrices = sorted.all.filter(({ layer }) => layer !== null);
  const ordered = [...matrices].sort((a, b) => (a.name < b.name ? -1 : 1));
  const weights = sum(matrices, ({ rows, columns }) => rows * columns);
  const wanted = Math.ceil(weights / 8);
  if (bytesOf(array) !== wanted)
    throw new InputError(
      `it has ${grouped(bytesOf(array))} bytes, but the ${grouped(weights)} weights in the base model's layers need ${grouped(wanted)}`,
      { file },
      "choose the base model that it was made for with --model",
    );
  const bytes = await source.bytes(name);
  if (weights % 8 && bytes.at(-1)! & (0xff >> (weights % 8)))
    throw new InputError("bits beyond the last weight are set", { file }, "save the masks with numpy.packbits");
  const byName = new Map([...unpacked(bytes, ordered)].map((bits, i) => [ordered[i]!.name, bits]));
  return {
    format: "packed bits (SMP)",
    masks: matrices.map((matrix) => {
      const bits = byName.get(matrix.name)!;
      return { matrix, bits: reading.invert ? opposite(bits) : bits };
    }),
    weights: "none",
    known: [
      `The array has exactly as many bits as the ${matrices.length} matrices of the base model's layers have weights.`,
    ],
    assumed: [
      "The matrices come in the order of their names, each row by row, most significant bit first, as SMP packs them with numpy.packbits.",
      meaning(reading),
    ],
  };
}
