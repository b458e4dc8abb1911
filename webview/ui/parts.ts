// Building blocks of pages: headings, figures, errors.

import { el } from "./dom.ts";

export const strong = (text: string): HTMLElement => el("strong", {}, text);

/** A message whose placeholders {0}, {1} … become elements or texts. */
export const filled = (message: string, ...values: readonly (Node | string)[]): (Node | string)[] =>
  message.split(/\{(\d)\}/).flatMap((part, i) => (i % 2 ? (values[Number(part)] ?? []) : part));

export const hint = (text: string): HTMLElement => el("p", { className: "hint" }, text);

/** An error that keeps a page from showing anything. */
export const failure = (message: string): HTMLElement =>
  el("div", { className: "error", aria: { role: "alert" } }, message);

export const heading = (title: string, aside = ""): HTMLElement =>
  el("h2", {}, title, aside ? " " : "", aside ? el("span", { className: "aside" }, aside) : null);

/** A heading, its choosers and its drawing; saved as one part of a picture. */
export const figure = (
  title: string,
  aside: string,
  choosers: readonly (Node | null)[],
  ...drawn: readonly Node[]
): HTMLElement =>
  el(
    "section",
    { className: "figure" },
    el("div", { className: "top" }, heading(title, aside), el("div", { className: "choosers" }, ...choosers)),
    ...drawn,
  );
