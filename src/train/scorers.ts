// Adaptations in use: their files, and the loaded models that score under them. Each base model is loaded once for all
// adaptations over it; each adaptation itself holds only its bits or its tensors.

import type { TaskKind } from "../data/rows.ts";
import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";
import type { Device } from "../graph/session.ts";
import { type Adaptation, checkBase, decodeAdaptation } from "../mask/file.ts";
import { weightHashes } from "../model/fingerprint.ts";
import { allMatrices, type Matrix } from "../model/names.ts";
import { type Base, openBase } from "./base.ts";
import { maskedWeights } from "./fixed.ts";
import { type ClassifierShape, classifierOf } from "./recipe.ts";
import { ScoringModel } from "./scoring-model.ts";
import type { Adapted, Scorer } from "./trainable.ts";

/** Node reads less than 2 GiB at once; tensors tuned as a whole are as large as their model. */
const LARGEST_FILE = 2 ** 31 - 1;

export async function readAdaptation(file: string): Promise<Adaptation> {
  const bytes = await readFileLimited(file, LARGEST_FILE, "give a file that `masklens train` has left");
  return decodeAdaptation(bytes, file);
}

/** What an adaptation was trained for. */
export interface TaskShape extends ClassifierShape {
  readonly kind: TaskKind;
  readonly labels: number;
}

/** Loads what it is asked for once, and keeps it until it is released. */
export class Scorers {
  readonly #model: string | undefined;
  readonly #device: Device;
  readonly #bases = new Map<string, Promise<Base>>();
  readonly #models = new Map<Base, ScoringModel>();
  readonly #loaded = new Map<Adaptation, Promise<Pick<Scorer, "logits">>>();

  /** `model`: the base model's folder, where it is not the one that the adaptations name. */
  constructor(model: string | undefined, device: Device) {
    this.#model = model;
    this.#device = device;
  }

  /** The adaptation's base model. InputError where it is not there, or is another one than it was trained over. */
  async base(adaptation: Adaptation): Promise<Base> {
    const { metadata, file } = adaptation;
    const folder = this.#folderOf(adaptation);
    if (!folder)
      throw new InputError(
        "it does not say where its base model lies",
        { file },
        "name the model's folder with --model",
      );
    const base = await once(this.#bases, folder, () => openBase(folder));
    const modules = Object.keys(metadata.base.weights).map((name) => ({ name: name.replace(/\.weight$/, "") }));
    checkBase(metadata, await weightHashes(base.checkpoint, modules), file);
    return base;
  }

  /** The model under this adaptation. */
  under(adaptation: Adaptation): Promise<Pick<Scorer, "logits">> {
    return once(this.#loaded, adaptation, async () => {
      const base = await this.base(adaptation);
      const shape = shapeOf(adaptation);
      const matrices = allMatrices(base.config, { tagging: shape.classifier === "token", labels: shape.labels });
      if (adaptation.format === "mask") checkMatrices(adaptation, matrices);
      const adapted = await adaptedOf(adaptation, base, matrices);
      let model = this.#models.get(base);
      if (!model) {
        model = new ScoringModel(base.config, base.checkpoint, this.#device);
        this.#models.set(base, model);
      }
      return model.under(shape, adapted, adaptation.file);
    });
  }

  /** Forgets all other adaptations, and the base models that only they were over. */
  async keep(adaptations: readonly Adaptation[]): Promise<void> {
    for (const adaptation of this.#loaded.keys())
      if (!adaptations.includes(adaptation)) this.#loaded.delete(adaptation);
    const folders = new Set(adaptations.map((adaptation) => this.#folderOf(adaptation)));
    for (const [folder, opened] of this.#bases) {
      if (folders.has(folder)) continue;
      this.#bases.delete(folder);
      const base = await opened;
      await this.#models.get(base)?.release();
      this.#models.delete(base);
      await base.checkpoint.close();
    }
  }

  release(): Promise<void> {
    return this.keep([]);
  }

  #folderOf({ metadata }: Adaptation): string | undefined {
    return this.#model ?? metadata.base.path;
  }
}

/** The classifier that an adaptation was trained with. */
export function shapeOf({ metadata, file }: Adaptation): TaskShape {
  const { kind, labels } = metadata.task;
  const shape = classifierOf(kind as TaskKind, labels.length);
  if (!shape.classifier)
    throw new InputError(
      `there is no task kind ${JSON.stringify(kind)}`,
      { file },
      "give an adaptation of this version",
    );
  return { kind: kind as TaskKind, ...shape };
}

/** InputError where the mask is over a matrix that the model does not have, or in another shape. */
function checkMatrices({ matrices, file }: Adaptation & { format: "mask" }, all: readonly Matrix[]): void {
  for (const { name, bits } of matrices) {
    const matrix = all.find((candidate) => `${candidate.name}.weight` === name);
    const { rows, columns } = bits;
    if (matrix?.rows === rows && matrix.columns === columns) continue;
    throw new InputError(
      `the model has no matrix ${name} of ${rows} × ${columns} weights`,
      { file },
      "give the base model that it was trained over",
    );
  }
}

/** The bits and tensors to put in. A random mask's file holds only the classifier: its mask is drawn again. */
export async function adaptedOf(adaptation: Adaptation, base: Base, all: readonly Matrix[]): Promise<Adapted> {
  if (adaptation.format === "mask") {
    const matrices = adaptation.matrices.map(({ name, bits }) => ({ name: name.replace(/\.weight$/, ""), bits }));
    return { matrices, tensors: adaptation.classifier };
  }
  const { initial, base: facts } = adaptation.metadata;
  if (!initial) return { matrices: [], tensors: adaptation.tensors };
  const fixed = all.filter(({ name }) => Object.hasOwn(facts.weights, `${name}.weight`));
  const { tensors } = await maskedWeights(base.checkpoint, initial, fixed);
  return { matrices: [], tensors: [...tensors, ...adaptation.tensors] };
}

/** The value under a key, made at the first time; what fails is not kept. */
function once<K, V>(made: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = made.get(key);
  if (known) return known;
  const value = make();
  made.set(key, value);
  value.catch(() => made.delete(key));
  return value;
}
