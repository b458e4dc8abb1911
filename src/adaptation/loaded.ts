// Adaptations that stay loaded between requests and share their base models.

import { InputError } from "../errors.ts";
import { writtenOf } from "../files.ts";
import type { Adaptation } from "../mask/file.ts";
import { heldBytes } from "../model/weights/half.ts";
import type { Device } from "../runtime/device.ts";
import type { Base, Places } from "./base.ts";
import { type EvidenceOptions, evidenceUnder } from "./evidence.ts";
import type { GenerationFacts } from "./generation/answer.ts";
import { type GenerationRequest, Generators, generationFacts, type Hearing, isGenerative } from "./generation/under.ts";
import { vocabularyIn } from "./inputs/attributes.ts";
import { adaptorIn } from "./inputs/frames.ts";
import { predictUnder } from "./predict.ts";
import type { Asked, Evidence, Prediction } from "./prediction.ts";
import { readAdaptation } from "./read.ts";
import { Scorers } from "./scorers.ts";

/** The description of a loaded adaptation. */
export interface LoadedAdaptation {
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly task: string;
  /** The task's kind. */
  readonly kind: string;
  /** Whether it reads files of frame features instead of texts. */
  readonly readsFrames: boolean;
  readonly labels: readonly string[];
  /** The attributes that it reads beside a text. */
  readonly attributes: readonly LoadedAttribute[];
  /** How it generates texts; null if its task is to classify. */
  readonly generation: GenerationFacts | null;
  /** The base model's id. */
  readonly base: string;
  /** The base model's folder. */
  readonly folder: string;
  /** The memory that the adaptation itself takes, in bytes: packed bits and tensors. */
  readonly bytes: number;
  /** The memory that the base model's weights take, in bytes; all its adaptations share them. */
  readonly baseBytes: number;
}

/** An attribute, and the values that training has seen, the most frequent first. */
export interface LoadedAttribute {
  readonly name: string;
  readonly values: readonly string[];
  /** Whether training has seen texts with several of its values. */
  readonly several: boolean;
}

interface Kept {
  readonly written: string;
  readonly adaptation: Adaptation;
}

/**
 * Holds adaptations on one device at a time, with base models from one specified folder or from any folder. Changing
 * the device or the folder reloads everything.
 */
export class Loaded {
  #scorers: Scorers | undefined;
  #key = "";
  #kept = new Map<string, Kept>();
  readonly #generators = new Generators();
  /** Requests in progress. */
  readonly #asked = new Set<Promise<void>>();

  /**
   * Loads these adaptations and unloads all others. Throws an InputError, and changes nothing, if one cannot be loaded.
   */
  async load(files: readonly string[], places: Places, device: Device): Promise<LoadedAdaptation[]> {
    const key = JSON.stringify([places.model, device]);
    const kept = new Map<string, Kept>();
    for (const file of files) {
      const known = this.#kept.get(file);
      // A loaded file that was deleted stays loaded; for other files, readAdaptation reports the error.
      const written = (await writtenOf(file)) ?? known?.written ?? "";
      kept.set(file, known?.written === written ? known : { written, adaptation: await readAdaptation(file, places) });
    }
    const scorers = key === this.#key && this.#scorers ? this.#scorers : new Scorers(places, device);
    scorers.places = places;
    const facts: LoadedAdaptation[] = [];
    try {
      for (const { adaptation } of kept.values()) {
        const generation = await generationFacts(scorers, adaptation);
        facts.push({ ...factsOf(adaptation, await scorers.base(adaptation), device), generation });
      }
    } catch (error) {
      if (scorers !== this.#scorers) await scorers.release();
      throw error;
    }
    const former = this.#scorers;
    this.#scorers = scorers;
    this.#key = key;
    this.#kept = kept;
    await Promise.all(this.#asked); // wait for earlier requests, which still use the previous adaptations
    if (former !== scorers) await former?.release();
    const all = [...this.#kept.values()].map(({ adaptation }) => adaptation);
    this.#generators.keep(all);
    await scorers.keep(all);
    return facts;
  }

  /**
   * The predictions of all loaded adaptations that classify, or of those in `only`, text by text. Throws an InputError if one of
   * those is not loaded or generates texts.
   */
  async *predict(
    texts: readonly Asked[],
    signal?: AbortSignal,
    only = this.#files((adaptation) => !isGenerative(adaptation)),
    isFrames = false,
  ): AsyncGenerator<Prediction, void, void> {
    const adaptations = only.map((file) => this.#adaptation(file));
    if (!this.#scorers) return;
    const answered = this.#open();
    try {
      yield* predictUnder(this.#scorers, adaptations, { texts, isFrames }, signal);
    } finally {
      answered();
    }
  }

  /** The same for the loaded adaptations that generate texts; see `Generators.under`. */
  async generate(
    { only = this.#files(isGenerative), ...request }: GenerationRequest & { readonly only?: readonly string[] },
    hearing: Hearing,
  ): Promise<void> {
    const adaptations = only.map((file) => this.#adaptation(file));
    if (!this.#scorers) return;
    const answered = this.#open();
    try {
      await this.#generators.under(this.#scorers, adaptations, request, hearing);
    } finally {
      answered();
    }
  }

  /** A text's evidence under a loaded adaptation. Throws an InputError if the adaptation is not loaded; see `evidenceUnder`. */
  async explain(file: string, options: EvidenceOptions): Promise<Evidence> {
    const adaptation = this.#adaptation(file);
    const answered = this.#open();
    try {
      return await evidenceUnder(this.#scorers!, adaptation, options);
    } finally {
      answered();
    }
  }

  #files(isOne: (adaptation: Adaptation) => boolean): readonly string[] {
    return [...this.#kept].filter(([, { adaptation }]) => isOne(adaptation)).map(([file]) => file);
  }

  #adaptation(file: string): Adaptation {
    const kept = this.#kept.get(file);
    if (kept) return kept.adaptation;
    throw new InputError("the adaptation is not loaded", { file }, "load it first");
  }

  /** Makes later loads wait for a request until the returned function is called. */
  #open(): () => void {
    let resolve = () => {};
    const asked = new Promise<void>((done) => {
      resolve = done;
    });
    this.#asked.add(asked);
    return () => {
      this.#asked.delete(asked);
      resolve();
    };
  }
}

function factsOf(
  adaptation: Adaptation,
  { folder, pretrained }: Base,
  device: Device,
): Omit<LoadedAdaptation, "generation"> {
  const { file, metadata, tensors } = adaptation;
  const bits = adaptation.format === "mask" ? adaptation.matrices.map(({ bits }) => bits.bytes.length) : [];
  const sizes = [...bits, ...tensors.map(({ data }) => data.byteLength)];
  return {
    adaptation: file,
    task: metadata.task.name,
    kind: metadata.task.kind,
    readsFrames: adaptorIn({ metadata }) !== undefined,
    labels: metadata.task.labels,
    attributes: vocabularyIn(adaptation).map(({ several = false, ...attribute }) => ({ ...attribute, several })),
    base: metadata.base.id,
    folder,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    baseBytes: device === "cpu" ? heldBytes(pretrained) : pretrained.float32Bytes,
  };
}
