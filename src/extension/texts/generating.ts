// Generates the texts that the Try Text page asks for: one request at a time, whose texts are kept for a page that restarts.

import type { GenerationEvent } from "../../adaptation/generation/answer.ts";
import { messageOf } from "../../errors.ts";
import type { GeneratingTexts, ToTry } from "../../messages/try.ts";
import { Stopped } from "../../worker/errors.ts";
import type { Loads } from "../masks/loads.ts";
import { note } from "../ui/log.ts";
import type { Heard } from "../ui/page-messages.ts";

interface Kept extends GeneratingTexts {
  readonly controller: AbortController;
  /** By text and adaptation. */
  readonly events: Map<string, GenerationEvent>;
  over: (ToTry & { readonly type: "generationOver" }) | undefined;
}

export class Generating {
  readonly #loads: Loads;
  readonly #post: (message: ToTry) => void;
  #kept: Kept | undefined;

  constructor(loads: Loads, post: (message: ToTry) => void) {
    this.#loads = loads;
    this.#post = post;
  }

  async generate({ request, texts, choice }: Heard<"try"> & { type: "generate" }): Promise<void> {
    this.stop();
    const controller = new AbortController();
    let kept: Kept = { request, texts, adaptations: [], controller, events: new Map(), over: undefined };
    this.#kept = kept;
    const begin = (adaptations: readonly string[]) => {
      if (this.#kept !== kept) return;
      kept = { ...kept, adaptations };
      this.#kept = kept;
    };
    const hear = (event: GenerationEvent) => {
      if (this.#kept !== kept) return; // the page has asked for other texts
      keep(kept, event);
      this.#post({ type: "generated", request, event });
    };
    let failed: string | null = null;
    try {
      await this.#loads.generate({ texts, choice }, controller.signal, begin, hear);
    } catch (error) {
      if (!(error instanceof Stopped)) {
        note(error);
        failed = messageOf(error);
      }
    }
    kept.over = { type: "generationOver", request, failed };
    this.#post(kept.over);
  }

  /** The text that is being generated ends where it is. */
  stop(): void {
    this.#kept?.controller.abort();
  }

  /** Tells a page that has restarted what was, or is being, generated. */
  resend(): void {
    if (!this.#kept) return;
    const { request, texts, adaptations, events, over } = this.#kept;
    this.#post({ type: "generating", request, texts, adaptations, events: [...events.values()] });
    if (over) this.#post(over);
  }
}

/** Joins the pieces of a text, which all of it replaces. */
function keep({ events }: Kept, event: GenerationEvent): void {
  const adaptation = event.type === "piece" ? event.adaptation : event.answer.adaptation;
  const key = JSON.stringify([event.index, adaptation]);
  const before = events.get(key);
  const isNext = event.type === "piece" && before?.type === "piece";
  events.set(key, isNext ? { ...event, piece: before.piece + event.piece } : event);
}
