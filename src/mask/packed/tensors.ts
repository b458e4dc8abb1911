// A packed mask file: the plain file with each mask's bits as a coded stream (stream.ts). Its metadata are the plain file's,
// but for `checksum`, and for `packed`, which has the plain file's checksum. docs/mask-file.md describes the format.

import { InputError } from "../../errors.ts";
import { tick } from "../../pulse.ts";
import type { TensorBytes } from "../../safetensors.ts";
import { roleOf, type WeightsOf } from "../initial.ts";
import type { MaskMetadata, MatrixFacts } from "../metadata.ts";
import { floatsOf, storedBits, VALUES } from "../stored.ts";
import { initialCells } from "../strata.ts";
import type { Contexts, Known } from "./matrix.ts";
import { nothingLearned } from "./model.ts";
import { decodeStream, encodeStream, MOST_PER_BYTE } from "./stream.ts";

const DAMAGED = "download or recreate the file";

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

/** The tensors with streams in the place of bits. `choices` restricts the contexts that are tried, for benchmarks. */
export function packTensors(plain: Streams, choices?: (known: Known) => Contexts[]): Promise<TensorBytes[]> {
  let learned = nothingLearned();
  return replaced(plain, (matrix, { bytes }) => {
    const known = knownOf(plain, matrix);
    const { rows, columns } = matrix;
    const best = encodeStream({ rows, columns, stride: bytes.length / rows, bytes }, known, learned, choices?.(known));
    learned = best.learned;
    return { name: matrix.name, type: "U8", shape: [best.stream.length], bytes: best.stream };
  });
}

/** The plain tensors of a packed file. Throws an InputError if a stream cannot be decoded. */
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
  { metadata: { matrices }, tensors, onProgress }: Streams,
  replace: (matrix: MatrixFacts, tensor: TensorBytes) => TensorBytes,
): Promise<TensorBytes[]> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const of = matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  let weights = 0;
  for (const matrix of matrices) {
    await onProgress?.(weights, of);
    tick();
    const tensor = byName.get(matrix.name);
    if (tensor) byName.set(matrix.name, replace(matrix, tensor));
    weights += matrix.rows * matrix.columns;
  }
  return [...byName.values()];
}

/** What both directions know about a matrix. */
function knownOf({ file, metadata: { initial }, tensors, weightsOf }: Streams, matrix: MatrixFacts): Known {
  const { name, layer, kind, rows, columns } = matrix;
  const own = tensors.find((tensor) => tensor.name === name + VALUES);
  const values = own ? floatsOf(own, file, DAMAGED).data : weightsOf?.(name);
  const weights = values?.length === rows * columns ? values : undefined;
  const cells = initial ? initialCells(initial, matrix, roleOf(layer), weights) : undefined;
  return { kind, rows, columns, cells, weights };
}
