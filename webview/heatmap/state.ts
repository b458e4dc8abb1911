// The state of a mask's page: what it saves, and what the editor has sent so far.

import type { HeadDescription, MaskDescription, MatrixProgress } from "../../src/mask/describe.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import type { MatrixDetails, MatrixView, SeedView, ToHeatmap } from "../../src/messages.ts";
import type { Order } from "../draw/order.ts";
import { pageState, post } from "../ui/host.ts";

export type HeadKind = HeadDescription["kind"];

/** State saved while the tab exists. */
interface State {
  tab: string;
  matrix: string;
  heads: HeadKind;
  flips: "pruned" | "regrown" | "expected";
  /** Whether the heads' grid combines all seeds of the task that were found. */
  combined: boolean;
  rowOrder: Order;
  columnOrder: Order;
}

export const { state, change, drawnBy } = pageState<State>({
  ...{ tab: "changed", matrix: "", heads: "all", flips: "pruned", combined: false },
  ...{ rowOrder: "own", columnOrder: "own" },
});

interface Told {
  described:
    | { readonly complete: boolean; readonly description: MaskDescription; readonly metadata: MaskMetadata }
    | undefined;
  failed: string;
  /** Counts of single matrices before all are known. */
  readonly progress: Map<string, MatrixProgress>;
  /** Other seeds of the task. */
  seeds: readonly SeedView[];
  view: MatrixView | undefined;
  readonly details: Map<string, MatrixDetails>;
  compressed: number | undefined;
}

export const told: Told = {
  ...{ described: undefined, failed: "", progress: new Map(), seeds: [] },
  ...{ view: undefined, details: new Map(), compressed: undefined },
};

/** Stores a message's content, except facts about single weights, which are shown directly. */
export function hear(message: ToHeatmap): void {
  if (message.type === "failed") told.failed = message.message;
  else if (message.type === "description") told.described = message;
  else if (message.type === "progress") for (const one of message.progress) told.progress.set(one.name, one);
  else if (message.type === "seeds") told.seeds = message.seeds;
  else if (message.type === "details") told.details.set(message.details.name, message.details);
  else if (message.type === "compressed") told.compressed = message.bytes;
  else if (message.type === "show") openMatrix(message.matrix);
  else if (message.type === "matrix") {
    told.view = message.view;
    if (message.view.name === wanted) turnToMatrix();
    else if (state.tab === "matrix") change({});
  }
}

/** How long to keep the current tab, in milliseconds, before showing an empty one while a matrix loads. */
const PATIENCE = 150;
let wanted: string | undefined;
let timer: number | undefined;

/** Switches to a matrix as soon as the editor has sent it. */
export function openMatrix(name: string): void {
  post({ type: "matrix", name });
  wanted = name;
  window.clearTimeout(timer);
  timer = window.setTimeout(turnToMatrix, PATIENCE);
}

function turnToMatrix(): void {
  window.clearTimeout(timer);
  if (wanted !== undefined) change({ tab: "matrix", matrix: wanted });
  wanted = undefined;
}
