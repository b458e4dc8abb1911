// A legend whose entries are buttons; each shows or hides what it names.

import { usePart } from "./host.ts";
import * as l10n from "./l10n.ts";

const NONE: readonly string[] = [];

/** The names that are hidden in a part of the page; they stay hidden when the page is shown again. */
export const useHidden = (part: string) => usePart(`hidden ${part}`, NONE);

interface TogglesProps {
  /** The group's label for screen readers. */
  readonly label: string;
  readonly entries: readonly { readonly name: string; readonly colour: string }[];
  readonly hidden: readonly string[];
  readonly onHide: (hidden: readonly string[]) => void;
}

/** The hidden names after one of them, or one more, was chosen. */
export const toggled = (hidden: readonly string[], name: string): readonly string[] =>
  hidden.includes(name) ? hidden.filter((other) => other !== name) : [...hidden, name];

interface EveryProps extends Pick<TogglesProps, "onHide"> {
  readonly names: readonly string[];
}

/** Buttons that show and hide everything. */
export function Every({ names, onHide }: EveryProps) {
  return (
    <>
      <button class="toggle every" type="button" onClick={() => onHide(NONE)}>
        {l10n.t("show all")}
      </button>
      <button class="toggle every" type="button" onClick={() => onHide(names)}>
        {l10n.t("hide all")}
      </button>
    </>
  );
}

export function Toggles({ label, entries, hidden, onHide }: TogglesProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a border and spacing of its own
    <div class="toggles" role="group" aria-label={label}>
      {entries.map(({ name, colour }) => {
        const shown = !hidden.includes(name);
        return (
          <button
            key={name}
            class="toggle"
            type="button"
            aria-pressed={shown}
            onClick={() => onHide(toggled(hidden, name))}
          >
            <span class="swatch" style={{ background: shown ? colour : "none" }} />
            {name}
          </button>
        );
      })}
      <Every names={entries.map(({ name }) => name)} onHide={onHide} />
    </div>
  );
}
