// The state of the diff page: what it saves, and what the editor has sent so far.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { MaskSummary, MatrixView, Stage, ToDiff } from "../../src/messages.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { named } from "../ui/text.ts";

export interface Saved {
  tab: string;
  /** The index of the pair that is shown. */
  pair: number;
  matrix: string;
  of: "pruned" | "kept";
  view: "four" | "beside" | "swipe" | "blink";
}

export const saved = savedStore<Saved>({ tab: "overlap", pair: 0, matrix: "", of: "pruned", view: "four" });

interface Told {
  names: readonly string[];
  masks: readonly MaskSummary[];
  pairs: readonly PairComparison[];
  stage: Stage;
  /** Tasks that the user marked as related. */
  related: readonly (readonly string[])[];
  /** The matrix requested last, of each mask. */
  views: readonly (MatrixView | null)[];
  failed: string;
}

export const told = new Store<Told>({
  ...{ names: [], masks: [], pairs: [], stage: "distance", related: [] },
  ...{ views: [], failed: "" },
});

export function hear(message: ToDiff): void {
  if (message.type === "failed") told.change({ failed: message.message });
  else if (message.type === "names") told.change({ names: message.names, masks: message.masks });
  else if (message.type === "pairs") told.change({ pairs: message.pairs, stage: message.stage });
  else if (message.type === "related") told.change({ related: message.groups });
  else told.change({ views: message.views });
}

const sideOf = (file: string): number => told.state.masks.findIndex((mask) => mask.file === file);

export const maskOf = (file: string): MaskSummary | undefined => told.state.masks[sideOf(file)];

/** The matrix requested last, of this mask; undefined before it has arrived, null if the file has none of that name. */
export const viewOf = (file: string): MatrixView | null | undefined => told.state.views[sideOf(file)];

/** A mask's name as one short line. */
export const nameOf = (file: string): string => named(told.state.names[sideOf(file)] ?? file);

/** Whether the pairs include what needs the initial masks. */
export const isComplete = (): boolean => told.state.stage !== "distance";

let asked = "";

/** Requests a matrix from the editor, unless it was the last one requested. */
export function askMatrix(name: string): void {
  if (asked === name) return;
  asked = name;
  if (!told.state.views.some((view) => view?.name === name)) told.change({ views: [] });
  post({ type: "matrix", name });
}

export const openMatrix = (name: string): void => saved.change({ tab: "matrix", matrix: name });
