// A packed mask file: the plain file with each mask's bits as a coded stream (stream.ts). Its metadata are the plain file's,
// but for `checksum`, and for `packed`, which has the plain file's checksum. docs/mask-file.md describes the format.

import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import { onDemand } from "../../on-demand.ts";
import { tick } from "../../pulse.ts";
import type { TensorBytes } from "../../safetensors.ts";
import type { BitMatrix } from "../bits.ts";
import { needsWeights, roleOf, type WeightsOf } from "../initial.ts";
import { type MaskMetadata, type MatrixFacts, MOST } from "../metadata.ts";
import { DAMAGED, floatsOf, storedBits, VALUES } from "../stored.ts";
import { initialCells } from "../strata.ts";
import type { Contexts, Known } from "./matrix.ts";
import { nothingLearned } from "./model.ts";
import { decodeStream, encodeStream, MOST_PER_BYTE } from "./stream.ts";

/**
 * Limits that keep a small file from taking much memory or time. The largest matrix of XLM-R XXL, among the largest
 * encoders, has 4,096 × 16,384 = 2²⁶ weights.
 */
const MOST_WEIGHTS = { matrix: 2 ** 27, mask: 2 ** 31 };

export interface Streams {
  readonly file: string;
  readonly metadata: Pick<MaskMetadata, "initial" | "matrices">;
  /** All tensors of the file, in order. */
  readonly tensors: readonly TensorBytes[];
  /** The base model's weights; undefined if the streams do not depend on them. */
  readonly weightsOf: WeightsOf | undefined;
  /** Called before each matrix, with the number of weights so far; its promise is awaited. */
  readonly onProgress?: ((weights: number, of: number) => Promise<void>) | undefined;
}

/**
 * The tensors with streams in the place of bits, which are given in the order of the metadata, and whether a stream
 * depends on `weightsOf`. `choices` restricts the contexts that are tried, for benchmarks. Throws an InputError if the
 * mask is too large.
 */
export async function packTensors(
  plain: Streams & { readonly bits: readonly BitMatrix[] },
  choices?: (known: Known) => Contexts[],
): Promise<{ readonly tensors: TensorBytes[]; readonly needsBase: boolean }> {
  const { initial } = plain.metadata;
  let learned = nothingLearned();
  let needsBase = false;
  const tensors = await replaced(plain, (matrix, _, i) => {
    const known = knownOf(plain, matrix);
    const best = encodeStream(plain.bits[i]!, known, learned, choices?.(known));
    learned = best.learned;
    needsBase ||= known.isBase && best.contexts !== null && usesWeights(best.contexts, matrix);
    return { name: matrix.name, type: "U8", shape: [best.stream.length], bytes: best.stream };
  });
  return { tensors, needsBase };

  /** Without initial scores, magnitudes are a context. */
  function usesWeights({ scores, signs }: Contexts, { layer }: MatrixFacts): boolean {
    return signs || !scores || needsWeights(initial!, roleOf(layer));
  }
}

/** The plain tensors of a packed file. Throws an InputError if a stream cannot be decoded, or the mask is too large. */
export function unpackTensors(packed: Streams): Promise<TensorBytes[]> {
  const { file } = packed;
  const learned = nothingLearned();
  return replaced(packed, (matrix, { type, shape, bytes }) => {
    const damaged = () =>
      new InputError("its stream cannot be decoded", { file, at: `tensor ${matrix.name}` }, DAMAGED);
    if (type !== "U8" || shape.length !== 1 || matrix.rows * matrix.columns > MOST_PER_BYTE * bytes.length)
      throw damaged();
    return storedBits(matrix.name, decodeStream(bytes, knownOf(packed, matrix), learned, damaged));
  });
}

/** The tensors with those of the masks replaced, one after the other in the order of the metadata. */
async function replaced(
  { file, metadata: { matrices }, tensors, onProgress }: Streams,
  replace: (matrix: MatrixFacts, tensor: TensorBytes, index: number) => TensorBytes,
): Promise<TensorBytes[]> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const of = weightsIn(matrices, file);
  let weights = 0;
  for (const [index, matrix] of matrices.entries()) {
    await onProgress?.(weights, of);
    tick();
    const tensor = byName.get(matrix.name);
    if (tensor) byName.set(matrix.name, replace(matrix, tensor, index));
    weights += matrix.rows * matrix.columns;
  }
  return [...byName.values()];
}

/** The number of all matrices' weights. Throws an InputError if it or a matrix is above its limit. */
function weightsIn(matrices: readonly MatrixFacts[], file: string): number {
  const tooLarge = (size: string, place: object) =>
    new InputError(`packed files cannot have ${size}`, { file, ...place }, "use a plain mask file");
  let sum = 0;
  for (const { name, rows, columns } of matrices) {
    if (Math.max(rows, columns) > MOST.feedForward || rows * columns > MOST_WEIGHTS.matrix)
      throw tooLarge(`a matrix of ${rows} × ${columns} weights`, { at: name });
    sum += rows * columns;
  }
  if (sum > MOST_WEIGHTS.mask) throw tooLarge(`${grouped(sum)} weights`, {});
  return sum;
}

/** What both directions know about a matrix; `isBase`: its weights are the base model's. */
function knownOf(
  { file, metadata: { initial }, tensors, weightsOf }: Streams,
  matrix: MatrixFacts,
): Known & { readonly isBase: boolean } {
  const { name, layer, kind, rows, columns } = matrix;
  const own = tensors.find((tensor) => tensor.name === name + VALUES);
  const values = own ? floatsOf(own, file, DAMAGED).data : weightsOf?.(name);
  const weights = values?.length === rows * columns ? values : undefined;
  const cells = onDemand(() => (initial ? initialCells(initial, matrix, roleOf(layer), weights) : undefined));
  return { kind, rows, columns, cells, weights, isBase: !own && weights !== undefined };
}
