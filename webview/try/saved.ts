// What the Try Text page saves.

import type { AttributeValues, LoadedMask } from "../../src/messages/try.ts";
import { savedStore } from "../ui/host.ts";

/** What a user wants of a text's evidence. */
export interface Wanted {
  /** The label to explain; null: the predicted one. */
  readonly label: string | null;
  /** Whether to check it by deletion. */
  readonly deletion: boolean;
}

/** How tokens are chosen: as the model's authors do, the most likely one, by beam search, or at random. */
export type Method = "own" | "greedy" | "beam" | "sample";

/** The settings of generation, of which the method uses some. */
export interface Settings {
  readonly method: Method;
  /** null: the model's own. */
  readonly newTokens: number | null;
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  /** One per line. */
  readonly stops: string;
}

/** Those of transformers where a method is chosen. */
const SETTINGS: Settings = {
  ...{ method: "own", newTokens: null, beams: 4, lengthPenalty: 1 },
  ...{ temperature: 1, topK: 50, topP: 1, seed: 1, stops: "" },
};

/**
 * The typed text, the values chosen for its attributes, the masks loaded last, which can be reloaded after the window reloads,
 * which evidence is open, and the settings of generation.
 */
export const saved = savedStore({
  text: "",
  attributes: {} as AttributeValues,
  loaded: [] as readonly Pick<LoadedMask, "adaptation" | "task">[],
  wanted: {} as Readonly<Record<string, Wanted>>,
  settings: SETTINGS,
});
