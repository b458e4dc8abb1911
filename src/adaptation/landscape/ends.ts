// The ends of a curve: all parameters of the model with an adaptation, masked weights being 0 where they are off.

import { InputError } from "../../errors.ts";
import { unpackBits } from "../../mask/bits.ts";
import type { Adaptation } from "../../mask/file.ts";
import { allMatrices } from "../../model/names.ts";
import { layout } from "../../program/layout.ts";
import { headingOf } from "../../recipe/recipe.ts";
import { sizeOf } from "../../tensor.ts";
import type { Base } from "../base.ts";
import { vocabularyIn } from "../inputs/attributes.ts";
import { shapeOf } from "../read.ts";
import { adaptedOf } from "../scorers.ts";
import type { Point } from "./curve.ts";

/** The parameters that classification reads, by name. Throws an InputError if one is missing. */
export async function endOf(adaptation: Adaptation, base: Base): Promise<Point> {
  const shape = shapeOf(adaptation);
  const { matrices, tensors } = await adaptedOf(adaptation, base, allMatrices(base.config, headingOf(shape)));
  const own = new Map(tensors.map(({ name, data }) => [name, data]));
  const bits = new Map(matrices.map(({ name, bits }) => [`${name}.weight`, bits]));
  const point = new Map<string, Float32Array>();
  for (const { name, shape: extents } of layout(base.config, shape)) {
    const values =
      own.get(name) ?? (base.pretrained.tensors.has(name) ? await base.pretrained.readFloat32(name) : undefined);
    if (values?.length !== sizeOf(extents))
      throw new InputError(
        `neither this adaptation nor its base model has a tensor ${name} of shape ${extents.join(" × ")}`,
        { file: adaptation.file },
        "train it again on this base model",
      );
    const mask = bits.get(name);
    const kept = mask && unpackBits(mask, new Float32Array(values.length));
    point.set(name, kept ? values.map((value, i) => (kept[i] ? value : 0)) : values);
  }
  return point;
}

/**
 * Checks that a path between two adaptations means something: both classify in the same way, over the same base model, and their
 * classifiers started from the same values. Throws an InputError that says what differs.
 */
export function checkEnds(a: Adaptation, b: Adaptation): void {
  const [first, second] = [a, b].map((one) =>
    JSON.stringify([shapeOf(one), one.metadata.task.labels, one.metadata.run.labelWords ?? null, vocabularyIn(one)]),
  );
  const remedy =
    "choose two adaptations of one task over one base model, with the same labels, maximum length and run seed";
  if (first !== second)
    throw new InputError(
      `it classifies differently from ${a.file}: other labels, another classifier, or other parameters or attributes beside the base model`,
      { file: b.file },
      remedy,
    );
  const [own, theirs] = [a.metadata.base.weights, b.metadata.base.weights];
  const shared = Object.keys(own).filter((name) => Object.hasOwn(theirs, name));
  const isSame = shared.length
    ? shared.every((name) => own[name] === theirs[name])
    : a.metadata.base.id === b.metadata.base.id; // nothing else is known of them
  if (!isSame) throw new InputError(`it has another base model than ${a.file}`, { file: b.file }, remedy);
  const [length, other] = [a, b].map(({ metadata }) => metadata.run.maxLength ?? 128);
  if (length !== other)
    throw new InputError(
      `it was trained on other tokens than ${a.file}: the maximum lengths are ${length} and ${other}`,
      { file: b.file },
      remedy,
    );
  const [read, others] = [a, b].map(({ metadata }) => metadata.run.context ?? "document");
  if (read !== others)
    throw new InputError(
      `it was trained on other tokens than ${a.file}: one read whole documents, the other single sentences`,
      { file: b.file },
      remedy,
    );
  if (a.metadata.seeds.run !== b.metadata.seeds.run)
    throw new InputError(
      `its classifier started from other values than that of ${a.file}: the run seeds are ${a.metadata.seeds.run} and ${b.metadata.seeds.run}`,
      { file: b.file },
      remedy,
    );
}
