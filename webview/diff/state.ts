// The state of the diff page: what it saves, and what the editor has sent so far.

import type { HeadView } from "../../src/anatomy/heads.ts";
import { nameWithTask } from "../../src/file-name.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { MaskSummary, MatrixView, Stage, ToDiff, WeightOfMasks } from "../../src/messages.ts";
import { numberLayers } from "../draw/layers.ts";
import type { Order } from "../draw/order.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { isSameWeight, WeightRequests } from "../ui/weight-requests.ts";
import { learnModel } from "../ui/words.ts";

export interface Saved {
  tab: string;
  /** The index of the pair that is shown. */
  pair: number;
  matrix: string;
  of: "pruned" | "kept";
  view: "four" | "beside" | "swipe" | "blink";
  /** Which states are drawn, and how. */
  states: StatesDrawn;
  /** The mask whose z is shown beside rows and columns and used to sort them. */
  strips: "a" | "b";
  rowOrder: Order;
  columnOrder: Order;
  /** What is shown of attention heads. */
  heads: HeadView;
  /** The name of the head that is shown in all masks. */
  head: string;
}

/** All states, either true to scale or with the rare one enlarged so that it is visible; or a single state. */
export type StatesDrawn = "enlarged" | "all" | "rare" | "onlyA" | "onlyB";

export const saved = savedStore<Saved>({
  ...{ tab: "overlap", pair: 0, matrix: "", of: "pruned", view: "four" },
  ...{ states: "enlarged", strips: "a", rowOrder: "own", columnOrder: "own", heads: "all", head: "" },
});

interface Told {
  names: readonly string[];
  masks: readonly MaskSummary[];
  pairs: readonly PairComparison[];
  stage: Stage;
  /** Tasks that the user marked as related. */
  related: readonly (readonly string[])[];
  /** The matrix requested last, in each mask; null: the mask has no such matrix. */
  views: readonly (MatrixView | null)[];
  /** The facts about a weight that were received last. */
  weight: (ToDiff & { readonly type: "weights" }) | undefined;
  failed: string;
}

export const told = new Store<Told>({
  ...{ names: [], masks: [], pairs: [], stage: "distance", related: [] },
  ...{ views: [], weight: undefined, failed: "" },
});

export function hear(message: ToDiff): void {
  if (message.type === "failed") told.change({ failed: message.message });
  else if (message.type === "names") hearNames(message);
  else if (message.type === "pairs") hearPairs(message);
  else if (message.type === "related") told.change({ related: message.groups });
  else if (message.type === "weights") hearWeight(message);
  else told.change({ views: message.views });
}

function hearNames({ names, masks }: ToDiff & { readonly type: "names" }): void {
  if (masks[0]) numberLayers(masks[0].base); // all masks have the same base model
  told.change({ names, masks });
}

function hearPairs({ pairs, stage }: ToDiff & { readonly type: "pairs" }): void {
  const kinds = new Set(pairs.flatMap((pair) => pair.kinds.map(({ kind }) => kind)));
  if (told.state.masks[0]) learnModel(told.state.masks[0].base, [...kinds]);
  told.change({ pairs, stage });
}

const sideOf = (file: string): number => told.state.masks.findIndex((mask) => mask.file === file);

export const maskOf = (file: string): MaskSummary | undefined => told.state.masks[sideOf(file)];

/** The matrix requested last, in this mask; undefined until it has arrived, null if the file has no matrix with that name. */
export const viewOf = (file: string): MatrixView | null | undefined => told.state.views[sideOf(file)];

/** A mask's name as one short line. */
export const nameOf = (file: string): string => named(told.state.names[sideOf(file)] ?? file);

/** A mask's name with its task, as one short line. */
export function labelOf(file: string): string {
  const task = maskOf(file)?.task.name;
  return task === undefined ? nameOf(file) : nameWithTask(nameOf(file), file, named(task));
}

/** Whether the pairs include the numbers that need the initial masks. */
export const isComplete = (): boolean => told.state.stage !== "distance";

let asked = "";

/** Requests a matrix from the editor, unless it was the last one requested. */
export function askMatrix(name: string): void {
  if (asked === name) return;
  asked = name;
  if (!told.state.views.some((view) => view?.name === name)) told.change({ views: [] });
  post({ type: "matrix", name });
}

const facts = new WeightRequests<WeightOfMasks>(
  (place) => post({ type: "weights", ...place }),
  (a, b) => isSameWeight(a, b) && a.masks.join() === b.masks.join(),
);

/** Requests a weight's facts in both masks of a pair. */
export const needWeight = (place: Omit<WeightOfMasks, "masks"> | undefined, { a, b }: PairComparison): void =>
  facts.need(place && { ...place, masks: [sideOf(a), sideOf(b)] });

/** The facts of a weight in both masks of a pair, if they have arrived. */
export function factsOf(weight: Told["weight"], place: Omit<WeightOfMasks, "masks">, { a, b }: PairComparison) {
  const isKnown = weight && isSameWeight(weight, place) && weight.masks.join() === [sideOf(a), sideOf(b)].join();
  return isKnown ? weight.facts : [];
}

function hearWeight(message: ToDiff & { readonly type: "weights" }): void {
  told.change({ weight: message });
  facts.answered(message);
}

export const openMatrix = (name: string): void => saved.change({ tab: "matrix", matrix: name });
