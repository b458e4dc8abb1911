// Messages to the Try Text page.

import type { GenerationEvent, GenerationFacts } from "../adaptation/generation/answer.ts";
import type { LoadedAttribute } from "../adaptation/loaded.ts";
import type { AskedText, Evidence, Prediction } from "../adaptation/prediction.ts";

// Types used in these messages, re-exported for the page.
export type {
  GeneratedAnswer,
  GenerationChoice,
  GenerationEvent,
  GenerationFacts,
} from "../adaptation/generation/answer.ts";
// How Try Text saves predictions and generated texts.
export { generatedJson } from "../adaptation/generation/answer.ts";
export type { Deletion, Evidence, Piece, Prediction, TokenEvidence } from "../adaptation/prediction.ts";
export { predictionJson } from "../adaptation/prediction.ts";

/** A mask loaded into memory. */
export interface LoadedMask {
  readonly adaptation: string;
  readonly task: string;
  /** The name of its run. */
  readonly name: string;
  readonly base: string;
  readonly bytes: number;
  /** The kind of its task, and how it generates texts; null if it classifies. */
  readonly kind: string;
  readonly generation: GenerationFacts | null;
  /** Those that it was trained with. */
  readonly attributes: readonly LoadedAttribute[];
}

/** The values of texts' attributes, by name. */
export type AttributeValues = NonNullable<AskedText["attributes"]>;

/** Texts that are generated. */
export interface GeneratingTexts {
  readonly request: number;
  readonly texts: readonly string[];
  readonly adaptations: readonly string[];
}

export type ToTry =
  | {
      readonly type: "loaded";
      readonly masks: readonly LoadedMask[];
      /** Bytes needed for one copy of each base model's weights, and for a separate copy of the weights per mask. */
      readonly baseBytes: number;
      readonly copiesBytes: number;
    }
  | { readonly type: "answers"; readonly request: number; readonly answers: readonly Prediction[] }
  | { readonly type: "failed"; readonly request: number; readonly message: string }
  /** What is, or was last, generated, for a page that has restarted; pieces of one text are joined. */
  | (GeneratingTexts & { readonly type: "generating"; readonly events: readonly GenerationEvent[] })
  | { readonly type: "generated"; readonly request: number; readonly event: GenerationEvent }
  /** All texts are generated, or the rest never will be: it was stopped, or it failed. */
  | { readonly type: "generationOver"; readonly request: number; readonly failed: string | null }
  /**
   * Puts a text above the others, and opens its evidence under these masks. With `attributes`, the attributes that these masks
   * read have only these values.
   */
  | {
      readonly type: "open";
      readonly text: string;
      readonly attributes?: AttributeValues;
      readonly adaptations: readonly string[];
    }
  | { readonly type: "evidence"; readonly request: number; readonly evidence: Evidence }
  /** How many of the texts with deleted tokens have been scored. */
  | { readonly type: "checking"; readonly request: number; readonly done: number; readonly total: number }
  | { readonly type: "unexplained"; readonly request: number; readonly message: string };
