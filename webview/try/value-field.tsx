// A field for values of an attribute. It follows the ARIA pattern of an editable combobox: typing searches, arrow keys move through
// the list, Enter takes a value, Escape closes the list, and the backspace key removes the last value.

import { useRef, useState } from "preact/hooks";
import { suggest } from "../../src/suggest.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { named } from "../ui/text.ts";
import { type Found, knownAs, matching, valuesText } from "./values.ts";

interface ValueFieldProps {
  /** Unique on the page. */
  readonly id: string;
  readonly label: string;
  /** What is known of it, beside the label. */
  readonly aside: string;
  /** The values to choose from. */
  readonly values: readonly string[];
  /** Whether more than one can be chosen. */
  readonly several: boolean;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

export function ValueField(props: ValueFieldProps) {
  const { id, label, aside, values, several, chosen, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  /** The place in the list of the value that Enter takes; -1: it takes what is typed. */
  const [active, setActive] = useState(-1);
  const found = open ? matching(values, typed) : { listed: [], more: 0 };
  const close = () => {
    setOpen(false);
    setTyped("");
    setActive(-1);
  };
  const search = (text: string) => {
    setTyped(text);
    setOpen(true);
    setActive(-1);
  };
  const toggle = (value: string) => {
    const isChosen = chosen.includes(value);
    if (several) onChange(isChosen ? chosen.filter((other) => other !== value) : [...chosen, value]);
    else onChange(isChosen ? [] : [value]);
    if (several) search("");
    else close();
  };
  const take = () => {
    const text = typed.trim();
    const value = text && (knownAs(values, text) ?? text);
    if (value && !chosen.includes(value)) onChange(several ? [...chosen, value] : [value]);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const { length } = found.listed;
    if (key === "ArrowDown" || key === "ArrowUp") {
      setOpen(true);
      if (length) setActive((active + (key === "ArrowDown" ? 1 : active < 0 ? 0 : -1) + length) % length);
    } else if (key === "Enter" && active >= 0) toggle(found.listed[active]!);
    else if (key === "Enter" && typed) take();
    else if (key === "Escape" && open) close();
    else if (key === "Backspace" && !typed && chosen.length) onChange(chosen.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation(); // Escape also stops what is being generated
  };
  return (
    <div class="field">
      <label for={id}>
        {label} <span class="aside">{aside}</span>
      </label>
      <div class="values">
        {chosen.map((value) => (
          <Chosen
            key={value}
            {...{ label, value, isKnown: values.includes(value) }}
            onRemove={() => {
              onChange(chosen.filter((other) => other !== value));
              input.current!.focus();
            }}
          />
        ))}
        <input
          ref={input}
          id={id}
          class="entry"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
          placeholder={chosen.length ? (several ? l10n.t("add") : l10n.t("change")) : l10n.t("missing")}
          value={typed}
          onInput={({ currentTarget }) => search(currentTarget.value)}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
          onBlur={take}
        />
        <List {...{ id, label, open, found, active, chosen, onChoose: toggle }} />
      </div>
      {chosen.map((value) => (
        <Unseen key={value} {...{ value, values }} onReplace={(other) => onChange(replaced(chosen, value, other))} />
      ))}
    </div>
  );
}

const replaced = (chosen: readonly string[], value: string, other: string): string[] => [
  ...new Set(chosen.map((one) => (one === value ? other : one))),
];

interface ChosenProps {
  readonly label: string;
  readonly value: string;
  readonly isKnown: boolean;
  readonly onRemove: () => void;
}

/** A value that is chosen; pressing it removes it. */
const Chosen = ({ label, value, isKnown, onRemove }: ChosenProps) => (
  <button
    type="button"
    class={isKnown ? "chosen" : "chosen unseen"}
    aria-label={l10n.t("Remove {0} from {1}", named(value), label)}
    onClick={onRemove}
  >
    {named(value)} <span aria-hidden="true">×</span>
  </button>
);

interface UnseenProps {
  readonly value: string;
  readonly values: readonly string[];
  readonly onReplace: (value: string) => void;
}

/** Says that a value counts as missing, and offers the nearest one that does not; nothing for a known value. */
function Unseen({ value, values, onReplace }: UnseenProps) {
  if (values.includes(value)) return null;
  const near = suggest(value, values);
  return (
    <p class="hint" role="status">
      {l10n.t("“{0}” was not seen in training, so it counts as missing.", named(value))}{" "}
      {near !== undefined && (
        <button class="link" type="button" onClick={() => onReplace(near)}>
          {l10n.t("Use “{0}”", named(near))}
        </button>
      )}
    </p>
  );
}

interface ListProps {
  readonly id: string;
  readonly label: string;
  readonly open: boolean;
  readonly found: Found;
  readonly active: number;
  readonly chosen: readonly string[];
  readonly onChoose: (value: string) => void;
}

/** The values that match; pressing one leaves the focus in the field. */
function List({ id, label, open, found: { listed, more }, active, chosen, onChoose }: ListProps) {
  return (
    <div class="matches" hidden={!open}>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        tabIndex={-1}
        onMouseDown={(event) => event.preventDefault()}
      >
        {listed.map((value, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the combobox's
          <div
            key={value}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            class={i === active ? "match active" : "match"}
            aria-selected={chosen.includes(value)}
            ref={(element) => {
              if (i === active) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => onChoose(value)}
          >
            {named(value)}
          </div>
        ))}
      </div>
      <div class="hint" role="status">
        {open && countText(listed.length, more)}
      </div>
    </div>
  );
}

function countText(listed: number, more: number): string {
  if (more) return l10n.t("{0} more; type to narrow the list", grouped(more));
  if (!listed) return l10n.t("No value of the training data matches.");
  return valuesText(listed);
}
