// The fields that ask for the attributes of the texts, and what a mask used of them.

import { useMemo } from "preact/hooks";
import type { LoadedMask, Prediction } from "../../src/messages/try.ts";
import * as l10n from "../ui/l10n.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { attributeText, named } from "../ui/text.ts";
import { saved } from "./saved.ts";
import { chooseAttribute } from "./state.ts";
import { ValueField } from "./value-field.tsx";
import { valuesIn, valuesText } from "./values.ts";

/** Renders nothing if no mask has attributes. */
export function AttributeFields({ masks }: { readonly masks: readonly LoadedMask[] }) {
  const chosen = useStore(saved, ({ attributes }) => attributes);
  const fields = useMemo(() => fieldsOf(masks), [masks]);
  if (!fields.length) return null;
  return (
    <fieldset class="fields attributes">
      <legend>{l10n.t("Attributes of the texts")}</legend>
      {fields.map(({ name, values, several, users }, i) => (
        <ValueField
          key={name}
          id={`attribute-${i}`}
          label={named(name)}
          aside={asideOf(values.length, users.length < masks.length ? users : [])}
          {...{ values, several, chosen: valuesIn(chosen, name) }}
          onChange={(values) => chooseAttribute(name, values)}
        />
      ))}
    </fieldset>
  );
}

interface Field {
  readonly name: string;
  readonly values: readonly string[];
  readonly several: boolean;
  /** The names of the masks that use it. */
  readonly users: readonly string[];
}

/** One for each name: masks that share an attribute are asked about it together. */
function fieldsOf(masks: readonly LoadedMask[]): Field[] {
  const fields = new Map<string, Field>();
  for (const { name: mask, attributes } of masks)
    for (const { name, values, several } of attributes) {
      const before = fields.get(name);
      fields.set(name, {
        name,
        values: before ? [...new Set([...before.values, ...values])] : values,
        several: several || (before?.several ?? false),
        users: [...(before?.users ?? []), mask],
      });
    }
  return [...fields.values()];
}

function asideOf(count: number, users: readonly string[]): string {
  const values = valuesText(count);
  return users.length ? l10n.t("{0}, for {1}", values, users.map(named).join(", ")) : values;
}

interface UsedProps {
  readonly mask: LoadedMask | undefined;
  readonly answer: Prediction;
}

/** Which attributes a mask used for its answer; nothing if it has none. */
export function AttributesUsed({ mask, answer }: UsedProps) {
  if (!mask?.attributes.length) return null;
  return (
    <Hint>{l10n.t("Attributes: {0}.", mask.attributes.map(({ name }) => usedText(name, answer)).join("; "))}</Hint>
  );
}

function usedText(name: string, { attributes = {}, unseenValues = {} }: Prediction): string {
  const unseen = valuesIn(unseenValues, name);
  const used = valuesIn(attributes, name).filter((value) => !unseen.includes(value));
  const own = attributeText(name, used);
  return unseen.length ? l10n.t("{0} (not seen in training: {1})", own, unseen.map(named).join(", ")) : own;
}
