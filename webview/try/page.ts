// The Try Text page: sends the typed texts to every loaded mask and shows the predictions side by side.

import type { LoadedMask, Piece, Prediction, ToTry } from "../../src/messages.ts";
import { el, named, setText } from "../ui/dom.ts";
import { fold } from "../ui/fold.ts";
import { listen, pageState, post, t } from "../ui/host.ts";
import { bytes, percent } from "../ui/numbers.ts";
import { heading, hint, strong } from "../ui/parts.ts";
import { keepingPlace } from "../ui/place.ts";
import { button, textArea } from "../ui/toolkit.ts";

/** The typed text and the masks loaded last, which can be reloaded after the window reloads. */
const { state, change } = pageState({
  text: "",
  loaded: [] as readonly Pick<LoadedMask, "adaptation" | "task">[],
});
/** Delay between the last key and the request, in milliseconds. */
const PAUSE = 250;
/** The longest text shown above its predictions, in characters. */
const LONGEST = 120;

const page = document.getElementById("page")!;
const loaded = el("div", { className: "aside" });
const memory = el("p", { className: "hint" });
const answersBox = el("div", { className: "answers", aria: { live: "polite" } });
const problem = el("div", { aria: { role: "alert" } });
let facts: ToTry & { type: "loaded" } = { type: "loaded", masks: [], baseBytes: 0, copiesBytes: 0 };
let asked = 0;
let timer: number | undefined;

page.replaceChildren(
  el("h1", {}, t("Try Text")),
  loaded,
  textArea(t("One text per line; for pair tasks, separate the two texts with a tab"), state.text, (text) => {
    change({ text });
    clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE);
  }),
  problem,
  answersBox,
  memory,
);

listen<ToTry>((message) => {
  if (message.type === "loaded") {
    facts = message;
    showFacts();
    ask();
    return;
  }
  if (message.request !== asked) return;
  answersBox.ariaBusy = "false";
  if (message.type === "failed") {
    problem.replaceChildren(el("div", { className: "error" }, message.message));
  } else {
    problem.replaceChildren();
    keepingPlace(answersBox, () => answersBox.replaceChildren(...byText(message.answers)));
  }
});

function ask(): void {
  const texts = state.text.split("\n").filter((line) => line.trim());
  asked++;
  const asks = texts.length > 0 && facts.masks.length > 0;
  answersBox.ariaBusy = String(asks);
  if (asks) post({ type: "ask", request: asked, texts });
  else if (facts.masks.length)
    answersBox.replaceChildren(hint(t("Type a text to see the prediction of each loaded mask.")));
  else answersBox.replaceChildren();
}

function showFacts(): void {
  const { masks, baseBytes, copiesBytes } = facts;
  if (!masks.length) {
    const before = state.loaded.map(({ adaptation }) => adaptation);
    const again = t("Reload {0}", state.loaded.map(({ task }) => named(task)).join(", "));
    loaded.replaceChildren(
      el("p", {}, t("No mask is loaded. Load one first.")),
      el(
        "div",
        { className: "row" },
        before.length ? button(again, () => post({ type: "load", adaptations: before }), false) : null,
        button(t("Load Mask…"), () => post({ type: "load", adaptations: [] }), before.length > 0),
      ),
    );
    memory.textContent = "";
    return;
  }
  change({ loaded: masks.map(({ adaptation, task }) => ({ adaptation, task })) });
  const bases = [...new Set(masks.map(({ base }) => named(base)))].join(", ");
  setText(loaded, t("{0} over {1}", masks.map(({ task }) => named(task)).join(", "), bases));
  const own = masks.reduce((sum, mask) => sum + mask.bytes, 0);
  setText(
    memory,
    t(
      "Masks in memory: {0} ({1}), over one copy of the weights ({2}). The same number of fine-tuned copies would take {3}.",
      ...[masks.length, bytes(own), bytes(baseBytes), bytes(copiesBytes)],
    ),
  );
}

/** The predictions for each text below it, side by side. */
function byText(answers: readonly Prediction[]): HTMLElement[] {
  const masks = facts.masks.length;
  return answers.flatMap(({ text }, i) => {
    if (i % masks) return [];
    const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    const cards = el("div", { className: "cards" }, ...answers.slice(i, i + masks).map(answer));
    return [el("section", {}, heading(t("“{0}”", shown)), cards)];
  });
}

function answer({ adaptation, label, probabilities, pieces }: Prediction): HTMLElement {
  const mask = facts.masks.find((one) => one.adaptation === adaptation);
  const shares = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  return el(
    "section",
    { className: "answer" },
    el(
      "h3",
      {},
      strong(named(mask?.task ?? adaptation)),
      " ",
      el("span", { className: "aside" }, named(mask?.name ?? "")),
    ),
    ...shares.map(([name, share]) => bar(name, share, name === label)),
    piecesOf(pieces),
  );
}

/** The tokens that the model saw and those that were truncated: struck through, with a text for screen readers. */
function piecesOf(pieces: readonly Piece[]): HTMLElement {
  const entered = pieces.filter((piece) => piece.entered).length;
  const cut = pieces.length - entered;
  return fold(
    "pieces",
    cut ? t("{0} tokens used, {1} truncated", entered, cut) : t("{0} tokens used", entered),
    el(
      "ul",
      { className: "pieces" },
      ...pieces.map(({ text, entered }) =>
        el(
          "li",
          { className: "piece" },
          entered ? text : el("del", {}, text, el("span", { className: "visually-hidden" }, t("(truncated)"))),
        ),
      ),
    ),
  );
}

function bar(name: string, share: number, isAnswer: boolean): HTMLElement {
  const fill = el("div", { className: "fill" });
  fill.style.width = `${100 * share}%`;
  return el(
    "div",
    { className: "share" },
    isAnswer ? strong(named(name)) : el("span", {}, named(name)),
    el("div", { className: "track", aria: { hidden: "true" } }, fill),
    el("span", { className: "number" }, `${percent(share)} %`),
  );
}
