// Tabs by the pattern that screen readers know: arrows move and choose, the panel follows.

import { el } from "./dom.ts";

export interface Tab {
  readonly id: string;
  readonly title: string;
}

export function tabs(label: string, all: readonly Tab[], chosen: string, onChoose: (id: string) => void): HTMLElement {
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
