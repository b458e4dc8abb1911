// The state of the heatmap page: what it saves, and what the editor has sent so far.

import type { HeadDescription, MaskDescription, MatrixProgress } from "../../src/mask/describe.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import { headMatrix } from "../../src/mask/statistics.ts";
import type { AttentionState } from "../../src/messages/attention.ts";
import type { Change, EffectState } from "../../src/messages/effect.ts";
import type { ApartView, MaskPlaces, MatrixDetails, MatrixView, SeedView, ToHeatmap } from "../../src/messages.ts";
import { numberLayers } from "../draw/layers.ts";
import type { Shape } from "../draw/matrix-painter.ts";
import type { Order } from "../draw/order.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { type WeightPlace, WeightRequests } from "../ui/weight-requests.ts";
import { learnModel } from "../ui/words.ts";

export type HeadKind = HeadDescription["kind"];

export type Scale = "own" | "fixed" | "z";

/** State saved while the tab exists. */
interface Saved {
  tab: string;
  matrix: string;
  /** The head highlighted in the matrix; null: none. */
  head: number | null;
  shape: Shape;
  /** The colour scale of rates; see `rates.tsx`. */
  scale: Scale;
  heads: HeadKind;
  flips: "pruned" | "regrown" | "expected";
  /** Whether the grid of heads combines all seeds found for the task. */
  combined: boolean;
  rowOrder: Order;
  columnOrder: Order;
  /** What is done to parts whose effect is measured, and for how many seconds. */
  change: Change;
  seconds: number;
}

export const saved = savedStore<Saved>({
  ...{ tab: "changed", matrix: "", head: null, heads: "all", flips: "pruned", combined: false },
  ...{ shape: "square", scale: "own", rowOrder: "own", columnOrder: "own" },
  ...{ change: "restored", seconds: 60 },
});

/** The mask that the page shows. */
export interface Described {
  /** Whether the description includes what training changed. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

interface Told {
  /** Which share of a packed file is decoded; undefined if none is. */
  unpacked: number | undefined;
  described: Described | undefined;
  failed: string;
  /** Counts of individual matrices before all are known. */
  progress: ReadonlyMap<string, MatrixProgress>;
  /** Masks of the same task with other seeds, and masks of the task that cannot be combined with this one. */
  seeds: readonly SeedView[];
  apart: readonly ApartView[];
  view: MatrixView | undefined;
  /** The weight, row or column to go to, as last requested. */
  goTo: ({ readonly name: string } & Omit<Spot, "head">) | undefined;
  /** The facts about a weight, as last received. */
  weight: (ToHeatmap & { readonly type: "weight" }) | undefined;
  details: ReadonlyMap<string, MatrixDetails>;
  compressed: number | undefined;
  /** The effects of all parts, and of the head that was asked for last. */
  effects: EffectState | undefined;
  headEffect: EffectState | undefined;
  /** How far linear attention is from softmax. */
  attention: AttentionState | undefined;
  /** Where the base model and the task are on this machine; undefined until the editor has answered. */
  places: MaskPlaces | undefined;
}

export const told = new Store<Told>({
  ...{ unpacked: undefined, described: undefined, failed: "", progress: new Map(), seeds: [], apart: [] },
  ...{ view: undefined, goTo: undefined, weight: undefined, details: new Map(), compressed: undefined },
  ...{ places: undefined, effects: undefined, headEffect: undefined, attention: undefined },
});

export function hear(message: ToHeatmap): void {
  const { progress, details } = told.state;
  if (message.type === "failed") told.change({ failed: message.message });
  else if (message.type === "unpacked") told.change({ unpacked: message.share });
  else if (message.type === "description") hearDescription(message);
  else if (message.type === "progress")
    told.change({ progress: new Map([...progress, ...message.progress.map((one) => [one.name, one] as const)]) });
  else if (message.type === "seeds") told.change({ seeds: message.seeds, apart: message.apart ?? [] });
  else if (message.type === "details")
    told.change({ details: new Map([...details, [message.details.name, message.details]]) });
  else if (message.type === "compressed") told.change({ compressed: message.bytes });
  else if (message.type === "effect") told.change({ [message.state.head ? "headEffect" : "effects"]: message.state });
  else if (message.type === "attention") told.change({ attention: message.state });
  else if (message.type === "places") told.change({ places: message.places });
  else if (message.type === "weight") hearWeight(message);
  else if (message.type === "show") openMatrix(message.matrix, { head: message.head });
  else if (message.type === "matrix") {
    told.change({ view: message.view });
    if (message.view.name === wanted?.name) turnToMatrix();
  }
}

function hearDescription(message: ToHeatmap & { readonly type: "description" }): void {
  const { base, kinds } = message.description;
  numberLayers(base);
  learnModel(
    base,
    kinds.map(({ kind }) => kind),
  );
  told.change({ described: message });
}

/** How long to keep the current tab, in milliseconds, before showing an empty one while a matrix loads. */
const PATIENCE = 150;
let wanted: ({ readonly name: string } & Spot) | undefined;
let timer: number | undefined;
/** The matrix requested last. */
let requested: string | undefined;

/** A part of a matrix: a head that is highlighted, or a row or column that is shown and pinned. */
export interface Spot {
  readonly head?: number | null | undefined;
  readonly row?: number;
  readonly column?: number;
}

/** Switches to a matrix as soon as the editor has sent it; no head is highlighted unless `spot` contains one. */
export function openMatrix(name: string, spot: Spot = {}): void {
  post({ type: "matrix", name });
  requested = name;
  wanted = { name, ...spot };
  window.clearTimeout(timer);
  timer = window.setTimeout(turnToMatrix, PATIENCE);
}

/** Opens the matrix that shows a head best, with the head highlighted. */
export function openHead(
  { matrices, base }: MaskDescription,
  head: Pick<HeadDescription, "layer" | "head" | "kind">,
): void {
  openMatrix(headMatrix(matrices, head, base).name, { head: head.head });
}

function turnToMatrix(): void {
  window.clearTimeout(timer);
  if (!wanted) return;
  const { name, head, ...at } = wanted;
  wanted = undefined;
  saved.change({ tab: "matrix", matrix: name, head: head ?? null });
  if (at.row !== undefined || at.column !== undefined) told.change({ goTo: { name, ...at } });
}

/** Requests a matrix, unless it was the last one requested. */
export function needMatrix(name: string): void {
  if (requested !== name) post({ type: "matrix", name });
  requested = name;
}

let areDetailsRequested = false;

/** Requests the counts of rows and columns, once. */
export function needDetails(): void {
  if (!areDetailsRequested) post({ type: "details" });
  areDetailsRequested = true;
}

/** Requests the counts of rows and columns; resolves once they have arrived. undefined: they are all known. */
export function completeDetails(): Promise<void> | undefined {
  const areKnown = () => told.state.compressed !== undefined; // the editor sends this last
  if (areKnown()) return undefined;
  needDetails();
  return new Promise((resolve) => {
    const unwatch = told.watch(() => {
      if (!areKnown()) return;
      unwatch();
      resolve();
    });
  });
}

let arePlacesRequested = false;

/** Requests the locations of the base model and the task, once. */
export function needPlaces(): void {
  if (!arePlacesRequested) post({ type: "places" });
  arePlacesRequested = true;
}

/** Requests for facts about the weight in the detail line. */
const facts = new WeightRequests<WeightPlace>((place) => post({ type: "weight", ...place }));

export const needWeight = (place: WeightPlace | undefined): void => facts.need(place);

function hearWeight(message: ToHeatmap & { readonly type: "weight" }): void {
  told.change({ weight: message });
  facts.answered(message);
}
