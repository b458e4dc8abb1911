// The state of the run page: what the editor has sent.

import type { FormerPace, RunState, ToRun, TrainEvent } from "../../src/messages.ts";
import { Store } from "../ui/store.ts";
import { learn } from "../ui/words.ts";

interface Told {
  /** undefined until the editor has sent them. */
  events: readonly TrainEvent[] | undefined;
  state: RunState;
  /** Why the run is in this state. */
  reason: string;
  /** Provenance lines of a saved file. */
  facts: readonly string[];
  /** The run's options; empty if unknown. */
  options: Readonly<Record<string, unknown>>;
  defaults: Readonly<Record<string, unknown>>;
  former: FormerPace | null;
  /** The error if there is nothing to draw. */
  failed: string;
}

export const told = new Store<Told>({
  ...{ events: undefined, state: "unfinished", reason: "", failed: "" },
  ...{ facts: [], options: {}, defaults: {}, former: null },
});

export function hear(message: ToRun): void {
  if (message.type === "events") {
    const before = message.reset ? [] : (told.state.events ?? []);
    told.change({ events: [...before, ...message.events], failed: "" }); // a folder that was missing exists again
  } else if (message.type === "run") hearRun(message);
  else if (message.type === "failed") told.change({ failed: message.message });
  else told.change({ state: message.state, reason: message.reason ?? "" });
}

function hearRun(message: ToRun & { type: "run" }): void {
  const { options, defaults, explanations, former } = message;
  learn(...Object.entries(explanations)); // the glossary also explains them without a pointer
  told.change({ facts: factsOf(message), options, defaults, former });
}

function factsOf({ options, tool }: ToRun & { type: "run" }): string[] {
  const { task, model } = options;
  const known = [`task ${task}`, `model ${model}`, `options ${JSON.stringify(options)}`];
  return [...(task === undefined ? [] : known), `saved by ${tool}`];
}
