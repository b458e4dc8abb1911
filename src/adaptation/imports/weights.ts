// Masks read off the weights of another model: its zeros, the largest ones, or those that moved most from the base model.

import { InputError } from "../../errors.ts";
import { countOnes } from "../../mask/bits.ts";
import { sizeOf, sum } from "../../mask/statistics.ts";
import type { Matrix } from "../../model/names.ts";
import { grouped } from "../../numbers.ts";
import { highestBits, type Limit, limitOf, nonzeroBits, topShare, type Values } from "./binarize.ts";
import { masksFrom, nameIn, type ReadMasks, type Source, thresholdOf, valuesOf, WEIGHT_PARTS } from "./reading.ts";

/** A mask read off the weights of another model: its zeros, or how far they are from the base model's, or their magnitudes. */
export async function readWeights(from: Source): Promise<ReadMasks> {
  const { source, reading } = from;
  const { zeros, moved, pruningMethod, over } = reading;
  const ways = [
    zeros ? "--zeros" : "",
    moved !== undefined ? "--moved" : "",
    pruningMethod ? "--pruning-method" : "",
  ].filter(Boolean);
  const place = { file: source.file };
  if (ways.length !== 1)
    throw new InputError(
      ways.length
        ? `${ways.join(" and ")} contradict each other`
        : "it contains weights, which can become a mask in several ways",
      place,
      "choose one: --zeros (the zeros of a pruned model), --moved SHARE (the weights that finetuning moved most), or --pruning-method magnitude --threshold SHARE",
    );
  if (over !== undefined && moved === undefined)
    throw new InputError("--over applies only to --moved", place, "omit --over");
  if (reading.threshold !== undefined && !pruningMethod)
    throw new InputError("--threshold does not apply to weights", place, "omit --threshold");
  if (zeros) return readZeros(from);
  if (moved !== undefined) return readMoved(from, moved);
  if (pruningMethod === "magnitude") return readMagnitude(from);
  throw new InputError(
    `it contains no mask_scores, which ${pruningMethod} needs`,
    place,
    "choose the checkpoint of movement pruning before its masks were removed, or --pruning-method magnitude",
  );
}

/** The matrices of the layers, which pruning concerns; those above the layers stay dense. Throws an InputError if there are none. */
function layersOf(from: Source): Source {
  const matrices = from.sorted.matrices.filter(({ matrix }) => matrix.layer !== null);
  if (matrices.length) return { ...from, sorted: { ...from.sorted, matrices } };
  throw new InputError(
    "it contains no matrix of the layers",
    { file: from.source.file },
    "choose a model with all of its weights",
  );
}

async function readMagnitude(from: Source): Promise<ReadMasks> {
  const threshold = thresholdOf(from, "magnitude");
  return {
    format: "magnitude pruning",
    masks: await masksFrom(layersOf(from), WEIGHT_PARTS, (values) =>
      topShare({ ...values, data: values.data.map(Math.abs) }, threshold),
    ),
    ...{ weights: "masked", known: [] },
    assumed: [
      `The mask keeps the share ${threshold} of each matrix in the layers, the weights with the largest magnitudes in the file.`,
    ],
    isEven: true,
  };
}

async function readZeros(from: Source): Promise<ReadMasks> {
  const { pretrained } = from.base;
  const all = (await masksFrom(from, WEIGHT_PARTS, nonzeroBits)).map((mask) => {
    return { mask, zeros: sizeOf(mask.bits) - countOnes(mask.bits) };
  });
  const masks = all.flatMap(({ mask, zeros }) => (zeros ? mask : []));
  if (!masks.length)
    throw new InputError("no weight of its matrices is exactly 0", { file: from.source.file }, "choose a pruned model");
  let own = 0;
  for (const { matrix } of masks) {
    const name = `${matrix.name}.weight`;
    if (pretrained.tensors.has(name)) own += (await pretrained.readFloat32(name)).filter((value) => value === 0).length;
  }
  const off = sum(all, ({ zeros }) => zeros);
  return {
    format: "zeros of a pruned model",
    ...{ masks, weights: "masked" },
    known: [
      `${grouped(off)} weights are exactly 0; in the base model itself, ${grouped(own)} weights of these matrices are.`,
    ],
    assumed: ["Every exact zero was pruned."],
    leftOut: all.flatMap(({ mask: { matrix }, zeros }) => (zeros ? [] : `${matrix.name}.weight`)),
  };
}

async function readMoved(from: Source, share: number): Promise<ReadMasks> {
  const { source, base, reading } = from;
  const distances: { matrix: Matrix; values: Values }[] = [];
  for (const { matrix, parts } of layersOf(from).sorted.matrices) {
    const values = await valuesOf(source, nameIn(parts, WEIGHT_PARTS)!, matrix);
    const before = await base.pretrained.readFloat32(`${matrix.name}.weight`);
    distances.push({
      matrix,
      values: { ...values, data: values.data.map((value, i) => Math.abs(Math.fround(value - before[i]!))) },
    });
  }
  const all = distances.map(({ values }) => values);
  const moved = movedIn(all);
  if (!moved)
    throw new InputError(
      "all weights in its layers are equal to the base model's",
      { file: source.file },
      "choose a finetuned model",
    );
  const together = reading.over === "model" ? movedLimit(all, share) : undefined;
  const of = together ? "of all matrices in the layers together" : "of each matrix in the layers";
  const isShort = (values: readonly Values[]) => movedIn(values) < countIn(values, share);
  const short = together ? Number(isShort(all)) : all.filter((values) => isShort([values])).length;
  return {
    format: "weights that moved most",
    masks: distances.map(({ matrix, values }) => {
      return { matrix, bits: highestBits(values, together ?? movedLimit([values], share)) };
    }),
    weights: "compared",
    known: [
      `${grouped(moved)} of ${grouped(sum(all, ({ data }) => data.length))} weights differ from the base model's.`,
    ],
    assumed: [
      `The mask keeps ${short ? "at most " : ""}the share ${share} ${of}, the weights that are farthest from the base model's; it says where finetuning changed the model, and is not meant to be applied.`,
      ...(short
        ? [
            `Only weights that moved are kept: ${together ? "in all matrices together" : `in ${short} of ${all.length} matrices`}, fewer moved than that share.`,
          ]
        : []),
    ],
    ...(!together && !short && { isEven: true }),
  };
}

const countIn = (distances: readonly Values[], share: number): number =>
  Math.floor(share * sum(distances, ({ data }) => data.length));

const movedIn = (distances: readonly Values[]): number =>
  sum(distances, ({ data }) => data.filter((distance) => distance > 0).length);

/** The limit of the share with the largest distances, and never of distance 0. */
function movedLimit(distances: readonly Values[], share: number): Limit {
  const limit = limitOf(
    distances.map(({ data }) => data),
    countIn(distances, share),
  );
  return limit.value > 0 ? limit : { value: 0, ties: 0 };
}
