// The state of the Try Text page: what it saves, what the editor has sent, and whether an answer is awaited.

import type { LoadedMask, Prediction, ToTry } from "../../src/messages.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";

/** The typed text and the masks loaded last, which can be reloaded after the window reloads. */
export const saved = savedStore({
  text: "",
  loaded: [] as readonly Pick<LoadedMask, "adaptation" | "task">[],
});

interface Told {
  /** The masks in memory; undefined until the editor has sent them. */
  facts: (ToTry & { readonly type: "loaded" }) | undefined;
  /** The masks that answered last, and their predictions for each text. */
  answered: { readonly masks: readonly LoadedMask[]; readonly answers: readonly Prediction[] };
  /** Whether an answer is awaited. */
  busy: boolean;
  failed: string;
}

const NONE = { masks: [], answers: [] };

export const told = new Store<Told>({ facts: undefined, answered: NONE, busy: false, failed: "" });

/** Delay between the last key and the request, in milliseconds. */
const PAUSE = 250;
let asked = 0;
let timer: number | undefined;

export function hear(message: ToTry): void {
  if (message.type === "loaded") {
    told.change({ facts: message });
    const { masks } = message;
    if (masks.length) saved.change({ loaded: masks.map(({ adaptation, task }) => ({ adaptation, task })) });
    ask();
  } else if (message.request !== asked) return;
  else if (message.type === "failed") told.change({ busy: false, failed: message.message });
  else {
    const masks = told.state.facts?.masks ?? [];
    told.change({ busy: false, failed: "", answered: { masks, answers: message.answers } });
  }
}

export function type(text: string): void {
  saved.change({ text });
  clearTimeout(timer);
  timer = window.setTimeout(ask, PAUSE);
}

function ask(): void {
  const texts = saved.state.text.split("\n").filter((line) => line.trim());
  asked++;
  const busy = texts.length > 0 && Boolean(told.state.facts?.masks.length);
  told.change(busy ? { busy } : { busy, answered: NONE });
  if (busy) post({ type: "ask", request: asked, texts });
}
