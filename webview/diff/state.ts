// What the page of two or more masks remembers, and what the editor has told it so far.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { MaskSummary, MatrixView, Stage, ToDiff } from "../../src/messages.ts";
import { named } from "../ui/dom.ts";
import { pageState, post } from "../ui/host.ts";

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
  /** Tasks that the user named as related. */
  related: readonly (readonly string[])[];
  /** The matrix that was asked for last, of each mask. */
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

/** What a mask is called, on one short line. */
export const nameOf = (file: string): string => named(told.names[sideOf(file)] ?? file);

/** Whether the pairs say what the initial masks tell, too. */
export const isComplete = (): boolean => told.stage !== "distance";

let asked = "";

/** Asks the editor for a matrix, once however often it is drawn meanwhile. */
export function askMatrix(name: string): void {
  if (asked === name) return;
  asked = name;
  if (!told.views.some((view) => view?.name === name)) told.views = [];
  post({ type: "matrix", name });
}

export function openMatrix(name: string): void {
  change({ tab: "matrix", matrix: name });
}
