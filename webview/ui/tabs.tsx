// Tabs that follow the ARIA pattern: arrow keys move the focus and select the tab.

import type { ComponentChildren, FunctionComponent } from "preact";

/** A tab whose panel shows a subject of type S. */
export interface Tab<S> {
  readonly id: string;
  readonly title: string;
  readonly View: FunctionComponent<{ readonly subject: S }>;
}

interface TabsProps<S> {
  readonly label: string;
  readonly tabs: readonly Tab<S>[];
  /** The id of the chosen tab; if no tab has this id, the first tab is chosen. */
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  readonly subject: S;
  /** Shown between the list of tabs and the panel. */
  readonly lead?: ComponentChildren;
}

/** The list of tabs and the panel of the chosen one. */
export function Tabs<S>({ label, tabs, chosen, onChoose, subject, lead }: TabsProps<S>) {
  const at = Math.max(
    0,
    tabs.findIndex(({ id }) => id === chosen),
  );
  const tab = tabs[at]!;
  const onKeyDown = ({ key }: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map(({ id, title }, i) => (
          <button
            key={id}
            class="tab"
            id={`tab-${id}`}
            type="button"
            role="tab"
            tabIndex={i === at ? 0 : -1}
            aria-selected={i === at}
            aria-controls="panel"
            onClick={() => onChoose(id)}
          >
            {title}
          </button>
        ))}
      </div>
      {lead}
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        <tab.View key={tab.id} subject={subject} />
      </div>
    </>
  );
}
