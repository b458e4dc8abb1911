// The state of the diff page: what it saves, and what the editor has sent so far.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { MaskSummary, MatrixView, Stage, ToDiff } from "../../src/messages.ts";
import { pageState, post } from "../ui/host.ts";
import { named } from "../ui/text.ts";

interface State {
  tab: string;
  pair: number;
  matrix: string;
  of: "pruned" | "kept";
  view: "four" | "beside" | "swipe" | "blink";
}

export const { state, change, drawnBy } = pageState<State>({
  ...{ tab: "overlap", pair: 0, matrix: "", of: "pruned", view: "four" },
});

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

export const told: Told = {
  ...{ names: [], masks: [], pairs: [], stage: "distance", related: [] },
  ...{ views: [], failed: "" },
};

export function hear(message: ToDiff): void {
  if (message.type === "failed") told.failed = message.message;
  else if (message.type === "names") [told.names, told.masks] = [message.names, message.masks];
  else if (message.type === "pairs") [told.pairs, told.stage] = [message.pairs, message.stage];
  else if (message.type === "related") told.related = message.groups;
  else if (message.type === "matrices") told.views = message.views;
}

export const sideOf = (file: string): number => told.masks.findIndex((mask) => mask.file === file);

/** A mask's name as one short line. */
export const nameOf = (file: string): string => named(told.names[sideOf(file)] ?? file);

/** Whether the pairs include what needs the initial masks. */
export const isComplete = (): boolean => told.stage !== "distance";

let asked = "";

/** Requests a matrix from the editor, once even if redrawn in the meantime. */
export function askMatrix(name: string): void {
  if (asked === name) return;
  asked = name;
  if (!told.views.some((view) => view?.name === name)) told.views = [];
  post({ type: "matrix", name });
}

export function openMatrix(name: string): void {
  change({ tab: "matrix", matrix: name });
}
