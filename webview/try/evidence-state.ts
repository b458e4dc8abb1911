// Which evidence the Try Text page shows: what the user opened, which is saved, and what the editor has computed.

import type { Evidence, Prediction, ToTry } from "../../src/messages/try.ts";
import { post } from "../ui/host.ts";
import { Store } from "../ui/store.ts";
import { saved, type Wanted } from "./saved.ts";

/** What is known of the evidence of a text under a mask. */
export interface Known {
  /** The request that is being computed; undefined if none is. */
  readonly request?: number | undefined;
  readonly evidence?: Evidence | undefined;
  /** How many texts with deleted tokens have been scored, while the evidence is being checked. */
  readonly progress?: { readonly done: number; readonly total: number } | undefined;
  readonly failed?: string | undefined;
}

/** By `keyOf`. */
export const known = new Store<Record<string, Known | undefined>>({});

let last = 0;

export const keyOf = ({ adaptation, text }: Pick<Prediction, "adaptation" | "text">): string =>
  JSON.stringify([adaptation, text]);

/** Opens a text's evidence, or changes what is wanted of it. `answer`: the prediction that it explains. */
export function want(answer: Prediction, wanted: Wanted): void {
  saved.change({ wanted: { ...saved.state.wanted, [keyOf(answer)]: wanted } });
  request(answer, wanted);
}

/** Hides a text's evidence, and stops computing it. */
export function hide(answer: Prediction): void {
  const key = keyOf(answer);
  forget([key]);
  const { [key]: _, ...wanted } = saved.state.wanted;
  saved.change({ wanted });
}

/** Stops the check; the evidence itself stays. */
export function stopCheck(answer: Prediction): void {
  const key = keyOf(answer);
  const { request, evidence } = known.state[key] ?? {};
  if (request !== undefined) post({ type: "enough", request });
  known.change({ [key]: { evidence } });
  saved.change({ wanted: { ...saved.state.wanted, [key]: { ...saved.state.wanted[key]!, deletion: false } } });
}

/** After new predictions: asks for the evidence that is wanted of them, and forgets that of texts that are gone. */
export function follow(answers: readonly Prediction[]): void {
  const keys = new Set(answers.map(keyOf));
  forget(Object.keys(known.state).filter((key) => !keys.has(key)));
  const { wanted } = saved.state;
  const kept = Object.fromEntries(Object.entries(wanted).filter(([key]) => keys.has(key)));
  if (Object.keys(kept).length < Object.keys(wanted).length) saved.change({ wanted: kept });
  for (const answer of answers) {
    const key = keyOf(answer);
    if (wanted[key] && !known.state[key]) request(answer, wanted[key]);
  }
}

/** Forgets all evidence, because the masks have changed; what is wanted is asked for again after their predictions. */
export const forgetAll = (): void => forget(Object.keys(known.state));

export function hearEvidence(message: ToTry & { type: "evidence" | "checking" | "unexplained" }): void {
  const [key, one] = Object.entries(known.state).find(([, one]) => one?.request === message.request) ?? [];
  if (key === undefined || !one) return; // no longer wanted
  if (message.type === "evidence") known.change({ [key]: { evidence: message.evidence } });
  else if (message.type === "unexplained") known.change({ [key]: { evidence: one.evidence, failed: message.message } });
  else known.change({ [key]: { ...one, progress: { done: message.done, total: message.total } } });
}

function request(answer: Prediction, { label, deletion }: Wanted): void {
  const key = keyOf(answer);
  const before = known.state[key];
  if (before?.request !== undefined) post({ type: "enough", request: before.request });
  const { adaptation, text, attributes = {} } = answer;
  const explained = label !== null && Object.hasOwn(answer.probabilities, label) ? label : answer.label;
  const evidence = before?.evidence?.label === explained ? before.evidence : undefined;
  known.change({ [key]: { request: ++last, evidence } });
  post({ type: "explain", request: last, adaptation, text, attributes, label: explained, deletion });
}

function forget(keys: readonly string[]): void {
  for (const key of keys) {
    const request = known.state[key]?.request;
    if (request !== undefined) post({ type: "enough", request });
  }
  if (keys.length) known.change(Object.fromEntries(keys.map((key) => [key, undefined])));
}
