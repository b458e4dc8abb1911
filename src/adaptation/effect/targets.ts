// What the masks of parts are changed to: the initial mask, nothing, or another mask.

import { InputError } from "../../errors.ts";
import { type BitMatrix, emptyBits } from "../../mask/bits.ts";
import { ownWeights, unknownBecause } from "../../mask/changed.ts";
import type { Mask } from "../../mask/file.ts";
import { initialMask, roleOf, type WeightsOf } from "../../mask/initial.ts";
import { sameBase } from "../../mask/reference.ts";

/** What is done to a part: its initial mask is restored, all its weights are set to zero, or it gets another mask's bits. */
export const CHANGES = ["restored", "zeroed", "swapped"] as const;
export type Change = (typeof CHANGES)[number];

/** The changed bits of whole matrices, by the names of their weights. */
export type Targets = ReadonlyMap<string, BitMatrix>;

/**
 * The bits that parts of `mask` are changed to. With "swapped", only of matrices that are masked in `other`, too. Throws an
 * InputError if the initial mask is unknown, or if the masks have no matrix in common.
 */
export function targetsOf(mask: Mask, change: Change, weightsOf?: WeightsOf, other?: Mask): Targets {
  if (change === "zeroed")
    return new Map(mask.matrices.map(({ name, bits: { rows, columns } }) => [name, emptyBits(rows, columns)]));
  if (change === "restored") return initialBits(mask, weightsOf);
  if (other && !sameBase(mask.metadata, other.metadata))
    throw new InputError(
      `it has another base model than ${mask.file}, or no matrix in common with it`,
      { file: other.file },
      "choose a mask over the same base model and layers",
    );
  const theirs = new Map(other?.matrices.map(({ name, bits }) => [name, bits]));
  const common = mask.matrices.flatMap(({ name, bits: { rows, columns } }): [string, BitMatrix][] => {
    const bits = theirs.get(name);
    return bits?.rows === rows && bits.columns === columns ? [[name, bits]] : [];
  });
  if (common.length) return new Map(common);
  throw new InputError(
    other ? `no matrix is masked both there and in ${mask.file}` : "there is no mask to swap parts with",
    { file: other?.file ?? mask.file },
    "choose a mask over the same base model and layers",
  );
}

function initialBits(mask: Mask, weightsOf?: WeightsOf): Targets {
  const { initial } = mask.metadata;
  const unknown = unknownBecause(mask, weightsOf);
  if (!initial || unknown)
    throw new InputError(
      unknown ?? "its initial mask is unknown",
      { file: mask.file },
      "set parts to zero instead, or swap them with another mask's",
    );
  return new Map(
    mask.matrices.map(({ name, layer, bits: { rows, columns } }) => {
      const weights = ownWeights(mask, name) ?? weightsOf?.(name);
      return [name, initialMask(initial, name, rows, columns, weights, roleOf(layer))!];
    }),
  );
}
