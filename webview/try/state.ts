// The state of the Try Text page: what the editor has sent, and whether an answer is awaited.

import type { AttributeValues, LoadedMask, Prediction, ToTry } from "../../src/messages/try.ts";
import { announce } from "../ui/announce.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { Store } from "../ui/store.ts";
import { follow, forgetAll, hearEvidence, keyOf } from "./evidence-state.ts";
import { hearGeneration } from "./generation-state.ts";
import { saved } from "./saved.ts";
import { valuesIn } from "./values.ts";

interface Told {
  /** The masks in memory; undefined until the editor has sent them. */
  facts: (ToTry & { readonly type: "loaded" }) | undefined;
  /** The masks that answered last, and their predictions for each text. */
  answered: { readonly masks: readonly LoadedMask[]; readonly answers: readonly Prediction[] };
  /** Whether an answer is awaited. */
  busy: boolean;
  failed: string;
}

const NONE = { masks: [], answers: [] };

export const told = new Store<Told>({ facts: undefined, answered: NONE, busy: false, failed: "" });

/** Delay between the last key and the request, in milliseconds. */
const PAUSE = 250;
let asked = 0;
let timer: number | undefined;

export function hear(message: ToTry): void {
  if (message.type === "loaded") {
    told.change({ facts: message });
    forgetAll(); // a mask may have been trained again
    const { masks } = message;
    if (masks.length) saved.change({ loaded: masks.map(({ adaptation, task }) => ({ adaptation, task })) });
    ask();
  } else if (message.type === "open") open(message);
  else if (message.type === "evidence" || message.type === "checking" || message.type === "unexplained")
    hearEvidence(message);
  else if (message.type === "generating" || message.type === "generated" || message.type === "generationOver")
    hearGeneration(message);
  else if (message.request !== asked) return;
  else if (message.type === "failed") told.change({ busy: false, failed: message.message });
  else {
    const masks = classifiersIn(told.state.facts?.masks ?? []);
    told.change({ busy: false, failed: "", answered: { masks, answers: message.answers } });
    follow(message.answers);
  }
}

export function type(text: string): void {
  saved.change({ text });
  clearTimeout(timer);
  timer = window.setTimeout(ask, PAUSE);
}

/** Puts a text on a line above the others, which stay, and opens its evidence as soon as it is predicted. */
function open({ text, attributes, adaptations }: ToTry & { readonly type: "open" }): void {
  const line = text.replace(/\s*[\r\n]\s*/g, " "); // a line of the text area is a text
  const others = saved.state.text ? saved.state.text.split("\n").filter((other) => other !== line) : [];
  const wanted = Object.fromEntries(
    adaptations.map((adaptation) => [keyOf({ adaptation, text: line }), { label: null, deletion: false }]),
  );
  const isChosen = attributes !== undefined && chooseOnly(attributes, adaptations);
  saved.change({ text: [line, ...others].join("\n"), wanted: { ...saved.state.wanted, ...wanted } });
  clearTimeout(timer);
  ask();
  const remarks = [
    isChosen && others.length ? l10n.t("The attributes of all texts are now those of the text that was opened.") : "",
    line === text ? "" : l10n.t("The text's line breaks were replaced by spaces, because each line is a text here."),
  ].filter(Boolean);
  if (remarks.length) announce(remarks.join(" "));
}

/** Chooses these values for all attributes that the masks read, the others are missing; whether that changes any. */
function chooseOnly(attributes: AttributeValues, adaptations: readonly string[]): boolean {
  const masks = told.state.facts?.masks ?? [];
  const read = masks.flatMap((mask) => (adaptations.includes(mask.adaptation) ? mask.attributes : []));
  const before = saved.state.attributes;
  const own = read.map(({ name }) => [name, valuesIn(attributes, name)] as const);
  const isSame = ([name, values]: (typeof own)[number]) =>
    JSON.stringify(values) === JSON.stringify(valuesIn(before, name));
  if (own.every(isSame)) return false;
  saved.change({ attributes: { ...before, ...Object.fromEntries(own) } });
  forgetAll(); // evidence depends on the attributes
  return true;
}

/** Chooses the values of an attribute, for all texts. */
export function chooseAttribute(name: string, values: readonly string[]): void {
  saved.change({ attributes: { ...saved.state.attributes, [name]: values } });
  forgetAll(); // evidence depends on the attributes
  ask();
}

/** The chosen values of the attributes that the masks have. */
export const chosenFor = (masks: readonly LoadedMask[]): AttributeValues => {
  const names = new Set(masks.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
  return Object.fromEntries(
    Object.entries(saved.state.attributes).filter(([name, { length }]) => length && names.has(name)),
  );
};

export const classifiersIn = (masks: readonly LoadedMask[]) => masks.filter(({ generation }) => !generation);

/** The typed texts, one a line. */
export const typed = (): string[] => saved.state.text.split("\n").filter((line) => line.trim());

function ask(): void {
  const texts = typed();
  asked++;
  const masks = classifiersIn(told.state.facts?.masks ?? []);
  const busy = texts.length > 0 && masks.length > 0;
  told.change(busy ? { busy } : { busy, answered: NONE });
  if (busy) post({ type: "ask", request: asked, texts, attributes: chosenFor(masks) });
  else forgetAll();
}
