// Computes the evidence that the Try Text page asks for: any number of requests at once, each of which it can stop.

import { messageOf } from "../../errors.ts";
import type { ToTry } from "../../messages/try.ts";
import { Stopped } from "../../worker/errors.ts";
import type { Loads } from "../masks/loads.ts";
import { note } from "../ui/log.ts";
import type { Heard } from "../ui/page-messages.ts";

export class Explaining {
  readonly #loads: Loads;
  readonly #post: (message: ToTry) => void;
  readonly #open = new Map<number, AbortController>();

  constructor(loads: Loads, post: (message: ToTry) => void) {
    this.#loads = loads;
    this.#post = post;
  }

  async explain({ type: _, request, ...params }: Heard<"try"> & { type: "explain" }): Promise<void> {
    const controller = new AbortController();
    this.#open.set(request, controller);
    try {
      const evidence = await this.#loads.explain(params, controller.signal, ({ done, total }) =>
        this.#post({ type: "checking", request, done, total }),
      );
      this.#post({ type: "evidence", request, evidence });
    } catch (error) {
      if (error instanceof Stopped) return;
      note(error);
      this.#post({ type: "unexplained", request, message: messageOf(error) });
    } finally {
      this.#open.delete(request);
    }
  }

  stop(request: number): void {
    this.#open.get(request)?.abort();
  }

  stopAll(): void {
    for (const controller of this.#open.values()) controller.abort();
  }
}
