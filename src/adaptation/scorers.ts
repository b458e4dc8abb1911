// Loads the models of adaptations. Each base model is loaded once for all its adaptations; an adaptation itself
// takes only the memory of its bits or tensors.

import { InputError } from "../errors.ts";
import type { Adaptation } from "../mask/file.ts";
import { addedTensors } from "../model/additions/additions.ts";
import { checkLinear } from "../model/additions/linear-attention.ts";
import { allMatrices, type Matrix } from "../model/names.ts";
import { headTensors } from "../model/tensors.ts";
import { startOfAdditions } from "../program/added.ts";
import { type Loaded, ScoringModel } from "../program/scoring-model.ts";
import type { Adapted } from "../program/trainable.ts";
import { maskedWeights, masksBy } from "../recipe/fixed.ts";
import { headingOf } from "../recipe/recipe.ts";
import { scoredWeights } from "../recipe/units.ts";
import type { Device } from "../runtime/device.ts";
import { type Base, openBase, openWeightsOf, type Places } from "./base.ts";
import { shapeOf } from "./read.ts";

/** Loads each model once, and keeps it until it is released. */
export class Scorers {
  /** Where to look for base models that are not open yet. */
  places: Places;
  readonly #device: Device;
  /** The base model's folder under each description of one: of a thousand masks of one base model, only the first hashes its weights. */
  readonly #folders = new Map<string, Promise<string>>();
  readonly #bases = new Map<string, Promise<Base>>();
  readonly #models = new Map<Base, ScoringModel>();
  readonly #loaded = new Map<Adaptation, Promise<Loaded>>();

  constructor(places: Places, device: Device) {
    this.places = places;
    this.#device = device;
  }

  /** The adaptation's base model. Throws an InputError if it is not found. */
  async base(adaptation: Adaptation): Promise<Base> {
    const folder = await once(this.#folders, descriptionOf(adaptation), async () => {
      const weights = await openWeightsOf(adaptation, this.places);
      await weights.close();
      return weights.folder;
    });
    return once(this.#bases, folder, () => openBase(folder));
  }

  /** The base model with this adaptation applied. */
  under(adaptation: Adaptation): Promise<Omit<Loaded, "release">> {
    return once(this.#loaded, adaptation, async () => {
      const base = await this.base(adaptation);
      const shape = shapeOf(adaptation);
      if (shape.additions?.linearAttention) checkLinear(base.config);
      const matrices = allMatrices(base.config, headingOf(shape));
      if (adaptation.format === "mask") checkMatrices(adaptation, matrices);
      const adapted = await adaptedOf(adaptation, base, matrices);
      return this.#modelOf(base).under(shape, adapted, adaptation.file);
    });
  }

  /** The adaptation's base model without it, which only predicts tokens. */
  async pretrained(adaptation: Adaptation): Promise<Omit<Loaded, "release">> {
    const base = await this.base(adaptation);
    const { additions: _, ...shape } = shapeOf(adaptation);
    return this.#modelOf(base).under(shape, { matrices: [], tensors: [] }, base.folder);
  }

  /** The adaptation's base model with what the adaptation adds to it, as it was before the first step. */
  async started(adaptation: Adaptation): Promise<Omit<Loaded, "release">> {
    const base = await this.base(adaptation);
    const shape = shapeOf(adaptation);
    const { run: seed } = adaptation.metadata.seeds;
    if (seed === undefined)
      throw new InputError("it does not name the seed of its run", { file: adaptation.file }, "train it again");
    const start = startOfAdditions(base.config, shape.additions, seed);
    const added = addedTensors(base.config, shape.additions).map((tensor) => ({
      ...tensor,
      data: start.get(tensor.name)!,
    }));
    const head = new Set(headTensors(base.config, headingOf(shape)).map(({ name }) => name));
    const tensors = [...adaptation.tensors.filter(({ name }) => head.has(name)), ...added];
    return this.#modelOf(base).under(shape, { matrices: [], tensors }, adaptation.file);
  }

  #modelOf(base: Base): ScoringModel {
    const model = this.#models.get(base) ?? new ScoringModel(base.config, base.pretrained, this.#device);
    this.#models.set(base, model);
    return model;
  }

  /** Releases all other adaptations, and the base models that only they use. */
  async keep(adaptations: readonly Adaptation[]): Promise<void> {
    const kept = new Set(adaptations);
    for (const [adaptation, loaded] of this.#loaded) {
      if (kept.has(adaptation)) continue;
      this.#loaded.delete(adaptation);
      await loaded.then(
        (one) => one.release(),
        () => undefined, // it has nothing there
      );
    }
    const described = new Set(adaptations.map(descriptionOf));
    for (const key of this.#folders.keys()) if (!described.has(key)) this.#folders.delete(key);
    const folders = new Set(await Promise.all(this.#folders.values()));
    for (const [folder, opened] of this.#bases) {
      if (folders.has(folder)) continue;
      this.#bases.delete(folder);
      const base = await opened;
      await this.#models.get(base)?.release();
      this.#models.delete(base);
      await base.pretrained.close();
    }
  }

  release(): Promise<void> {
    return this.keep([]);
  }
}

const descriptions = new WeakMap<Adaptation, string>();

function descriptionOf(adaptation: Adaptation): string {
  const known = descriptions.get(adaptation) ?? JSON.stringify(adaptation.metadata.base);
  descriptions.set(adaptation, known);
  return known;
}

/** Throws an InputError if the mask covers a matrix that the model lacks or that has a different shape in the model. */
function checkMatrices({ matrices, file }: Adaptation & { format: "mask" }, all: readonly Matrix[]): void {
  for (const { name, bits } of matrices) {
    const matrix = all.find((candidate) => `${candidate.name}.weight` === name);
    const { rows, columns } = bits;
    if (matrix?.rows === rows && matrix.columns === columns) continue;
    throw new InputError(
      `the model has no matrix ${name} of ${rows} × ${columns} weights`,
      { file },
      "use the base model that the adaptation was trained on",
    );
  }
}

/** The bits and tensors to load. A random mask's file contains only the classifier, so its mask is recomputed. */
export async function adaptedOf(adaptation: Adaptation, base: Base, all: readonly Matrix[]): Promise<Adapted> {
  if (adaptation.format === "mask") {
    const matrices = adaptation.matrices.map(({ name, bits }) => ({ name: name.replace(/\.weight$/, ""), bits }));
    return { matrices, tensors: adaptation.tensors };
  }
  const { initial, base: facts } = adaptation.metadata;
  if (!initial) return { matrices: [], tensors: adaptation.tensors };
  const fixed = all.filter(({ name }) => Object.hasOwn(facts.weights, `${name}.weight`));
  const weightsOf = (name: string) => base.pretrained.readFloat32(name);
  const { tensors } = await maskedWeights(weightsOf, masksBy(initial), scoredWeights(fixed));
  return { matrices: [], tensors: [...tensors, ...adaptation.tensors] };
}

/** The value under a key, created on first use; failures are not cached. */
function once<K, V>(made: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = made.get(key);
  if (known) return known;
  const value = make();
  made.set(key, value);
  value.catch(() => made.delete(key));
  return value;
}
