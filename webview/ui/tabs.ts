// Tabs by the ARIA pattern: arrow keys move and select, the panel follows.

import { el } from "./dom.ts";

/** A tab of a page that shows an S. */
export interface Tab<S> {
  readonly id: string;
  readonly title: string;
  readonly show: (subject: S) => readonly (Node | string)[];
}

/** The list of tabs and the panel of the chosen one; the first if none has that id. */
export function tabbed<S>(
  label: string,
  all: readonly Tab<S>[],
  id: string,
  subject: S,
  onChoose: (id: string) => void,
): HTMLElement[] {
  const tab = all.find((one) => one.id === id) ?? all[0]!;
  const panel = { id: "panel", aria: { role: "tabpanel", labelledby: `tab-${tab.id}` } };
  return [tabList(label, all, tab.id, onChoose), el("div", panel, ...tab.show(subject))];
}

function tabList<S>(
  label: string,
  all: readonly Tab<S>[],
  chosen: string,
  onChoose: (id: string) => void,
): HTMLElement {
  const buttons = all.map(({ id, title }) =>
    el(
      "button",
      {
        className: "tab",
        id: `tab-${id}`,
        tabIndex: id === chosen ? 0 : -1,
        onclick: () => onChoose(id),
        aria: { role: "tab", selected: String(id === chosen), controls: "panel" },
      },
      title,
    ),
  );
  const list = el("div", { className: "tabs", aria: { role: "tablist", label } }, ...buttons);
  list.addEventListener("keydown", ({ key }) => {
    const at = all.findIndex(({ id }) => id === chosen);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[key];
    const next = to === undefined ? undefined : all[(to + all.length) % all.length];
    if (!next) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  });
  return list;
}
