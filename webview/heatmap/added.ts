// What was trained beside a mask, in words: adapters, and the attributes that they read.

import type { AdapterFacts, Added } from "../../src/mask/beside/added.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { named } from "../ui/text.ts";

/** A fact about the adapters and one for each attribute. */
export function addedFacts({ adapters, attributes }: Added): [name: string, value: string][] {
  return [
    ...(adapters ? [[l10n.t("adapters"), adaptersText(adapters)] as [string, string]] : []),
    ...attributes.map(({ name, count, first }): [string, string] => {
      const values = `${first.map(named).join(", ")}${count > first.length ? ", …" : ""}`;
      const text = count === 1 ? l10n.t("1 value: {0}", values) : l10n.t("{0} values: {1}", grouped(count), values);
      return [l10n.t("attribute {0}", named(name)), text];
    }),
  ];
}

function adaptersText({ size, parameters, injection }: AdapterFacts): string {
  const all = l10n.t("size {0}, {1} parameters, trained beside the mask", size, grouped(parameters));
  if (!injection) return all;
  const { attributes, weights, rank } = injection;
  const stored = {
    full: () => l10n.t("full weights"),
    "low-rank": () => l10n.t("weights of rank {0}", rank),
    phm: () => l10n.t("weights as sums of {0} Kronecker products", rank),
  }[weights]();
  const own = [grouped(injection.parameters), stored];
  const text =
    attributes === "joint"
      ? l10n.t("{0} of them for attributes, which act jointly with the text ({1})", ...own)
      : l10n.t("{0} of them for attributes, which act independently of the text ({1})", ...own);
  return `${all}; ${text}`;
}
