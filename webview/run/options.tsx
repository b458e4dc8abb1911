// The options of a run: those that differ from the defaults first, the others in a collapsed section. Tooltips and the glossary
// explain them.

import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { Heading } from "../ui/parts.tsx";
import { meaningOf } from "../ui/words.ts";

type Options = Readonly<Record<string, unknown>>;

interface OptionsProps {
  readonly options: Options;
  readonly defaults: Options;
}

/** Options without a default: each run has its own. */
const OWN = ["model", "task", "out"];

/** Renders nothing if the options are unknown. */
export function RunOptions({ options, defaults }: OptionsProps) {
  const names = Object.keys({ ...defaults, ...options });
  if (!Object.keys(options).length) return null;
  const optionOf = (name: string) => (Object.hasOwn(options, name) ? options[name] : defaults[name]);
  const differs = (name: string) => !OWN.includes(name) && textOf(optionOf(name)) !== textOf(defaults[name]);
  const own = OWN.filter((name) => Object.hasOwn(options, name));
  const different = names.filter(differs);
  const same = names.filter((name) => !OWN.includes(name) && !differs(name));
  const rowOf = (name: string) => (
    <tr key={name}>
      <th scope="row" title={meaningOf(name)}>
        <code>{name}</code>
      </th>
      <td>
        {textOf(optionOf(name))}{" "}
        {differs(name) && Object.hasOwn(defaults, name) && (
          <span class="aside">{l10n.t("(default: {0})", textOf(defaults[name]))}</span>
        )}
      </td>
    </tr>
  );
  return (
    <section>
      <Heading
        title={l10n.t("Options")}
        aside={
          different.length === 1
            ? l10n.t("1 differs from the defaults of method {0}", textOf(optionOf("method")))
            : l10n.t("{0} differ from the defaults of method {1}", different.length, textOf(optionOf("method")))
        }
      />
      <table class="facts" aria-label={l10n.t("Options")}>
        <tbody>{[...different, ...own].map(rowOf)}</tbody>
      </table>
      <Fold
        name="options"
        summary={
          same.length === 1
            ? l10n.t("1 option has its default value")
            : l10n.t("{0} options have their default values", same.length)
        }
      >
        <table class="facts" aria-label={l10n.t("Options with their defaults")}>
          <tbody>{same.map(rowOf)}</tbody>
        </table>
      </Fold>
    </section>
  );
}

/** An option's value as in run.json, but without quotation marks and brackets. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return l10n.t("not set");
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(textOf).join(", ") : JSON.stringify(value);
}
