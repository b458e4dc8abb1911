// When a generated text ends.

import type { Finish, FinishOf } from "./search.ts";
import type { GenerationSettings } from "./settings.ts";
import type { AddedText } from "./text.ts";

/**
 * Tells why a hypothesis ends: at an end token, else at a stop string in its text (also one that spans tokens), else
 * because it has `most` tokens, for which `atMost` is the reason.
 */
export function finishing({ endIds }: GenerationSettings, text: AddedText, most: number, atMost: Finish): FinishOf {
  return (ids) => {
    if (endIds.includes(ids.at(-1)!)) return "end";
    if (text.hasStop(ids)) return "stop";
    return ids.length >= most ? atMost : undefined;
  };
}
