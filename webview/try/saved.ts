// What the Try Text page saves.

import type { LoadedMask } from "../../src/messages.ts";
import { savedStore } from "../ui/host.ts";

/** What a user wants of a text's evidence. */
export interface Wanted {
  /** The label to explain; null: the predicted one. */
  readonly label: string | null;
  /** Whether to check it by deletion. */
  readonly deletion: boolean;
}

/** The typed text, the masks loaded last, which can be reloaded after the window reloads, and which evidence is open. */
export const saved = savedStore({
  text: "",
  loaded: [] as readonly Pick<LoadedMask, "adaptation" | "task">[],
  wanted: {} as Readonly<Record<string, Wanted>>,
});
