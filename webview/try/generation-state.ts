// Which generated texts the Try Text page shows, and the settings that it asks for.

import type { GeneratedAnswer, GenerationChoice, GenerationEvent, ToTry } from "../../src/messages/try.ts";
import { post } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { type Settings, saved } from "./saved.ts";

/** A text so far, and the answer once it is complete. */
export interface Growing {
  readonly text: string;
  readonly answer: GeneratedAnswer | undefined;
}

interface Generation {
  readonly texts: readonly string[];
  /** The masks that generate. */
  readonly adaptations: readonly string[];
  /** By `placeOf`. */
  readonly grown: Readonly<Record<string, Growing | undefined>>;
  readonly busy: boolean;
  readonly failed: string;
}

export const generation = new Store<Generation>({ texts: [], adaptations: [], grown: {}, busy: false, failed: "" });

let asked = 0;

/** Where a text stands: by its index and the adaptation that generates it. */
export const placeOf = (index: number, adaptation: string): string => JSON.stringify([index, adaptation]);

/** Generates new texts instead of those shown. */
export function generate(texts: readonly string[], adaptations: readonly string[]): void {
  if (!texts.length || !adaptations.length) return;
  generation.change({ texts, adaptations, grown: {}, busy: true, failed: "" });
  post({ type: "generate", request: ++asked, texts, choice: choiceOf(saved.state.settings) });
}

/** Ends the text that is being generated where it is. */
export function stopGenerating(): void {
  if (generation.state.busy) post({ type: "stopGenerating" });
}

export function hearGeneration(message: ToTry & { type: "generating" | "generated" | "generationOver" }): void {
  if (message.type === "generating") {
    const { request, texts, adaptations, events } = message;
    asked = request;
    generation.change({ texts, adaptations, grown: events.reduce(withEvent, {}), busy: true, failed: "" });
  } else if (message.request !== asked) return;
  else if (message.type === "generated") generation.change({ grown: withEvent(generation.state.grown, message.event) });
  else generation.change({ busy: false, failed: message.failed ?? "" });
}

function withEvent(grown: Generation["grown"], event: GenerationEvent): Generation["grown"] {
  if (event.type === "generated") {
    const { answer, index } = event;
    return { ...grown, [placeOf(index, answer.adaptation)]: { text: answer.generated, answer } };
  }
  const place = placeOf(event.index, event.adaptation);
  return { ...grown, [place]: { text: (grown[place]?.text ?? "") + event.piece, answer: undefined } };
}

/** The complete texts, in the order in which they are shown. */
export const answersIn = ({ texts, adaptations, grown }: Generation): GeneratedAnswer[] =>
  texts.flatMap((_, i) => adaptations.flatMap((adaptation) => grown[placeOf(i, adaptation)]?.answer ?? []));

const OWN = { beams: null, lengthPenalty: null, temperature: null, topK: null, topP: null };

function choiceOf({ method, newTokens, stops, seed, ...chosen }: Settings): GenerationChoice {
  const { beams, lengthPenalty, temperature, topK, topP } = chosen;
  const lines = stops.split("\n").filter((line) => line);
  const common = { newTokens, seed, stops: lines.length ? lines : null };
  if (method === "greedy") return { ...OWN, ...common, beams: 1, temperature: 0 };
  if (method === "beam") return { ...OWN, ...common, beams, lengthPenalty };
  if (method === "sample") return { ...OWN, ...common, temperature, topK, topP };
  return { ...OWN, ...common };
}
