// The state of a mask's page: what it saves, and what the editor has sent so far.

import type { HeadDescription, MaskDescription, MatrixProgress } from "../../src/mask/describe.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import type { MatrixDetails, MatrixView, SeedView, ToHeatmap } from "../../src/messages.ts";
import type { Order } from "../draw/order.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { type WeightPlace, WeightRequests } from "../ui/weight-requests.ts";

export type HeadKind = HeadDescription["kind"];

/** State saved while the tab exists. */
interface Saved {
  tab: string;
  matrix: string;
  heads: HeadKind;
  flips: "pruned" | "regrown" | "expected";
  /** Whether the heads' grid combines all seeds of the task that were found. */
  combined: boolean;
  rowOrder: Order;
  columnOrder: Order;
}

export const saved = savedStore<Saved>({
  ...{ tab: "changed", matrix: "", heads: "all", flips: "pruned", combined: false },
  ...{ rowOrder: "own", columnOrder: "own" },
});

/** The mask that the page shows. */
export interface Described {
  /** Whether the description includes what training changed. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

interface Told {
  described: Described | undefined;
  failed: string;
  /** Counts of single matrices before all are known. */
  progress: ReadonlyMap<string, MatrixProgress>;
  /** Other seeds of the task. */
  seeds: readonly SeedView[];
  view: MatrixView | undefined;
  /** The facts of the weight asked for last. */
  weight: (ToHeatmap & { readonly type: "weight" }) | undefined;
  details: ReadonlyMap<string, MatrixDetails>;
  compressed: number | undefined;
}

export const told = new Store<Told>({
  ...{ described: undefined, failed: "", progress: new Map(), seeds: [] },
  ...{ view: undefined, weight: undefined, details: new Map(), compressed: undefined },
});

export function hear(message: ToHeatmap): void {
  const { progress, details } = told.state;
  if (message.type === "failed") told.change({ failed: message.message });
  else if (message.type === "description") told.change({ described: message });
  else if (message.type === "progress")
    told.change({ progress: new Map([...progress, ...message.progress.map((one) => [one.name, one] as const)]) });
  else if (message.type === "seeds") told.change({ seeds: message.seeds });
  else if (message.type === "details")
    told.change({ details: new Map([...details, [message.details.name, message.details]]) });
  else if (message.type === "compressed") told.change({ compressed: message.bytes });
  else if (message.type === "weight") hearWeight(message);
  else if (message.type === "show") openMatrix(message.matrix);
  else if (message.type === "matrix") {
    told.change({ view: message.view });
    if (message.view.name === wanted) turnToMatrix();
  }
}

/** How long to keep the current tab, in milliseconds, before showing an empty one while a matrix loads. */
const PATIENCE = 150;
let wanted: string | undefined;
let timer: number | undefined;
/** The matrix requested last. */
let requested: string | undefined;

/** Switches to a matrix as soon as the editor has sent it. */
export function openMatrix(name: string): void {
  post({ type: "matrix", name });
  requested = name;
  wanted = name;
  window.clearTimeout(timer);
  timer = window.setTimeout(turnToMatrix, PATIENCE);
}

function turnToMatrix(): void {
  window.clearTimeout(timer);
  if (wanted !== undefined) saved.change({ tab: "matrix", matrix: wanted });
  wanted = undefined;
}

/** Requests a matrix unless it was requested last. */
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

/** The facts of the weight that is shown. */
const facts = new WeightRequests<WeightPlace>((place) => post({ type: "weight", ...place }));

export const needWeight = (place: WeightPlace | undefined): void => facts.need(place);

function hearWeight(message: ToHeatmap & { readonly type: "weight" }): void {
  told.change({ weight: message });
  facts.answered(message);
}
