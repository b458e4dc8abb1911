// The state of the evaluation page: what the editor has sent, and what the user has chosen.

import type { EvaluatedSplit, EvaluatedView, ExampleLine, ToEvaluation } from "../../src/messages/evaluation.ts";
import { post, savedStore } from "../ui/host.ts";
import { Store } from "../ui/store.ts";

export type Result = ToEvaluation & { readonly type: "evaluated" };

interface Told {
  /** The adaptations before they are evaluated. */
  readonly names: readonly string[];
  /** Whether an evaluation is under way; undefined until the editor has said so. */
  readonly busy: boolean | undefined;
  readonly result: Result | undefined;
  readonly failed: string;
  /** Texts and probabilities by `lineKey`. */
  readonly lines: ReadonlyMap<string, ExampleLine>;
  /** The examples found for the text that is searched for; undefined while they are not known. */
  readonly found: ReadonlySet<number> | undefined;
}

export const told = new Store<Told>({
  ...{ names: [], busy: undefined, result: undefined, failed: "", found: undefined },
  lines: new Map(),
});

export type Right = "all" | "right" | "wrong";
/** Which of two adaptations is right where they disagree. */
export type Disagreement = "any" | "a" | "b" | "neither";

/** What the user has chosen; kept until the tab is closed, and over reloads. Adaptations and tasks by their files. */
export interface Chosen {
  readonly split: EvaluatedSplit;
  readonly tab: string;
  readonly task: string;
  readonly adaptation: string;
  readonly sort: "loss" | "least loss" | "confidence" | "order";
  readonly right: Right;
  /** The indices of labels; −1: any; `MISSING`: no prediction. */
  readonly label: number;
  readonly predicted: number;
  /** The adaptation that the chosen one is compared with; "": none. */
  readonly other: string;
  readonly disagreement: Disagreement;
  readonly text: string;
  /** The example whose numbers are shown; −1: none. */
  readonly example: number;
}

/** Chosen among the predicted labels: words that the model did not see. */
export const MISSING = -2;

export const NO_FILTER = {
  ...{ right: "all", label: -1, predicted: -1, other: "", disagreement: "any", text: "" },
} as const satisfies Partial<Chosen>;

export const chosen = savedStore<Chosen>({
  ...{ split: "test", tab: "metrics", task: "", adaptation: "", sort: "loss", example: -1 },
  ...NO_FILTER,
});

export const lineKey = (adaptation: number, example: number): string => `${adaptation} ${example}`;

/** The maximum number of lines that are kept. */
const MOST_KEPT = 5000;
/** The maximum number of lines in a request. */
export const MOST_ASKED = 500;

let requests = 0;
const asked = new Map<number, number>();
const awaited = new Set<string>();
let searched = -1;
/** Who waits for the lines of a request. */
const waiting = new Map<number, (lines: readonly ExampleLine[]) => void>();

export function hear(message: ToEvaluation): void {
  if (message.type === "unevaluated") told.change({ names: message.names, busy: false });
  else if (message.type === "evaluating") told.change({ busy: true, failed: "" });
  else if (message.type === "failed") told.change({ busy: false, failed: message.message });
  else if (message.type === "evaluated") {
    asked.clear();
    awaited.clear();
    for (const resolve of waiting.values()) resolve([]);
    waiting.clear();
    told.change({ busy: false, failed: "", result: message, lines: new Map(), found: undefined });
    chosen.change({ split: message.split });
    searchFor(chosen.state.text);
  } else if (message.type === "lines") takeLines(message);
  else if (message.type === "found" && message.request === searched) told.change({ found: new Set(message.examples) });
}

function takeLines({ request, lines }: ToEvaluation & { readonly type: "lines" }): void {
  const adaptation = asked.get(request);
  if (adaptation === undefined) return; // of an evaluation before
  asked.delete(request);
  const all = new Map(told.state.lines);
  for (const line of lines) {
    const key = lineKey(adaptation, line.example);
    awaited.delete(key);
    all.set(key, line);
  }
  for (const key of all.keys()) {
    if (all.size <= MOST_KEPT) break;
    all.delete(key);
  }
  told.change({ lines: all });
  waiting.get(request)?.(lines);
  waiting.delete(request);
}

/** Asks for lines that are neither known nor awaited. */
export function wantLines(adaptation: number, examples: readonly number[]): void {
  const missing = examples.filter((example) => {
    const key = lineKey(adaptation, example);
    return !told.state.lines.has(key) && !awaited.has(key);
  });
  if (missing.length) ask(adaptation, missing.slice(0, MOST_ASKED));
}

/** Returns the number of the request. */
function ask(adaptation: number, examples: readonly number[]): number {
  for (const example of examples) awaited.add(lineKey(adaptation, example));
  asked.set(++requests, adaptation);
  post({ type: "lines", request: requests, adaptation, examples });
  return requests;
}

/** The lines of these examples, in order, requested again even if they are known. */
export async function linesOf(adaptation: number, examples: readonly number[]): Promise<ExampleLine[]> {
  const all: ExampleLine[] = [];
  for (let from = 0; from < examples.length; from += MOST_ASKED) {
    const request = ask(adaptation, examples.slice(from, from + MOST_ASKED));
    all.push(...(await new Promise<readonly ExampleLine[]>((resolve) => waiting.set(request, resolve))));
  }
  return all;
}

/** Delay between the last key and the search, in milliseconds. */
const PAUSE = 250;
let timer: number | undefined;

/** Searches the texts of the examples of the chosen task. */
export function searchFor(text: string): void {
  chosen.change({ text });
  clearTimeout(timer);
  told.change({ found: undefined });
  if (!text) return;
  timer = window.setTimeout(() => {
    const view = viewsOf(told.state.result)[0];
    if (!view) return;
    searched = ++requests;
    post({ type: "search", request: searched, adaptation: view.index, text });
  }, PAUSE);
}

/** An adaptation with its index in the result. */
export interface View extends EvaluatedView {
  readonly index: number;
  /** Whether words without a prediction do not count, rather than as wrong. */
  readonly leavesOut: boolean;
}

function viewOf(view: EvaluatedView, index: number): View {
  const counted = view.details.labels.reduce((sum, { support }) => sum + support, 0);
  return { ...view, index, leavesOut: counted < view.examples.targets.length };
}

/** The tasks of a result, by file, with the names that they show. */
export function tasksOf(result: Result): ReadonlyMap<string, string> {
  return new Map(result.views.map(({ task }) => [task.file, task.name]));
}

/** The adaptations that were evaluated on the chosen task. */
export function viewsOf(result: Result | undefined): View[] {
  const views = (result?.views ?? []).map(viewOf);
  const chosenOnes = views.filter(({ task }) => task.file === chosen.state.task);
  return chosenOnes.length ? chosenOnes : views.filter(({ task }) => task.file === views[0]!.task.file);
}

/** What all tabs show: the adaptations of the chosen task, and the chosen one of them. */
export interface Subject {
  readonly result: Result;
  readonly views: readonly View[];
  readonly view: View;
}

export function subjectOf(result: Result, adaptation: string): Subject {
  const views = viewsOf(result);
  return { result, views, view: views.find((one) => one.adaptation === adaptation) ?? views[0]! };
}
