// The state of the run page: what the editor has sent.

import type { RunState, ToRun, TrainEvent } from "../../src/messages.ts";
import { Store } from "../ui/store.ts";

interface Told {
  /** undefined until the editor has sent them. */
  events: readonly TrainEvent[] | undefined;
  state: RunState;
  /** Why the run is in this state. */
  reason: string;
  /** Provenance lines of a saved file. */
  facts: readonly string[];
  /** The error if there is nothing to draw. */
  failed: string;
}

export const told = new Store<Told>({ events: undefined, state: "unfinished", reason: "", facts: [], failed: "" });

export function hear(message: ToRun): void {
  if (message.type === "events") {
    const before = message.reset ? [] : (told.state.events ?? []);
    told.change({ events: [...before, ...message.events], failed: "" }); // a missing folder is back
  } else if (message.type === "run") told.change({ facts: factsOf(message) });
  else if (message.type === "failed") told.change({ failed: message.message });
  else told.change({ state: message.state, reason: message.reason ?? "" });
}

function factsOf({ options, tool }: ToRun & { type: "run" }): string[] {
  const { task, model } = options;
  const known = [`task ${task}`, `model ${model}`, `options ${JSON.stringify(options)}`];
  return [...(task === undefined ? [] : known), `saved by ${tool}`];
}
